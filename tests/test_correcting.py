"""Corrections over HTTP: who may, what is kept and with which facts, what the shopper sees of it (nothing), and the console's words for it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text as sql
from websockets.asyncio.client import connect

from chatbot.corrections import Given, stored
from chatbot.server.correcting import MOST_CHARACTERS, facts_about
from chatbot.training.corrections import fitting
from tests.chat_server import Shopper
from tests.open_shop import PASSWORD, OpenShop
from tests.toy_house import toy_knowledge

OWN = {"X-Console": "1"}
API = "/console/api/corrections"
CONSOLE = Path(__file__).parents[1] / "web" / "console"
node = shutil.which("node")


@pytest.fixture
def operator(shop: OpenShop) -> Iterator[httpx.Client]:
    """A client that is logged in."""
    with httpx.Client(base_url=shop.url, timeout=10) as client:
        assert client.post("/console/api/login", json={"password": PASSWORD}, headers=OWN).status_code == 200
        yield client


async def conversation(shop: OpenShop, question: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have one: the frame that opened it, and the reply."""
    async with connect(f"{shop.url.replace('http', 'ws')}/v1/chat?site={shop.house.gate.site_key}", compression=None) as wire:
        shopper = Shopper(wire)
        await shopper.send(type="hello", locale="en")
        ready = await shopper.until("ready")
        await shopper.ask(question)
        return ready, await shopper.until("reply")


def asked(shop: OpenShop, question: str = "How long does delivery take?") -> tuple[dict[str, Any], dict[str, str]]:
    """The frame that opened a conversation with one question, and which reply was given."""
    ready, reply = asyncio.run(conversation(shop, question))
    return ready, {"conversation": ready["session"], "turn": reply["turn"]}


def correct(operator: httpx.Client, reply: dict[str, str], text: str, name: str = "Ana") -> httpx.Response:
    return operator.post(API, json={**reply, "text": text, "operator": name}, headers=OWN)


def test_nobody_corrects_without_logging_in_or_from_another_page(shop: OpenShop, operator: httpx.Client) -> None:
    _, reply = asked(shop)
    body = {**reply, "text": "No.", "operator": "Ana"}
    assert shop.client.get(API).status_code == 401
    assert shop.client.get(f"{API}/export").status_code == 401
    assert shop.client.post(API, json=body, headers=OWN).status_code == 401
    assert operator.post(API, json=body).status_code == 403
    assert operator.post(f"{API}/withdraw", json=reply, headers=OWN | {"Origin": "https://evil.example"}).status_code == 403
    assert operator.get(API, params={"conversation": reply["conversation"]}).json()["items"] == []


def test_a_correction_is_kept_told_and_taken_back_and_the_shopper_sees_nothing_of_it(shop: OpenShop, operator: httpx.Client) -> None:
    ready, reply = asked(shop)
    own = {"headers": {"Authorization": f"Bearer {ready['token']}"}, "params": {"site": shop.house.gate.site_key}}
    transcript = f"/v1/conversations/{reply['conversation']}/transcript"
    before = shop.client.get(transcript, **own)
    assert before.status_code == 200
    kept = correct(operator, reply, "  It takes 3 to 5 working days. ").json()
    assert kept["corrected"] == "It takes 3 to 5 working days."
    assert kept["question"] == "How long does delivery take?"
    assert (kept["operator"], kept["found"], kept["unsupported"]) == ("Ana", True, [])
    listed = operator.get(API, params={"conversation": reply["conversation"]}).json()
    assert listed["items"] == [kept]
    assert listed["count"] >= 1
    assert shop.client.get(transcript, **own).json() == before.json()
    assert operator.post(f"{API}/withdraw", json=reply, headers=OWN).json() == {"withdrawn": True}
    assert operator.post(f"{API}/withdraw", json=reply, headers=OWN).json() == {"withdrawn": False}
    assert operator.get(API, params={"conversation": reply["conversation"]}).json()["items"] == []


def test_the_same_reply_corrected_again_has_one_correction(shop: OpenShop, operator: httpx.Client) -> None:
    _, reply = asked(shop)
    correct(operator, reply, "Three to five working days.")
    correct(operator, reply, "It takes 3 to 5 working days.", "Ben")
    items = operator.get(API, params={"conversation": reply["conversation"]}).json()["items"]
    assert [(item["corrected"], item["operator"]) for item in items] == [("It takes 3 to 5 working days.", "Ben")]


