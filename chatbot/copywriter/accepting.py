"""Descriptions that people of the shop took: kept with the facts they rest on, and learnt from beside the corrections of replies.

Each function is one transaction. What a text claims beyond its facts is told (`Taken.unsupported`): it is the shop's own word and is
kept, but a text with a figure that no fact states is not learnt from. Knows no server and no training.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatbot.copywriter.checking import Checker
from chatbot.copywriter.facts import Facts
from chatbot.corrections import Correction
from chatbot.database import Database
from chatbot.ledger import now
from chatbot.records import accepted_copy
from chatbot.sentences import sentences

KIND = "copy"
_QUESTION = {"en": "Describe the {title}.", "zh": "请介绍{title}。"}


@dataclass(frozen=True, slots=True)
class Taken:
    """`changed`: whether it differs from what was written; `unsupported`: words of it that the row does not state."""

    id: str
    changed: bool
    unsupported: tuple[str, ...]


async def keep_text(database: Database, facts: Facts, written: str, accepted: str, operator: str) -> Taken:
    """Keep a text that was taken. Raises StorageUnavailable."""
    checker, name = Checker(facts), uuid.uuid4().hex
    strange = dict.fromkeys(word for sentence in sentences(accepted) for word in checker.check(sentence).struck)
    row = {
        "id": name, "title": facts.title, "written": written, "accepted": accepted, "facts": list(facts.texts), "language": facts.language,
        "operator": operator, "at": now(),
    }  # fmt: skip

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(insert(accepted_copy).values(row))

    await database.write(work)
    return Taken(name, accepted.strip() != written.strip(), tuple(strange))


async def taken_copy(database: Database) -> list[Correction]:
    """Texts that were taken, the latest first, in the form in which corrections are learnt from. Raises StorageUnavailable."""
    wanted = select(accepted_copy).order_by(accepted_copy.c.at.desc(), accepted_copy.c.id)
    async with database.read() as connection:
        rows = (await connection.execute(wanted)).mappings().all()
    found = []
    for row in rows:
        question = _QUESTION["zh" if row["language"] == "zh" else "en"].format(title=row["title"])
        told = (row["written"], row["accepted"], tuple(row["facts"]), row["language"], row["operator"], row["at"])
        found.append(Correction(KIND, row["id"], question, question, *told))
    return found
