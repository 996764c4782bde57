"""The keyword lane: one analyser for text and questions, and a table ranked by BM25 with headings weighted.

Up to `Sizes.ranked_passages` the table is FTS5's and every match is ranked; above, postings.py reads rare terms first.

English words are folded, stop words dropped, the rest stemmed; scripts without spaces become dictionary words and two-character
pieces. Terms contain only letters and digits and are quoted, so no question can be a syntax error. Invariant: index and question go
through the same `terms`; a change of it changes ANALYSER, and an index of another analyser is refused.
"""

from __future__ import annotations

import math
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base import postings
from knowledge_base.chinese import chinese_dictionary
from knowledge_base.languages import has_han

ANALYSER = "fts5-snowball-jieba-bigram-1"
HEADING_WEIGHT = 4.0
_MOST_TERMS = 64

_PIECES = re.compile(r"[a-z0-9]+(?:[-./'’][a-z0-9]+)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+|[^\W_]+")
_SPLIT = re.compile(r"[-./'’]")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_ENGLISH_STOP = """
a an the is are was were be been am do does did can could will would shall should may might must have has had of to in on at by for
from with about as into over than then and or but if so no not nor this that these those there here it its i me my mine we us our you
your he him his she her they them their what which who whom whose when where why how s t re ve ll d m don doesn isn aren please hi
hello hey any some just also too very much many get got want need like tell know one ones thing
"""
_CHINESE_STOP_WORDS = """
的 了 吗 呢 吧 啊 呀 我 你 您 他 她 它 我们 你们 是 在 有 和 与 或 也 都 就 还 很 这 那 这个 那个 这款 那款
请 请问 想 要 能 可以 会 什么 怎么 怎样 如何 哪 哪些 哪个 多少 几 一个 一下 么 没有 有没有 是否 为 对 把 被 从 到 上 下 给 让 说
问 知道 告诉 一 个 不 你好 您好 谢谢 可不可以 能不能 是不是
"""
STOP_WORDS = frozenset(_ENGLISH_STOP.split())
_CHINESE_STOP = frozenset(_CHINESE_STOP_WORDS.split())


def fold(text: str) -> str:
    """Lower case, full-width forms and accents made plain; Chinese characters untouched."""
    if text.isascii():
        return text.lower()  # what the rest comes to, ten times faster
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept)


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeated as often as they occur; empty for a text of stop words and signs."""
    found: list[str] = []
    for piece in _PIECES.findall(fold(text)):
        spaced = piece.isascii() or not _SPACELESS.fullmatch(piece)
        found.extend(_spaced_terms(piece) if spaced else _spaceless_terms(piece))
    return found


def _spaced_terms(piece: str) -> list[str]:
    if piece.isalnum():
        return [] if piece in STOP_WORDS else [stem(piece)]
    parts = [part for part in _SPLIT.split(piece) if part]
    kept = [stem(part) for part in parts if part not in STOP_WORDS]
    if len(parts) > 1 and any(char.isdigit() for char in piece):
        kept.append("".join(parts))  # XR-200 is also written XR200
    return kept


def _spaceless_terms(run: str) -> list[str]:
    words = [word for word in chinese_dictionary().cut(run, guess=True) if word not in _CHINESE_STOP] if has_han(run) else []
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    short = {word for word in words if len(word) != 2}
    return [word for word in words if word in short] + [pair for pair in pairs if pair not in _CHINESE_STOP]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English stem of a folded word."""
    with _STEM_LOCK:
        stemmed: str = _stemmer().stemWord(word)
    return stemmed


_STEM_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def create_table(connection: sqlite3.Connection) -> None:
    """An empty keyword table, and the view of its vocabulary that counts in how many passages a term occurs."""
    connection.execute('CREATE VIRTUAL TABLE words USING fts5(heading, body, tokenize = "unicode61 remove_diacritics 0")')
    connection.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row')")


