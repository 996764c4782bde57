"""The console over HTTP: logging in and guessing, what needs a session, a trial question with its trace, conversations, the state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from chatbot.server.console_login import TRIES, WINDOW_SECONDS, Sessions
from tests.chat_server import Shopper
from tests.open_shop import PASSWORD, OpenShop

OWN = {"X-Console": "1"}


@pytest.fixture
def operator(shop: OpenShop) -> Iterator[httpx.Client]:
    """A client that is logged in."""
    with httpx.Client(base_url=shop.url, timeout=10) as client:
        assert client.post("/console/api/login", json={"password": PASSWORD}, headers=OWN).status_code == 200
        yield client


def trial(operator: httpx.Client, question: str, **more: Any) -> list[dict[str, Any]]:
    with operator.stream("POST", "/console/api/test", json={"question": question, **more}, headers=OWN) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]


def test_nothing_is_told_without_logging_in(shop: OpenShop) -> None:
    for path in ("status", "conversations", "conversations/x"):
        assert shop.client.get(f"/console/api/{path}").status_code == 401
    assert shop.client.post("/console/api/test", json={"question": "Hi"}, headers=OWN).status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(shop: OpenShop) -> None:
    with httpx.Client(base_url=shop.url) as client:
        plain = client.post("/console/api/login", json={"password": PASSWORD}, headers=OWN).headers["set-cookie"]
        assert plain.startswith("console=")
        assert "HttpOnly" in plain and "SameSite=strict" in plain and "Max-Age=43200" in plain
        behind = client.post("/console/api/login", json={"password": PASSWORD}, headers=OWN | {"X-Forwarded-Proto": "https"})
        assert behind.headers["set-cookie"].startswith("__Host-console=")
        assert "Secure" in behind.headers["set-cookie"] and "Path=/" in behind.headers["set-cookie"]


def test_logging_out_ends_the_session_itself(shop: OpenShop, operator: httpx.Client) -> None:
    token = operator.cookies["console"]
    assert operator.get("/console/api/status").status_code == 200
    operator.post("/console/api/logout", headers=OWN)
    assert httpx.get(f"{shop.url}/console/api/status", cookies={"console": token}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"X-Console": "0"}, OWN | {"Origin": "https://evil.example"}, OWN | {"Origin": "null"}])
def test_another_page_cannot_act_for_an_operator(operator: httpx.Client, headers: dict[str, str]) -> None:
    assert operator.post("/console/api/test", json={"question": "Hi"}, headers=headers).status_code == 403
    assert operator.post("/console/api/logout", headers=headers).status_code == 403
    assert operator.get("/console/api/status").status_code == 200


def test_the_page_of_the_console_is_ours_alone(shop: OpenShop) -> None:
    page = shop.client.get("/console")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_a_trial_shows_how_the_reply_came_about(operator: httpx.Client) -> None:
    events = trial(operator, "How long does delivery take?", locale="en")
    assert [event["type"] for event in events[:2]] == ["status", "sources"]
    reply = events[-1]
    assert reply["type"] == "reply"
    assert reply["text"] == "".join(event["text"] for event in events if event["type"] == "delta")
    trace = reply["trace"]
    assert trace["question"] == "How long does delivery take?"
    assert {"rewritten", "language", "answered_by", "lanes", "hits", "prompt", "held_back", "milliseconds"} <= set(trace)
    assert trace["hits"][0]["heading"] == "How long does delivery take?"


def test_a_trial_knows_the_page_and_what_was_said(shop: OpenShop, operator: httpx.Client) -> None:
    tent = next(item for item in shop.client.get("/v1/products").json()["items"] if item["title"] == "Heron Tent")
    assert "199" in trial(operator, "How much is this?", page={"product_id": tent["id"]})[-1]["text"]
    history = [
        {"speaker": "shopper", "text": "Do you have the Heron Tent?"},
        {"speaker": "assistant", "text": "Yes, the Heron Tent is in stock."},
    ]
    assert "199" in trial(operator, "And how much is it?", history=history)[-1]["text"]


def test_a_product_in_a_trial_has_its_exact_price_and_a_working_picture(operator: httpx.Client) -> None:
    source = next(item for item in trial(operator, "How much is the Otter Kettle?")[-1]["sources"] if item["kind"] == "product")
    assert (source["price"], source["image"]) == ("49", "/media/pictures/kettle.svg")
    assert source["url"].startswith("/products/")


async def conversation(shop: OpenShop) -> tuple[str, str]:
    """Have one; its id and the reply."""
    async with connect(f"{shop.url.replace('http', 'ws')}/v1/chat?site={shop.house.gate.site_key}", compression=None) as wire:
        shopper = Shopper(wire)
        await shopper.send(type="hello", locale="en")
        ready = await shopper.until("ready")
        await shopper.ask("How long does delivery take?")
        reply = await shopper.until("reply")
    return ready["session"], reply["text"]


def test_conversations_are_listed_and_read_with_their_traces(shop: OpenShop, operator: httpx.Client) -> None:
    session, text = asyncio.run(conversation(shop))
    lines = operator.get("/console/api/conversations").json()["items"]
    line = next(item for item in lines if item["id"] == session)
    assert (line["messages"], line["handler"], line["first_text"], line["last_text"]) == (
        1,
        "assistant",
        "How long does delivery take?",
        text,
    )
    events = operator.get(f"/console/api/conversations/{session}").json()["events"]
    assert [event["type"] for event in events] == ["message", "reply"]
    assert events[1]["trace"]["question"] == "How long does delivery take?"
    assert operator.get("/console/api/conversations?limit=1").json()["items"] == lines[:1]
    assert operator.get("/console/api/conversations/none-such").status_code == 404


def test_the_state_names_index_writer_and_every_problem(operator: httpx.Client) -> None:
    state = operator.get("/console/api/status").json()
    assert state["engine"]["name"] == "quoting"
    assert state["index"]["products"] == 3
    assert state["index"]["encoders"] == ["use-multilingual-v3"]
    assert "products.csv:5" in state["index"]["problems"][0]
    assert state["memory_mb"] > 50
    assert state["uptime_seconds"] >= 0


def test_guessing_the_password_is_stopped_for_that_address(shop: OpenShop) -> None:
    guess = {"X-Forwarded-For": "203.0.113.7"} | OWN  # the server trusts a proxy on its own machine
    codes = [shop.client.post("/console/api/login", json={"password": f"guess {n}"}, headers=guess).status_code for n in range(TRIES + 1)]
    assert codes == [401] * TRIES + [429]
    right = shop.client.post("/console/api/login", json={"password": PASSWORD}, headers=guess)
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= WINDOW_SECONDS + 1
    with httpx.Client(base_url=shop.url) as elsewhere:
        assert elsewhere.post("/console/api/login", json={"password": PASSWORD}, headers=OWN).status_code == 200


def test_an_address_may_try_again_when_its_window_is_over(shop: OpenShop) -> None:
    now = [1000.0]
    sessions = Sessions(shop.house.gate, clock=lambda: now[0])
    for _ in range(TRIES):
        assert sessions.blocked("a") == 0
        sessions.tried("a")
    assert sessions.blocked("a") == WINDOW_SECONDS
    assert sessions.blocked("b") == 0
    now[0] += WINDOW_SECONDS + 1
    assert sessions.blocked("a") == 0
