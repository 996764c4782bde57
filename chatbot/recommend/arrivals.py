"""Orders as they arrive from the shop's back end: a small SQLite file that a server counts from at once and the next fit learns from.

An order is on disk when `take` returns, and a call's orders are kept together or not at all. Each is kept once, told by its number, and
stays, so that a fit which learns everything anew has it too. Nothing in it names a person: shoppers are hashes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from chatbot.recommend.purchases import Order
from knowledge_base.errors import IndexUnusable

FILE = "arrivals.sqlite"
_SCHEMA = """CREATE TABLE IF NOT EXISTS orders (place INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, shopper TEXT NOT NULL,
    moment REAL NOT NULL, products TEXT NOT NULL)"""
_INSERT = "INSERT OR IGNORE INTO orders (name, shopper, moment, products) VALUES (?, ?, ?, ?)"
_SELECT = "SELECT place, name, shopper, moment, products FROM orders WHERE place > ? ORDER BY place"


class Arrivals:
    """The file in a fit's folder. Safe for several threads and processes: each call opens it anew."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def take(self, orders: Sequence[Order]) -> int:
        """Keep those that are not kept yet, and say how many they are. Raises IndexUnusable where they cannot be kept; then none is."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = [(order.name, order.shopper, order.moment, json.dumps(order.products, ensure_ascii=False)) for order in orders]
        with self._open() as connection, connection:
            connection.execute(_SCHEMA)
            before = connection.total_changes
            connection.executemany(_INSERT, rows)
            return connection.total_changes - before

    def last(self) -> int:
        """The place of the newest order; 0 where there is none. Raises IndexUnusable for a damaged file."""
        if not self._path.is_file():
            return 0
        with self._open() as connection:
            connection.execute(_SCHEMA)
            return int(connection.execute("SELECT coalesce(max(place), 0) FROM orders").fetchone()[0])

    def since(self, place: int) -> tuple[int, list[Order]]:
        """The place of the newest order, and those behind `place`; all where the file is younger than that place."""
        last = self.last()
        if not last:
            return 0, []
        with self._open() as connection:
            rows = connection.execute(_SELECT, (place if place <= last else 0,)).fetchall()
        orders = [Order(name, shopper, moment, tuple(json.loads(products))) for _, name, shopper, moment, products in rows]
        return max((row[0] for row in rows), default=last), orders

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=5.0)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                yield connection
        except sqlite3.Error as error:
            raise IndexUnusable(f"{self._path}: orders that arrived cannot be read or kept ({error})") from error
