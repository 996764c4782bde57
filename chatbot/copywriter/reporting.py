"""What became of each row: a table for people, totals for programs, and the trace of every sentence, beside the output.

`OUT.report.csv` has a line a row, `OUT.report.json` the totals and the rows that failed, `OUT.trace.jsonl` each text with the fields that
carry it and what was struck. All three are written under other names and moved when they are whole.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from chatbot.copywriter.sheet import SheetError
from chatbot.copywriter.trust import Trial
from chatbot.copywriter.wish import Wish
from chatbot.formulas import no_formula

Status = Literal["written", "found", "kept", "failed"]
_COLUMNS = ("line", "name", "status", "reason", "sentences", "by_model", "struck", "told", "fields")
_MOST_FAILED = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A product of the file: written now, found in the journal, kept as it was, or failed. `result` is a Description as JSON."""

    line: int
    title: str
    status: Status
    reason: str = ""
    result: dict[str, Any] | None = None

    @property
    def sentences(self) -> list[dict[str, Any]]:
        return self.result["variants"][0]["sentences"] if self.result else []


@dataclass
class Totals:
    """What became of all rows. Sentences are those of the first variants."""

    rows: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(("written", "found", "kept", "failed"), 0))
    sentences: int = 0
    by: dict[str, int] = field(default_factory=dict)
    struck: int = 0
    failed: list[Row] = field(default_factory=list)
    trials: dict[str, list[Trial]] = field(default_factory=dict)

    @property
    def written(self) -> int:
        return self.rows["written"] + self.rows["found"]

    def count(self, row: Row) -> None:
        self.rows[row.status] += 1
        for sentence in row.sentences:
            self.sentences += 1
            self.by[sentence["by"]] = self.by.get(sentence["by"], 0) + 1
            self.struck += len(sentence["struck"])
        if row.status == "failed" and len(self.failed) < _MOST_FAILED:
            self.failed.append(row)


class Reports:
    """The three files, open. A context manager; nothing is left where the run did not end well."""

    def __init__(self, out: Path) -> None:
        self._names = [out.with_name(f"{out.name}.{end}") for end in ("report.csv", "trace.jsonl", "report.json")]
        try:
            self._table_file, self._trace = (_open(name) for name in self._names[:2])
        except OSError as error:
            raise SheetError(f"{out}: expected a folder that can be written ({error.strerror or error})") from error
        self._table = csv.writer(self._table_file, lineterminator="\n")
        self._table.writerow(_COLUMNS)

    def __enter__(self) -> Reports:
        return self

    def __exit__(self, *_: object) -> None:
        self._table_file.close()
        self._trace.close()
        for name in self._names:
            _part(name).unlink(missing_ok=True)

    def add(self, row: Row) -> None:
        said = row.sentences
        fields = dict.fromkeys(trace["field"] for sentence in said for trace in sentence["traces"])
        struck = [word for sentence in said for one in sentence["struck"] for word in one["words"]]
        told = row.result["variants"][0]["told"] if row.result else ""
        by_model = sum(sentence["by"] == "model" for sentence in said)
        status = "written" if row.status == "found" else row.status  # which run wrote it is not the row's business
        cells = (row.line, row.title, status, row.reason, len(said), by_model, "; ".join(struck), told, "; ".join(fields))
        self._table.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in cells])
        if row.result:
            self._trace.write(json.dumps({"line": row.line, "name": row.title, **row.result}, ensure_ascii=False) + "\n")

    def finish(self, totals: Totals, form: str, notes: tuple[str, ...], wish: Wish) -> None:
        """Write the totals and move all three to their names."""
        told = asdict(totals) | {"format": form, "notes": list(notes), "wish": asdict(wish)}
        told["failed"] = [{"line": row.line, "name": row.title, "reason": row.reason} for row in totals.failed]
        _part(self._names[2]).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        self._table_file.close()
        self._trace.close()
        for name in self._names:
            os.replace(_part(name), name)


def _part(name: Path) -> Path:
    return name.with_name(f".{name.name}.part")


def _open(name: Path) -> IO[str]:
    return _part(name).open("w", encoding="utf-8", newline="")
