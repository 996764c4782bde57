"""POST /v1/sentiment and the console's reviews over HTTP: for operators alone, with clear errors for what is no table of reviews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.open_shop import OpenShop
from tests.test_explaining import OWN, logged_in

TABLE = "handle,rating,body,date,author\nheron-tent,5,Great tent and fast delivery,2026-03-02,Maya\nheron-tent,1,It broke at once. =1+1,2026-03-09,Tom\n"


@pytest.fixture
def operator(shop: OpenShop) -> Iterator[httpx.Client]:
    with logged_in(shop) as client:
        yield client


def example(operator: httpx.Client) -> Any:
    return operator.get("/openapi.json").json()["components"]["schemas"]["SentimentRequest"]["examples"][0]


def test_only_an_operator_on_the_consoles_own_page_may_ask(shop: OpenShop, operator: httpx.Client) -> None:
    body = {"reviews": [{"text": "Good."}]}
    assert shop.client.post("/v1/sentiment", json=body, headers=OWN).status_code == 401
    assert operator.post("/v1/sentiment", json=body, headers={"Origin": "https://otter.example"}).status_code == 403
    assert shop.client.get("/console/api/reviews").status_code == 401


def test_the_example_of_the_openapi_page_works_as_it_stands(operator: httpx.Client) -> None:
    answer = operator.post("/v1/sentiment", json=example(operator))
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["reviews"]
    assert "runs_small" in {one["name"] for one in first["says"]} and second["label"] == "positive"
    assert all(first["text"][word["start"] : word["end"]] == word["text"] for word in first["words"])
    assert answer.json()["counts"]["reviews"] == 2


def test_a_table_is_judged_and_nobodys_name_comes_back(operator: httpx.Client) -> None:
    answer = operator.post("/console/api/reviews?name=mine.csv", content=TABLE.encode(), headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["file"], found["reviews"], len(found["weeks"])) == ("mine.csv", 2, 2)
    assert "Maya" not in answer.text and "Tom" not in answer.text


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "empty file"), (b"name,price\nKettle,4\n", "got the columns name, price"), (b"body\n", "expected rows"), (b"PK\x00\x00", "NUL")],
)
def test_what_is_no_table_of_reviews_is_told_with_its_line(operator: httpx.Client, content: bytes, told: str) -> None:
    answer = operator.post("/console/api/reviews?name=../x.csv", content=content)
    assert answer.status_code == 422 and told in answer.text and "x.csv:" in answer.text


@pytest.mark.parametrize(
    "body", [{}, {"reviews": []}, {"reviews": [{"text": "x", "author": "Maya"}]}, {"reviews": [{"text": "x", "rating": 99}]}]
)
def test_a_call_that_is_not_as_described_is_refused(operator: httpx.Client, body: dict[str, Any]) -> None:
    assert operator.post("/v1/sentiment", json=body).status_code == 422


def test_the_shops_own_reviews_are_counted_once_they_are_read(shop: OpenShop, operator: httpx.Client) -> None:
    assert operator.get("/console/api/reviews").json()["reviews"] == 0
    content = shop.house.settings.content
    (content / "reviews.csv").write_text(TABLE, encoding="utf-8")
    shop.house.reviews.shelf.fill(content, shop.house.reviews.judge)
    found = operator.get("/console/api/reviews").json()
    assert (found["ready"], found["reviews"], found["products"][0]["id"]) == (True, 2, "heron-tent")
    (content / "reviews.csv").unlink()
