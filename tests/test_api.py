"""POST /v1/search, and what holds for every call of a foreign page: origins, limits, sizes."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from chatbot.server.doorway import MAX_BODY
from chatbot.server.limits import Limits, Rate
from tests.open_shop import OpenShop, open_shop
from tests.test_explaining import logged_in


def test_a_search_gives_passages_with_scores_per_lane(shop: OpenShop) -> None:
    answer = shop.client.post("/v1/search", json={"query": "How long does delivery take?", "limit": 2}).json()
    first = answer["hits"][0]
    assert (first["heading"], first["text"]) == ("How long does delivery take?", "Delivery takes 3 to 5 working days.")
    assert first["score"] >= 0.5
    assert set(first["lanes"]) <= {"exact", "keyword", "keywords", "dense"} and first["lanes"]
    assert len(answer["hits"]) <= 2
    assert answer["language"] == "en"
    assert answer["milliseconds"]


def test_conditions_in_plain_words_are_told_back(shop: OpenShop) -> None:
    answer = shop.client.post("/v1/search", json={"query": "tents under 150 euros", "kind": "product"}).json()
    assert answer["filters"]["max_price"] == "150"
    assert all(hit["kind"] == "product" for hit in answer["hits"])


def test_a_chinese_question_finds_the_chinese_answer(shop: OpenShop) -> None:
    answer = shop.client.post("/v1/search", json={"query": "多久能送到"}).json()
    assert answer["language"] == "zh"
    assert answer["hits"][0]["text"] == "一般三到五个工作日送达。"


def test_a_wrong_search_is_explained(shop: OpenShop) -> None:
    for body, field in (
        ({"query": ""}, "query"),
        ({"query": "a", "limit": 0}, "limit"),
        ({"query": "a", "kind": "shoe"}, "kind"),
        ({}, "query"),
    ):
        answer = shop.client.post("/v1/search", json=body)
        assert (answer.status_code, answer.json()["detail"][0]["loc"][-1]) == (422, field)


def test_an_allowed_origin_may_call_and_another_may_not(shop: OpenShop) -> None:
    def search(origin: str) -> httpx.Response:
        return shop.client.post("/v1/search", json={"query": "tent"}, headers={"Origin": origin})

    allowed = search("https://otter.example")
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "https://otter.example")
    assert "Origin" in allowed.headers["vary"]
    assert search(shop.url).status_code == 200
    assert search(shop.url.replace("127.0.0.1", "localhost")).status_code == 200
    for foreign in ("https://evil.example", "null", "https://otter.example.evil", "http://otter.example"):
        answer = search(foreign)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_is_answered_for_allowed_origins_only(shop: OpenShop) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = shop.client.options("/v1/conversations", headers=asked | {"Origin": "https://otter.example"})
    assert allowed.status_code == 204
    assert "Authorization" in allowed.headers["access-control-allow-headers"]
    assert shop.client.options("/v1/conversations", headers=asked | {"Origin": "https://evil.example"}).status_code == 403


def test_a_body_over_the_limit_is_refused_with_and_without_its_length(shop: OpenShop) -> None:
    body = b'{"query": "' + b"a" * MAX_BODY + b'"}'
    assert shop.client.post("/v1/search", content=body).status_code == 413
    pieces = iter([body[:100_000], body[100_000:]])
    assert shop.client.post("/v1/search", content=pieces, headers={"Content-Type": "application/json"}).status_code == 422


@pytest.mark.parametrize("path", ["/v1/copy/file", "/console/api/reviews"])
def test_a_file_of_an_operator_may_be_larger_and_only_an_operators(shop: OpenShop, path: str) -> None:
    table = b"colour,size\n" + b"red,large\n" * (MAX_BODY // 8)
    own = {"X-Console": "1", "Content-Type": "text/csv"}
    assert shop.client.post(path, content=table, headers=own).status_code == 401
    with logged_in(shop) as operator:
        for content in (table, iter([table[:100_000], table[100_000:]])):
            answer = operator.post(path, content=content, headers=own)
            assert answer.status_code == 422 and "colour" in answer.text, answer.text


@pytest.mark.slow
def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    with open_shop(tmp_path, Limits(connects=Rate(0.1, 2))) as shop:
        answers = [shop.client.post("/v1/search", json={"query": "tent"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[-1].headers["retry-after"]) >= 5
        completion = shop.client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "Hello"}]})
        assert (completion.status_code, completion.json()["error"]["type"]) == (429, "rate_limit_error")


def test_the_description_of_the_interface_has_examples_that_work(shop: OpenShop) -> None:
    described = shop.client.get("/openapi.json").json()
    for path in ("/v1/search", "/v1/chat/completions"):
        content = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        (example,) = content["examples"].values()
        assert shop.client.post(path, json=example["value"]).status_code == 200
