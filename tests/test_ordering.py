"""POST /v1/orders on a running server: counted at once, each order once, all of a call or none, and kept when the process is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatbot.recommend import kept
from chatbot.recommend.arrivals import FILE, Arrivals
from chatbot.recommend.learning import fit_files
from chatbot.recommend.orders import hashed
from chatbot.recommend.purchases import Order
from chatbot.recommend.recommender import Recommender, Wish
from knowledge_base.errors import IndexUnusable
from tests.open_shop import OpenShop, open_shop
from tests.recommend_shop import DAY, knowledge, orders, orders_file
from tests.test_recommendations import OWN, logged_in

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """One of its own, for orders change what it recommends."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


def placed(number: str, *skus: str, **changes: Any) -> dict[str, Any]:
    who = {"shopper_id": f"{number}@example.com", "date": "2026-03-02T10:00:00Z", "status": "paid"}
    return {"order_id": number, "items": [{"sku": sku} for sku in skus]} | who | changes


def reason(shop: OpenShop) -> str:
    """Why the tent's page has the kettle."""
    found = shop.client.post("/v1/recommendations", json={"product": "HT-1", "want": "goes_with"}).json()["items"]
    return next((str(item["reason"]) for item in found if item["title"] == "Otter Kettle"), "")


def told(shop: OpenShop, wanted: str, seconds: float = 20.0) -> bool:
    """Whether the kettle's reason becomes the wanted one in time."""
    end = time.monotonic() + seconds
    while (found := reason(shop)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return found == wanted


def send(operator: httpx.Client, *given: dict[str, Any]) -> httpx.Response:
    return operator.post("/v1/orders", json={"orders": list(given)})


def kept_in(shop: OpenShop) -> int:
    return Arrivals(shop.folder / "data" / "recommend").last()


@pytest.mark.slow
def test_orders_that_are_posted_are_counted_in_the_running_shop_each_once_and_name_nobody(shop: OpenShop) -> None:
    with logged_in(shop) as operator:
        first, second = placed("A1", "ok-1", "HT-1", "no-such"), placed("A2", "OK-1", "HT-1")
        undone, strange = placed("A3", "OK-1", "HT-1", status="Cancelled"), placed("A4", "gone")
        answer = send(operator, first, second, undone, strange)
        assert answer.json() == {"counted": 2, "known": 0, "left_out": 2, "unknown": ["no-such", "gone"]}
        assert told(shop, "bought together with the Heron Tent by 2 shoppers")
        assert send(operator, first, placed("A5", "OK-1")).json() == {"counted": 1, "known": 1, "left_out": 0, "unknown": ["no-such"]}
    folder = shop.folder / "data" / "recommend"
    assert not any(b"example.com" in path.read_bytes() for path in folder.iterdir())


def test_the_example_of_the_openapi_page_works_as_it_is(shop: OpenShop) -> None:
    (example,) = shop.client.get("/openapi.json").json()["components"]["schemas"]["OrdersRequest"]["examples"]
    with logged_in(shop) as operator:
        answer = operator.post("/v1/orders", json=example)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"counted": 1, "known": 0, "left_out": 0, "unknown": []}


