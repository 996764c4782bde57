"""Files of orders as shops export them, and what is wrong with some: each fault is told with its line, and the other lines count."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.recommend.orders import Line, moment_of, read_orders
from knowledge_base.catalog import Problem
from knowledge_base.errors import ContentError

KEY = b"k" * 32
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Created at,Lineitem quantity,Lineitem name,Lineitem sku\n"
    "#1001,a@example.com,paid,2025-01-02 10:00:00 +0100,2025-01-02 09:59:00 +0100,1,Boots,B-1\n"
    "#1001,a@example.com,,,,2,Socks,\n"
    "#1002,b@example.com,refunded,,2025-01-03 09:00:00 +0100,1,Mug,M-1\n"
)
WOO = "Order Number,Order Date,Order Status,Billing Email,SKU,Item Name,Quantity\n7,2025-02-01 12:00,completed,a@example.com,B-1,Boots,1\n"


def read(tmp_path: Path, data: str | bytes) -> tuple[list[Line], list[str]]:
    path = tmp_path / "orders.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    problems: list[Problem] = []
    return list(read_orders(path, KEY, problems)), [str(problem) for problem in problems]


def test_a_shopify_export_is_read_with_what_it_says_once_an_order(tmp_path: Path) -> None:
    lines, problems = read(tmp_path, SHOPIFY)
    assert [(line.order, line.codes) for line in lines] == [("#1001", ("B-1", "Boots")), ("#1001", ("Socks",))]
    assert lines[0].moment == lines[1].moment == moment_of("2025-01-02T08:59:00Z")
    assert lines[0].shopper == lines[1].shopper and "@" not in lines[0].shopper
    assert problems == []


def test_a_woocommerce_export_is_read(tmp_path: Path) -> None:
    (line,), problems = read(tmp_path, WOO)
    assert (line.order, line.codes, problems) == ("7", ("B-1", "Boots"), [])


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "orders.csv: expected orders with a header line, got an empty file"),
        (b"a,b\n1,2\n", "orders.csv:1: expected a column for order_id, date, sku"),
        (b"\x00\x01\x02\xff\x00\x9f\n", "expected a text file"),
    ],
)
def test_a_file_that_holds_no_orders_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(ContentError, match=told):
        read(tmp_path, data)


def test_each_faulty_line_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    lines, problems = read(
        tmp_path,
        "order_id,email,date,sku,quantity\n1,a,2025-01-01,A,1\n2,a,01/02/2025,A,1\n3,a,2025-01-01,=HYPERLINK(1),1\n4,a,2025-01-01,A,many\n"
        '5,a,2025-01-01,,1\n6,a,2025-01-01,"=""007""",1\n7,a,2025-01-01,A,1,9\n8,a,2025-01-01,A,-1\n',
    )
    assert [(line.order, line.codes) for line in lines] == [("1", ("A",)), ("6", ("007",))]
    assert [problem.split(": ", 1)[0] for problem in problems] == [f"orders.csv:{number}" for number in (3, 4, 5, 6, 8)]
    assert "got a formula" in problems[1]


def test_a_file_put_together_of_two_encodings_is_read_whole(tmp_path: Path) -> None:
    head, rest = "订单号,邮箱,日期,商品\n1,a,2025-01-01,茶\n", "2,b,2025-01-02,咖啡杯和茶壶\n"
    lines, problems = read(tmp_path, head.encode() + rest.encode("gb18030"))
    assert [line.codes for line in lines] == [("茶",), ("咖啡杯和茶壶",)]
    wide, _ = read(tmp_path, ("\ufeff" + head + rest).encode("utf-16-le"))
    assert [line.codes for line in wide] == [("茶",), ("咖啡杯和茶壶",)]
    assert problems == []


def test_a_quote_that_is_never_closed_costs_its_own_line_alone(tmp_path: Path) -> None:
    rows = "".join(f"{number},a,2025-01-01,A\n" for number in range(3, 5000))
    lines, problems = read(tmp_path, f'order_id,email,date,sku\n1,a,2025-01-01,A\n2,a,2025-01-01,"A\n{rows}')
    assert [line.order for line in lines] == ["1", *map(str, range(3, 5000))]
    assert len(problems) == 1
    assert problems[0].startswith("orders.csv:3: expected each opened quote to be closed")