def add_passages(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> float:
    """Rows of (passage number, heading, text); the average length of a passage in terms."""
    passages = length = 0
    for number, heading, text in rows:
        heading_terms, text_terms = terms(heading), terms(text)
        stored = (number, " ".join(heading_terms), " ".join(text_terms))
        connection.execute("INSERT INTO words(rowid, heading, body) VALUES (?, ?, ?)", stored)
        passages, length = passages + 1, length + len(heading_terms) + len(text_terms)
    return length / max(1, passages)


def add_to_postings(connection: sqlite3.Connection, place: Place, rows: Iterable[tuple[int, str, str]]) -> float:
    """The same rows into a plain table and postings in a folder; the average length of a passage in terms."""
    connection.execute("CREATE TABLE words (rowid INTEGER PRIMARY KEY, heading TEXT NOT NULL, body TEXT NOT NULL)")

    def stored() -> Iterable[postings.Counted]:
        for number, heading, text in rows:
            heading_terms, text_terms = terms(heading), terms(text)
            connection.execute("INSERT INTO words VALUES (?, ?, ?)", (number, " ".join(heading_terms), " ".join(text_terms)))
            yield postings.counted(number, heading_terms, text_terms, HEADING_WEIGHT)

    return postings.write(place.folder, connection, stored(), prefix=place.prefix, average=place.average)


@dataclass(frozen=True, slots=True)
class Place:
    """Where postings are written: with which prefix, and the average length to reckon with where it is given from outside."""

    folder: Path
    prefix: str = ""
    average: float = 0.0


@dataclass(frozen=True, slots=True)
class Fresh:
    """What an amendment laid beside: its records, its postings, the number of its first passage, and what is gone from the main part."""

    connection: sqlite3.Connection
    postings: postings.Postings
    first: int
    gone: frozenset[int]


class KeywordIndex:
    """Reads the keywords of one version: of FTS5 or, where `ranked` is given, of postings. Safe for several threads: they take turns."""

    def __init__(
        self, connection: sqlite3.Connection, passages: int, *, ranked: postings.Postings | None = None, fresh: Fresh | None = None
    ) -> None:
        self._connection = connection
        self._passages = max(1, passages)
        self._ranked = ranked
        self._fresh = fresh
        self._lock = threading.Lock()
        if fresh is not None and ranked is not None:
            ranked.leave_out(np.asarray(sorted(fresh.gone), dtype=np.int64))

    def search(self, question_terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Passage numbers with their BM25 score (higher is better), best first."""
        unique = _unique(question_terms)
        if self._ranked is None and self._fresh is None:
            return self._matched(unique, limit)
        having = self._having(unique)
        rarity = {term: postings.rarity(self._passages, count) for term, count in having.items()}
        if self._ranked is not None:
            found = self._ranked.search(rarity, limit)
        else:
            found = self._matched(unique, limit + len(self._fresh.gone if self._fresh else ()))
        if self._fresh is not None:
            kept = [pair for pair in found if pair[0] not in self._fresh.gone]
            found = sorted(kept + self._fresh.postings.search(rarity, limit), key=lambda pair: -pair[1])
        return found[:limit]

    def _matched(self, unique: Sequence[str], limit: int) -> list[tuple[int, float]]:
        match = " OR ".join(f'"{term}"' for term in unique)
        if not match:
            return []
        query = f"SELECT rowid, -bm25(words, {HEADING_WEIGHT}, 1.0) AS score FROM words WHERE words MATCH ? ORDER BY score DESC LIMIT ?"  # noqa: S608
        with self._lock:
            return [(int(number), float(score)) for number, score in self._connection.execute(query, (match, limit))]

    def weights(self, question_terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency per term, scaled so that a term that occurs nowhere weighs 1 and one that is everywhere 0."""
        unique = _unique(question_terms)
        counts = self._having(unique)
        top = math.log(1 + self._passages)
        return {term: 1 - math.log(1 + counts.get(term, 0)) / top for term in unique}

    def _having(self, unique: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; terms that occur nowhere are left out."""
        counts = {term: span[1] for term, span in self._ranked.spans(unique).items()} if self._ranked else self._vocabulary(unique)
        for term, (_, count) in self._fresh.postings.spans(unique).items() if self._fresh else ():
            counts[term] = counts.get(term, 0) + count
        return counts

    def _vocabulary(self, unique: Sequence[str]) -> dict[str, int]:
        marks = ",".join("?" * len(unique))
        with self._lock:
            return dict(self._connection.execute(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", list(unique)))  # noqa: S608

    def contents(self, numbers: Iterable[int]) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
        """The heading's and the text's terms of each passage."""
        wanted = list(numbers)
        first = self._fresh.first if self._fresh else len(wanted) and max(wanted) + 1
        found = self._contents(self._connection, [number for number in wanted if number < first])
        if self._fresh is not None:
            found |= self._contents(self._fresh.connection, [number for number in wanted if number >= first])
        return found

    def _contents(self, connection: sqlite3.Connection, wanted: Sequence[int]) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
        marks = ",".join("?" * len(wanted))
        with self._lock:
            rows = connection.execute(f"SELECT rowid, heading, body FROM words WHERE rowid IN ({marks})", list(wanted)).fetchall()  # noqa: S608
        return {int(number): (frozenset(heading.split()), frozenset(body.split())) for number, heading, body in rows}


def _unique(question_terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(question_terms))[:_MOST_TERMS]