def test_only_the_people_of_the_shop_hand_in_orders(shop: OpenShop) -> None:
    assert shop.client.post("/v1/orders", json={"orders": [placed("B1", "OK-1")]}, headers=OWN).status_code == 401
    with logged_in(shop) as operator:
        assert operator.post("/v1/orders", json={"orders": [placed("B1", "OK-1")]}, headers={"X-Console": ""}).status_code == 403


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda order: order.update(date="soon"), "order C2: date: expected one such as 2025-06-18"),
        (lambda order: order.update(date="2999-01-01"), "order C2: date: expected one that has come, got '2999-01-01'"),
        (lambda order: order["items"][0].update(sku="=cmd()"), "order C2: items.0.sku: expected an order number and a code"),
        (lambda order: order["items"][0].update(quantity="many"), "order C2: items.0.quantity: Input should be a valid number"),
        (lambda order: order.update(items=[]), "order C2: items: List should have at least 1 item"),
        (lambda order: order.update(email="a@b"), "order C2: email: Extra inputs are not permitted"),
        (lambda order: order.pop("order_id"), "order no. 2: order_id: Field required"),
        (lambda order: order.update(order_id="C1"), "order C1: order_id: expected each order once"),
        (lambda order: order.update(order_id="\ud800"), "order_id: Input should be a valid string"),
    ],
)
def test_one_order_that_cannot_be_used_is_named_with_its_field_and_nothing_of_the_call_is_kept(
    shop: OpenShop, change: Change, fault: str
) -> None:
    order = placed("C2", "OK-1")
    change(order)
    before = kept_in(shop)
    with logged_in(shop) as operator:
        body = json.dumps({"orders": [placed("C1", "OK-1"), order]})
        answer = operator.post("/v1/orders", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, kept_in(shop)) == (422, before)
    assert fault in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"no", "orders: expected JSON, got a fault at character 0"),
        (b"[]", "orders: Input should be a valid dictionary"),
        (b'{"orders": [3]}', "orders: order no. 1: Input should be a valid dictionary"),
        (b'{"orders": []}', "orders: orders: List should have at least 1 item"),
    ],
)
def test_what_is_no_list_of_orders_is_refused_with_what_was_expected(shop: OpenShop, body: bytes, fault: str) -> None:
    with logged_in(shop) as operator:
        answer = operator.post("/v1/orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["detail"].startswith(fault)


def test_a_thousand_orders_are_taken_at_once_and_more_are_refused(shop: OpenShop) -> None:
    many = [placed(f"D{number}", *["OK-1", "HT-1"] * 4) for number in range(1_001)]
    with logged_in(shop) as operator:
        assert send(operator, *many).status_code == 422
        assert send(operator, *many[:1_000]).json()["counted"] == 1_000
        assert operator.post("/v1/orders", content=b"x" * (2 << 20) + b"x").status_code == 413


def test_what_arrived_is_counted_as_a_fit_would_count_it_and_the_next_fit_learns_from_it(tmp_path: Path) -> None:
    """Also an order that comes late, and one that the file has as well."""
    every = sorted(orders(), key=lambda order: order.moment)
    folder = tmp_path / "fit"
    fit_files(knowledge(), [orders_file(tmp_path / "first.csv", every[:20] + every[30:60])], folder)
    recommender, key = Recommender(knowledge(), folder), kept.key_of(folder)
    since = [
        Order(one.name, hashed(f"{one.shopper.replace(' ', '')}@example.com", key), 1_700_000_000 + one.moment, one.products)
        for one in every
    ]
    assert recommender.take(since[60:] + since[20:30] + since[:1]) == 22
    recommender.look_again()
    assert (recommender.report()["orders"], recommender.report()["fitted_orders"]) == (72, 50)
    fit_files(knowledge(), [orders_file(tmp_path / "all.csv", every)], tmp_path / "whole")
    whole = Recommender(knowledge(), tmp_path / "whole")
    wish = Wish(product="boots", want="goes_with", limit=20)
    assert [one.reason for one in recommender.recommend(wish)] == [one.reason for one in whole.recommend(wish)]
    fitted = fit_files(knowledge(), [], folder).fitted
    assert (len(fitted.log), fitted.arrived) == (72, Arrivals(folder).last())
    recommender.look_again()
    assert recommender.report()["orders"] == 72
    assert len(fit_files(knowledge(), [], folder, fresh=True).fitted.log) == 22  # what came one by one is not in any file


@pytest.mark.slow
def test_orders_that_were_answered_for_are_there_after_the_process_is_killed(tmp_path: Path) -> None:
    taking = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom chatbot.recommend.arrivals import Arrivals\n"
        "from chatbot.recommend.purchases import Order\n"
        "Arrivals(Path(sys.argv[1])).take([Order(str(n), 's', 1.0, ('boots',)) for n in range(50)])\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", taking, str(tmp_path)], check=False)
    assert Arrivals(tmp_path).take([Order("3", "s", 1.0, ("boots",)), Order("new", "s", DAY, ("socks",))]) == 1
    assert Arrivals(tmp_path).since(50)[1] == [Order("new", "s", DAY, ("socks",))]


def test_a_damaged_file_of_arrivals_is_told_and_the_shop_recommends_without_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 500)
    recommender = Recommender(knowledge(), tmp_path)
    assert recommender.recommend(Wish(product="boots")) and FILE in recommender.trouble
    with pytest.raises(IndexUnusable, match=FILE):
        recommender.take([Order("1", "s", DAY, ("boots",))])
