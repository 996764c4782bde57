"""Reviews out of any table: synonyms of columns, encodings, broken quotes, and files too large to hold."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from chatbot.sentiment.reviews_file import ReviewsFile, ReviewsUnusable, day_of, open_reviews


def read(data: bytes | str) -> ReviewsFile:
    return ReviewsFile(io.BytesIO(data.encode() if isinstance(data, str) else data), "reviews.csv")


@pytest.mark.parametrize(
    "header",
    [
        "handle,rating,title,body,date",
        "product_id;Stars;Headline;Review Text;Created At",
        "商品\t评分\t标题\t评价\t日期",
        "SKU|score|summary|comment|time",
    ],
)
def test_columns_are_known_by_many_names(header: str) -> None:
    delimiter = next(one for one in ",;\t|" if one in header)
    (review,) = read(header + "\n" + delimiter.join(["tent-1", "4", "Fine", "It kept us dry.", "2026-03-02"]) + "\n")
    assert (review.product, review.rating, review.text, review.day) == ("tent-1", 4.0, "Fine. It kept us dry.", date(2026, 3, 2))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_read_in_every_encoding_that_spreadsheets_write(encoding: str) -> None:
    (review, _) = read("商品,评价\n水壶,质量很好，下次还来\n帐篷,漏水\n".encode(encoding))
    assert review.body == "质量很好，下次还来"


def test_a_line_in_another_encoding_is_read_by_its_own_and_told() -> None:
    reviews = read(
        "body,rating\n质量很好,5\n非常满意的一次购物,5\n".encode() + "颜色有色差\n".encode("gb18030") + "Très bien,4\n".encode("cp1252")
    )
    assert [review.body for review in reviews] == ["质量很好", "非常满意的一次购物", "颜色有色差", "Très bien"]
    assert [note.split(":")[1] for note in reviews.repaired] == ["4", "5"]


def test_a_quote_that_is_never_closed_costs_no_row() -> None:
    reviews = read('body,rating\n"Good\nkettle",5\n2" pan,4\n"Never closed,3\nPoor,1\n')
    assert [(review.line, review.rating) for review in reviews] == [(2, 5.0), (4, 4.0), (5, 3.0), (6, 1.0)]
    assert ["reviews.csv:5" in note for note in reviews.repaired] == [True]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "got an empty file"),
        (b"\n \n", "got an empty file"),
        (b"name,price\nKettle,49\n", "got the columns name, price"),
        (b"PK\x03\x04\x00\x00", "save it as CSV"),
        (b",".join([b"a"] * 401), "at most 400 columns"),
    ],
)
def test_what_is_no_table_of_reviews_is_refused_with_what_came(data: bytes, told: str) -> None:
    with pytest.raises(ReviewsUnusable, match=r"reviews\.csv:1") as refused:
        read(data)
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReviewsUnusable, match=r"none\.csv"):
        open_reviews(tmp_path / "none.csv")


def test_one_line_is_no_more_than_is_held_at_once() -> None:
    reviews = read(b'body,rating\n"' + b"x" * 3_000_000 + b"\nGood,5\n")
    assert [review.rating for review in reviews if review.rating] == [5.0]


@pytest.mark.parametrize(
    "said", ["2026-03-02", "2026-03-02T10:00:00Z", "02.03.2026", "2026/03/02", "2026年03月02日", "2026-03-02 10:11:12"]
)
def test_a_day_is_known_however_it_is_written(said: str) -> None:
    assert day_of(said) == date(2026, 3, 2)


def test_no_day_is_made_up() -> None:
    assert day_of("last week") is None and day_of("") is None
