"""A whole file: every product described once, the results in a journal, the output written at the end in one move.

A run that was killed goes on where it was: what the journal has is not written again, and the output of both is the same, byte for byte.
A row that fails is told in the report and stays as it was; the others go through. Knows no terminal.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any

from chatbot.copywriter.describing import describe, facts_for
from chatbot.copywriter.facts import Facts
from chatbot.copywriter.journal import Journal
from chatbot.copywriter.reporting import Reports, Row, Totals
from chatbot.copywriter.sheet import Item, Sheet, SheetError
from chatbot.copywriter.trust import Trial, begin, trusted, try_out
from chatbot.copywriter.wish import Wish
from chatbot.copywriter.writer import ASKED_FOR, Copywriter, NothingToSay
from chatbot.engine import Engine
from chatbot.errors import EngineError

_EDITION = 1  # of what is written from the same facts; another number makes no use of older journals
_DIGEST = 16
Progress = Callable[[int, int], None]
Captioner = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with a file. `together`: rows that are written at once; `always`: ask the engine without trying it out first."""

    out: Path
    wish: Wish = field(default_factory=Wish)
    overwrite: bool = False
    limit: int = 0
    together: int = 1
    always: bool = False


@dataclass
class Filing:
    """One run over one sheet. Raises SheetError, JournalError; EngineUnavailable where nobody can write."""

    sheet: Sheet
    engine: Engine
    job: Job
    captioner: Captioner | None = None
    progress: Progress = lambda done, total: None
    totals: Totals = field(default_factory=Totals)
    _writers: dict[str, Copywriter] = field(default_factory=dict)
    _keys: bytearray = field(default_factory=bytearray)

    async def run(self) -> Totals:
        """Describe, then write the output and the reports."""
        with Journal.open(Path(f"{self.job.out}.journal")) as journal, Reports(self.job.out) as reports:
            self._keys = bytearray(_DIGEST * len(self.sheet))
            await self._describe_all(journal, reports)
            self._write(journal)
            reports.finish(self.totals, self.sheet.format, self.sheet.notes, self.job.wish)
        return self.totals

    async def _describe_all(self, journal: Journal, reports: Reports) -> None:
        """Rows go out in the file's order, a few at a time."""
        waiting: list[asyncio.Task[Row]] = []
        done = 0
        try:
            for item in self._items():
                waiting.append(asyncio.create_task(self._row(item, journal)))
                await asyncio.sleep(0)
                if len(waiting) >= self.job.together:
                    done = self._told(await waiting.pop(0), reports, done)
            while waiting:
                done = self._told(await waiting.pop(0), reports, done)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _items(self) -> Iterator[Item]:
        for item in self.sheet.items():
            if self.job.limit and item.number >= self.job.limit:
                return
            yield item

    def _told(self, row: Row, reports: Reports, done: int) -> int:
        self.totals.count(row)
        reports.add(row)
        self.progress(done + 1, min(len(self.sheet), self.job.limit or len(self.sheet)))
        return done + 1

    async def _row(self, item: Item, journal: Journal) -> Row:
        title = item.product.title if item.product else ""
        if item.product is None:
            return Row(item.line, title, "failed", item.problem)
        if item.existing and not self.job.overwrite:
            return Row(item.line, title, "kept", "it has a description already")
        try:
            return await self._described(item, journal)
        except NothingToSay as error:
            return Row(item.line, title, "failed", str(error))
        except EngineError as error:
            if not self.totals.written:
                raise
            return Row(item.line, title, "failed", f"the engine failed: {error}")

    async def _described(self, item: Item, journal: Journal) -> Row:
        assert item.product is not None
        captions, trouble = await self._captions(item)
        facts = facts_for(item.product, self.job.wish, captions, item.alt_texts)
        writer = await self._writer(facts.language, journal)
        key = self.key(facts, writer)
        known = journal.get(key)
        result = known
        if result is None:
            result = (await describe(writer, facts, self.job.wish)).plain()
            journal.add(key, result)
        self._keys[item.number * _DIGEST : (item.number + 1) * _DIGEST] = bytes.fromhex(key)
        reason = "; ".join((*facts.left_out, *([trouble] if trouble else [])))
        return Row(item.line, item.product.title, "found" if known is not None else "written", reason, result)

    async def _captions(self, item: Item) -> tuple[tuple[str, ...], str]:
        """What a captioning model sees; where it cannot look, the row is written without."""
        if self.captioner is None or item.product is None or not item.product.images:
            return (), ""
        try:
            return (await asyncio.to_thread(self.captioner, item.product.images[0]),), ""
        except (OSError, ValueError) as error:
            return (), f"the picture could not be read: {error}"

    def key(self, facts: Facts, writer: Copywriter) -> str:
        """What a result was made from."""
        made_from = [
            _EDITION,
            facts.title,
            facts.language,
            facts.pictured,
            [astuple(fact) for fact in facts.known],
            asdict(self.job.wish),
            *writer.name,
        ]
        text = json.dumps(made_from, ensure_ascii=False, sort_keys=True)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).hexdigest()

    async def _writer(self, language: str, journal: Journal) -> Copywriter:
        """The writer for a language; what the engine was found fit for is remembered, so that a run that goes on decides as it did."""
        if language not in self._writers:
            name = f"trial {self.engine.name} {language} {self.job.wish.tone}"
            known = journal.get(name)
            if known is None:
                trials = await try_out(self.engine, self.job.wish, language)
                journal.add(name, [asdict(trial) for trial in trials])
            else:
                trials = [Trial(**trial) for trial in known]
            self.totals.trials[language] = trials
            acts = trusted(trials) if not self.job.always else ASKED_FOR
            if acts and known is not None:
                await begin(self.engine, self.job.wish, language)
            self._writers.setdefault(language, Copywriter(self.engine, acts))
        return self._writers[language]

    def _write(self, journal: Journal) -> None:
        """The output under a name of its own first, then in one move."""
        try:
            handle, name = tempfile.mkstemp(dir=self.job.out.parent, prefix=f".{self.job.out.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    for part in self.sheet.written(lambda number: self._text(number, journal)):
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                os.chmod(name, 0o644)
                os.replace(name, self.job.out)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise SheetError(f"{self.job.out}: expected a file that can be written ({error.strerror or error})") from error

    def _text(self, number: int, journal: Journal) -> str | None:
        key = self._keys[number * _DIGEST : (number + 1) * _DIGEST]
        if not any(key):
            return None
        result: dict[str, Any] = journal.get(key.hex())
        return str(result["variants"][0]["text"])
