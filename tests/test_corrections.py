"""Corrected replies in the database and as training data: one per reply, gone with its conversation, and only what its facts carry."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.archive import Archive
from chatbot.corrections import Correction, Given, find_reply, how_many, read_prompt, store, stored, withdraw
from chatbot.database import Database
from chatbot.engine import ChatMessage
from chatbot.ledger import Draft, Ledger
from chatbot.prompts import training_prompt, write_prompt
from chatbot.records import conversations
from chatbot.training.corrections import corrected_scenes, fitting, scenes_from, unsupported, without_contacts
from chatbot.training.scenes import Ask, Scene, read_scenes

FACTS = ("The Otter Kettle costs €49.", "It holds 1.5 litres.", "Delivery takes 3 to 5 working days.")
ONE = Correction("c", "t", "price?", "What does the Otter Kettle cost?", "It costs €94.", "It costs €49.", FACTS, "en", "Ana", 1)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{tmp_path}/chat.db")
    yield opened
    await opened.close()


def as_traced(prompt: list[ChatMessage]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt]


async def replied(database: Database, question: str = "And the price?", prompt: list[ChatMessage] | None = None) -> tuple[str, str]:
    """A conversation with one reply: its id and its turn."""
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")
    turn = (await ledger.ask(conversation, str(uuid.uuid4()), question, None)).message.turn
    trace = {"question": question, "rewritten": "and the price? (Otter Kettle)", "language": "en", "prompt": as_traced(prompt or [])}
    await ledger.reply(conversation, Draft(turn, "It costs €94.", trace=trace))
    return conversation, turn


async def corrected(database: Database, text: str = "It costs €49.", operator: str = "Ana", **changes: str) -> Correction:
    prompt = training_prompt(FACTS, "What does the Otter Kettle cost?")
    given = await find_reply(database, *await replied(database, prompt=prompt))
    assert given is not None
    kept = await store(database, replace(given, **changes), text, operator)
    assert kept is not None
    return kept


async def test_a_reply_is_found_with_its_question_and_what_a_model_read(database: Database) -> None:
    conversation, turn = await replied(database, prompt=training_prompt(FACTS, "What does the Otter Kettle cost?"))
    expected = Given(conversation, turn, "And the price?", "What does the Otter Kettle cost?", "It costs €94.", "en", FACTS)
    assert await find_reply(database, conversation, turn) == expected
    assert await find_reply(database, conversation, "none") is None
    assert await find_reply(database, "none", turn) is None


async def test_where_no_model_was_asked_the_question_is_the_one_that_was_looked_up(database: Database) -> None:
    given = await find_reply(database, *await replied(database))
    assert given is not None
    assert (given.facts, given.whole) == ((), "and the price? (Otter Kettle)")


def test_facts_and_question_are_read_back_from_both_prompts() -> None:
    question = "Is it heavy?\n\nQuestion: who?"
    for prompt in (training_prompt(FACTS, question), write_prompt(question, FACTS, count_tokens=len, budget=1000)):
        assert read_prompt(as_traced(prompt)) == (FACTS, "Is it heavy? Question: who?")
    assert read_prompt([]) == ((), "")
    assert read_prompt([{"role": "user", "content": "Hello"}]) == ((), "")


async def test_a_reply_has_one_correction_the_latest_and_the_conversation_stays_as_it_was(database: Database) -> None:
    first = await corrected(database, "It costs 49 euros.")
    before = await Archive(database).transcript(first.conversation, trace=True)
    given = await find_reply(database, first.conversation, first.turn)
    assert given is not None
    second = await store(database, given, "The kettle costs €49.", "Ben")
    assert second is not None
    assert await stored(database) == [second]
    assert (second.corrected, second.operator, second.reply, second.facts) == ("The kettle costs €49.", "Ben", "It costs €94.", FACTS)
    assert await Archive(database).transcript(first.conversation, trace=True) == before


async def test_corrections_are_listed_the_latest_first_and_can_be_withdrawn_once(database: Database) -> None:
    made = [await corrected(database, f"It costs €49. {n}") for n in range(3)]
    assert {one.turn for one in await stored(database)} == {one.turn for one in made}
    moments = [one.at for one in await stored(database)]
    assert moments == sorted(moments, reverse=True)
    assert len(await stored(database, limit=2)) == 2
    assert await stored(database, before=min(moments)) == []
    assert await stored(database, conversation=made[0].conversation) == [made[0]]
    assert await withdraw(database, made[0].conversation, made[0].turn) is True
    assert await withdraw(database, made[0].conversation, made[0].turn) is False
    assert await how_many(database) == 2


async def test_a_deleted_conversation_takes_its_corrections_with_it(database: Database) -> None:
    kept, gone = await corrected(database), await corrected(database)
    given = await find_reply(database, gone.conversation, gone.turn)

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(delete(conversations).where(conversations.c.id == gone.conversation))

    await database.write(work)
    assert await stored(database) == [kept]
    assert given is not None
    assert await store(database, given, "Too late.", "Ana") is None


async def test_corrections_become_scenes_and_those_that_cannot_are_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    await corrected(database)
    await corrected(database, "It costs €39, for 2 weeks.", "Ben")
    with caplog.at_level(logging.WARNING):
        scenes = await corrected_scenes(database)
    assert scenes == [Scene(FACTS, (Ask("What does the Otter Kettle cost?", "It costs €49.", "corrected"),), "en")]
    assert len(caplog.messages) == 1
    assert "corrected by Ben" in caplog.messages[0]
    assert "do not state €39, 2 weeks" in caplog.messages[0]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("It costs €49 and holds 1.5 litres.", []),
        ("Delivery takes 3 to 5 working days.", []),
        ("It costs $49.", ["$49"]),
        ("It costs €49, delivery takes 2 days.", ["2 days"]),
        ("Write to help@otter.example.", ["help@otter.example"]),
        ("I am afraid our information does not say that.", []),
    ],
)
def test_a_correction_may_state_what_its_facts_state_and_no_other_figure(text: str, missing: list[str]) -> None:
    assert unsupported(replace(ONE, corrected=text)) == missing


def test_a_correction_without_facts_teaches_nothing() -> None:
    scenes, unused = scenes_from([replace(ONE, facts=(), corrected="Yes, we wrap gifts.")])
    assert scenes == []
    assert unused[0].reason == "nothing of the shop's content was found for its question"


def test_corrections_over_one_text_stand_in_one_scene_and_the_latest_of_a_question_counts() -> None:
    other = replace(ONE, turn="u", whole="How much does it hold?", corrected="It holds 1.5 litres.")
    earlier = replace(ONE, turn="v", corrected="€49.")
    scenes, unused = scenes_from([ONE, other, earlier])
    assert [[(ask.question, ask.answer) for ask in scene.asks] for scene in scenes] == [
        [("What does the Otter Kettle cost?", "It costs €49."), ("How much does it hold?", "It holds 1.5 litres.")]
    ]
    assert unused == []


def test_of_a_long_record_what_the_answer_rests_on_comes_first_and_keeps_its_place() -> None:
    facts = (*(f"The {name} is soft." for name in "abcdefgh"), "It costs €49.", "It is blue.")
    assert fitting(facts, "It costs €49.", most=50) == ("The a is soft.", "The b is soft.", "It costs €49.")
    assert fitting(facts, "It is soft.", most=1000) == facts


def test_what_shoppers_write_of_themselves_stays_out_of_the_question() -> None:
    asked = "I am ana@mail.example, +44 20 7946 0999. Is hello@otter.example right for 2 kettles？"
    assert without_contacts(asked, ("Write to hello@otter.example.",)) == "I am …, …. Is hello@otter.example right for 2 kettles?"
    assert without_contacts("多少钱？", FACTS) == "多少钱？"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"DATA": str(tmp_path / "data"), "DATABASE_URL": "", "ENGINE": "quoting"}.items():
        monkeypatch.setenv(f"CHATBOT_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_line_writes_what_a_fine_tuning_reads_and_says_what_it_leaves_out(place: Path) -> None:
    async def prepare() -> None:
        database = await Database.open(f"sqlite:///{place}/data/chat.db")
        await corrected(database)
        await corrected(database, "It costs €39 [only today].")
        await database.close()

    asyncio.run(prepare())
    listed = CliRunner().invoke(app, ["corrections", "list"])
    assert listed.exit_code == 0
    assert "[only today]" in listed.output and "do not state €39" in " ".join(listed.output.split())
    done = CliRunner().invoke(app, ["corrections", "export", "out.jsonl"])
    assert done.exit_code == 0, done.stderr
    assert "1 corrections written" in done.stdout
    assert "not used: " in done.stderr and "€39" in done.stderr
    assert [scene.asks[0].answer for scene in read_scenes(place / "out.jsonl")] == ["It costs €49."]
    assert json.loads((place / "out.jsonl").read_text("utf-8"))["facts"] == list(FACTS)
    refused = CliRunner().invoke(app, ["corrections", "export", "no/such/folder/out.jsonl"])
    assert refused.exit_code == 2
    assert "expected a file that can be written" in refused.stderr


def test_the_command_line_makes_no_database_where_there_is_none(place: Path) -> None:
    done = CliRunner().invoke(app, ["corrections", "export", "out.jsonl"])
    assert done.exit_code == 1
    assert "no corrections" in done.stderr
    assert not (place / "data").exists() and not (place / "out.jsonl").exists()
