"""POST /v1/explain and /v1/explain/heat: for operators alone, with a reply as it was shown or a question to answer first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.open_shop import PASSWORD, OpenShop, open_shop
from tests.tiny_model import build_tiny_model

OWN = {"X-Console": "1"}
QUESTION = "How long does delivery take?"
SHOWN = {"text": "Delivery takes 3 to 5 working days.", "citations": ["faq:how-long-does-delivery-take"]}


@contextmanager
def logged_in(shop: OpenShop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop.url, timeout=240, headers=OWN) as client:
        assert client.post("/console/api/login", json={"password": PASSWORD}).status_code == 200
        yield client


@pytest.fixture
def operator(shop: OpenShop) -> Iterator[httpx.Client]:
    with logged_in(shop) as client:
        yield client


def explained(operator: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = operator.post("/v1/explain", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("path", ["/v1/explain", "/v1/explain/heat"])
def test_only_an_operator_on_the_consoles_own_page_may_ask(shop: OpenShop, operator: httpx.Client, path: str) -> None:
    assert shop.client.post(path, json={"question": QUESTION}, headers=OWN).status_code == 401
    foreign = {"Origin": "https://otter.example"}  # an allowed origin for the chat, but not the console
    assert operator.post(path, json={"question": QUESTION}, headers=foreign).status_code == 403
    assert operator.post(path, json={"question": QUESTION}, headers={"X-Console": ""}).status_code == 403


def test_a_question_is_answered_and_each_sentence_has_its_line(operator: httpx.Client) -> None:
    found = explained(operator, question=QUESTION)
    assert found["text"] == "Delivery takes 3 to 5 working days."
    (sentence,) = found["sentences"]
    assert sentence["rests"] == "evidence"
    line = found["lines"][sentence["links"][0]["line"]]
    assert (line["source"], line["text"]) == ("faq:how-long-does-delivery-take", "Delivery takes 3 to 5 working days.")
    assert found["lanes"] and found["found"] and found["held_back"] == []


def test_a_reply_as_it_was_shown_is_explained_as_it_is(operator: httpx.Client) -> None:
    trace = {"answered_by": "model", "language": "en", "held_back": [{"text": "Free!", "reason": "unsupported", "detail": ""}], "plan": "x"}
    found = explained(operator, question=QUESTION, reply=SHOWN | {"text": "Delivery takes 99 days.", "trace": trace, "finish": "stop"})
    assert found["by_model"]
    assert (found["sentences"][0]["rests"], found["sentences"][0]["missing"]) == ("nothing", ["99 days"])
    assert found["held_back"][0]["text"] == "Free!"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": QUESTION, "more": 1}, "more"),
        ({"question": QUESTION, "reply": {}}, "text"),
        ({"question": QUESTION, "reply": SHOWN | {"citations": ["x"] * 41}}, "citations"),
    ],
)
def test_a_wrong_request_names_the_field(operator: httpx.Client, body: dict[str, Any], field: str) -> None:
    answer = operator.post("/v1/explain", json=body)
    assert (answer.status_code, answer.json()["detail"][0]["loc"][-1]) == (422, field)


def test_without_a_model_of_this_machine_there_is_no_heat_map_and_it_says_so(operator: httpx.Client) -> None:
    answer = operator.post("/v1/explain/heat", json={"question": QUESTION, "reply": SHOWN})
    assert answer.status_code == 409
    assert "no model is set, so none reads the reply (CHATBOT_ENGINE: expected local, got quoting)" in answer.json()["detail"]


def test_a_reply_without_evidence_has_no_heat_map(operator: httpx.Client) -> None:
    answer = operator.post("/v1/explain/heat", json={"question": "hello"})
    assert answer.status_code == 409
    assert "rests on no evidence" in answer.json()["detail"]


def test_both_calls_are_described_in_the_openapi_page(shop: OpenShop) -> None:
    paths = shop.client.get("/openapi.json").json()["paths"]
    assert {"/v1/explain", "/v1/explain/heat"} <= set(paths)
    assert paths["/v1/explain/heat"]["post"]["summary"]


@pytest.mark.slow
def test_a_heat_map_is_read_by_the_shops_own_model(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "tiny", window=1200)
    with open_shop(tmp_path, engine="local", model=str(folder), precision="fp32") as shop, logged_in(shop) as operator:
        answer = operator.post("/v1/explain/heat", json={"question": QUESTION, "reply": SHOWN})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["given"], found["cut"], found["model"]) == (True, False, "tiny")
        assert "".join(found["answer"]) == SHOWN["text"]
        assert [row["kind"] for row in found["rows"]] == ["faq", "question"]
        assert {len(row) for row in found["weights"]} == {sum(len(row["pieces"]) for row in found["rows"])}
        long = operator.post("/v1/explain/heat", json={"question": QUESTION, "reply": SHOWN | {"text": f"{SHOWN['text']} " * 40}})
        assert (long.status_code, long.json()["cut"]) == (200, True)
