"""POST /v1/recommendations for shoppers' pages, and the explorer's calls, which are for operators alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.open_shop import PASSWORD, OpenShop

OWN = {"X-Console": "1"}


@contextmanager
def logged_in(shop: OpenShop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop.url, timeout=60, headers=OWN) as client:
        assert client.post("/console/api/login", json={"password": PASSWORD}).status_code == 200
        yield client


def test_the_example_of_the_openapi_page_works_as_it_is_and_each_product_has_its_reason(shop: OpenShop) -> None:
    document = shop.client.get("/openapi.json").json()
    (example,) = document["components"]["schemas"]["RecommendationsRequest"]["examples"]
    answer = shop.client.post("/v1/recommendations", json=example)
    assert answer.status_code == 200, answer.text
    found = shop.client.post("/v1/recommendations", json={"product": "HT-1", "history": ["gone"]}).json()
    assert found["unknown"] == ["gone"]
    assert found["items"] and all(item["reason"] and item["available"] for item in found["items"])
    assert "Badger Dome Tent" not in [item["title"] for item in found["items"]]  # sold out


@pytest.mark.parametrize("body", [{"limit": 0}, {"history": "boots"}, {"want": "cheap"}, {"blocks": False}, {"interests": "x" * 501}])
def test_what_is_no_such_request_is_refused_with_the_field_that_is_wrong(shop: OpenShop, body: dict[str, object]) -> None:
    answer = shop.client.post("/v1/recommendations", json=body)
    assert answer.status_code == 422
    assert next(iter(body)) in answer.text


def test_the_explorer_and_the_rules_are_for_operators(shop: OpenShop) -> None:
    for path in ("/console/api/recommendations", "/console/api/recommend-rules"):
        assert shop.client.post(path, json={"text": ""}, headers=OWN).status_code == 401
    assert shop.client.get("/console/api/recommend-rules").status_code == 401
    with logged_in(shop) as operator:
        assert operator.get("/console/api/recommend-rules", headers={"X-Console": ""}).status_code == 200  # as the page reads it
        assert operator.post("/console/api/recommend-rules", json={"text": ""}, headers={"X-Console": ""}).status_code == 403


def test_an_operator_edits_the_rules_and_a_fault_changes_nothing(shop: OpenShop) -> None:
    with logged_in(shop) as operator:
        names = [item["title"] for item in operator.post("/console/api/recommendations", json={"product": "HT-1"}).json()["items"]]
        assert "Otter Kettle" in names
        saved = operator.post("/console/api/recommend-rules", json={"text": 'block = ["OK-1"]\n'})
        assert saved.json() == {"pinned": 0, "blocked": 1, "pairs": 0}
        refused = operator.post("/console/api/recommend-rules", json={"text": 'block = ["no-such"]\n'})
        assert refused.status_code == 422 and "recommend.toml:1" in refused.text
        assert operator.get("/console/api/recommend-rules").json()["text"] == 'block = ["OK-1"]\n'
        body = {"product": "HT-1", "blocks": False}
        assert "Otter Kettle" in [item["title"] for item in operator.post("/console/api/recommendations", json=body).json()["items"]]
        operator.post("/console/api/recommend-rules", json={"text": ""})


def test_a_products_page_has_what_goes_with_it_and_what_is_like_it(shop: OpenShop) -> None:
    listed = shop.client.get("/v1/products").json()["items"]
    page = shop.client.get(f"/v1/products/{listed[0]['id']}").json()
    assert {"goes_with", "similar"} <= set(page)
    assert all(item["available"] for item in (*page["goes_with"], *page["similar"]))