def test_what_is_downloaded_is_what_a_fine_tuning_reads(shop: OpenShop, operator: httpx.Client) -> None:
    _, good = asked(shop, "How much is the Otter Kettle?")
    _, bad = asked(shop, "How much is the Heron Tent?")
    assert correct(operator, good, "The Otter Kettle is €49.").json()["unsupported"] == []
    assert correct(operator, bad, "The Heron Tent is €189, today only.").json()["unsupported"] == ["€189"]
    answer = operator.get(f"{API}/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="corrections.jsonl"'
    scenes = [json.loads(line) for line in answer.text.splitlines()]
    asks = {ask["answer"]: scene["facts"] for scene in scenes for ask in scene["asks"]}
    assert "The Heron Tent is €189, today only." not in asks
    assert any("€49" in fact for fact in asks["The Otter Kettle is €49."])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"turn": "none-such"}, 404),
        ({"conversation": "none-such"}, 404),
        ({"conversation": "no such'; DROP TABLE corrections"}, 422),
        ({"text": "   "}, 422),
        ({"text": "x" * 4001}, 422),
        ({"text": "a\u0000b"}, 422),
        ({"operator": ""}, 422),
        ({"operator": "x" * 81}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, Any], status: int, shop: OpenShop, operator: httpx.Client) -> None:
    _, reply = asked(shop)
    body = {**reply, "text": "Something else.", "operator": "Ana", **changes}
    assert operator.post(API, json=body, headers=OWN).status_code == status
    assert operator.get(API, params={"conversation": reply["conversation"]}).json()["items"] == []


def test_the_text_that_was_given_is_no_correction(shop: OpenShop, operator: httpx.Client) -> None:
    ready, reply = asyncio.run(conversation(shop, "How long does delivery take?"))
    refused = correct(operator, {"conversation": ready["session"], "turn": reply["turn"]}, f" {reply['text']}\n")
    assert refused.status_code == 422
    assert "expected another text" in refused.json()["detail"]


def test_a_database_that_refuses_is_told_with_503(shop: OpenShop, operator: httpx.Client) -> None:
    _, reply = asked(shop)

    async def rename(before: str, after: str) -> None:
        await shop.house.database.write(lambda connection: connection.execute(sql(f"ALTER TABLE {before} RENAME TO {after}")))

    shop.call(rename("corrections", "away"))
    try:
        refused = correct(operator, reply, "It takes 3 to 5 working days.")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert operator.get(API).status_code == 503
    finally:
        shop.call(rename("away", "corrections"))
    assert correct(operator, reply, "It takes 3 to 5 working days.").status_code == 200


def test_a_correction_keeps_what_the_shop_says_about_the_question(shop: OpenShop, operator: httpx.Client) -> None:
    _, reply = asked(shop, "How much is the Otter Kettle?")
    correct(operator, reply, "It is €49.")
    (kept,) = shop.call(stored(shop.house.database, conversation=reply["conversation"]))
    assert kept.facts[0].startswith("The price of the Otter Kettle is €49")
    assert "Otter Kettle: A kettle that whistles." in kept.facts
    assert len(kept.facts) == len(set(kept.facts))


def test_what_a_model_read_comes_before_what_is_found_now_and_all_of_it_is_bounded() -> None:
    knowledge = toy_knowledge()
    read = tuple(f"Line {n} of what the model read for this question, and it is rather long." for n in range(60))
    given = Given("c", "t", "How long does delivery take?", "How long does delivery take?", "Two.", "en", read[:2], ("faq:none",))
    facts = facts_about(knowledge, given)
    assert facts[:2] == read[:2]
    assert any("delivery" in fact.lower() for fact in facts[2:])
    assert not any("\n" in fact for fact in facts)
    many = facts_about(knowledge, Given("c", "t", "?", "How long does delivery take?", "", "en", read * 9))
    assert sum(map(len, many)) <= MOST_CHARACTERS
    assert fitting(many, "It takes 3 days.")


def test_the_interface_describes_a_correction_with_an_example(shop: OpenShop) -> None:
    described = shop.client.get("/openapi.json").json()
    assert {API, f"{API}/withdraw", f"{API}/export"} <= set(described["paths"])
    for name in ("Wanted", "Reference"):
        schema = described["components"]["schemas"][name]
        assert set(schema["examples"][0]) == set(schema["required"])


@pytest.mark.skipif(node is None, reason="Node is not installed: the module's own values need it")
def test_both_languages_have_the_same_words_about_corrections_and_all_are_used() -> None:
    script = 'import { CORRECT_TEXTS } from "./correct_texts.js"; console.log(JSON.stringify(CORRECT_TEXTS));'
    done = subprocess.run([str(node), "--input-type=module", "-e", script], cwd=CONSOLE, capture_output=True, text=True, timeout=60)
    found = json.loads(done.stdout)
    assert list(found["en"]) == list(found["zh"])
    for name, words in found["en"].items():
        assert words.strip() and found["zh"][name].strip()
        assert set(re.findall(r"\{(\w+)\}", words)) == set(re.findall(r"\{(\w+)\}", found["zh"][name])), name
    code = (CONSOLE / "correct.js").read_text("utf-8")
    used = set(re.findall(r"\bwording\.(\w+)", code))
    counted = {f"{name}_{n}" for name in re.findall(r'\bcounted\(wording, "(\w+)"', code) for n in ("one", "other")}
    assert sorted(set(found["en"]) ^ (used | counted)) == []
