"""Prices and stock that change between builds: a small SQLite file laid over the records, keyed by SKU or variant id.

An update is durable when `record` returns (WAL, synchronous=FULL) and needs no vector to be made again. Price and stock carry the time
they were told; the content file carries the time it was written, and for each of the two the newer one holds. So a rebuild from a
newer file wins over older updates, and a rebuild because a FAQ changed does not bring old prices back.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from knowledge_base.catalog import Availability, Money, Product, Variant
from knowledge_base.errors import IndexUnusable

FILE = "offers.sqlite"
_SCHEMA = """CREATE TABLE IF NOT EXISTS offers (key TEXT PRIMARY KEY, price TEXT, list_price TEXT, quantity INTEGER, availability TEXT,
    price_at REAL NOT NULL DEFAULT 0, stock_at REAL NOT NULL DEFAULT 0) WITHOUT ROWID"""
_SELECT = "SELECT key, price, list_price, quantity, availability, price_at, stock_at FROM offers"
_UPSERT_PRICE = """INSERT INTO offers (key, price, list_price, price_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    price = coalesce(excluded.price, price), list_price = coalesce(excluded.list_price, list_price), price_at = excluded.price_at"""
_UPSERT_STOCK = """INSERT INTO offers (key, quantity, availability, stock_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    quantity = excluded.quantity, availability = excluded.availability, stock_at = excluded.stock_at"""


@dataclass(frozen=True, slots=True)
class OfferUpdate:
    """What changed for one SKU (or variant id); None leaves a field as it is. A `list_price` not above the price ends a reduction."""

    sku: str
    price: Decimal | None = None
    list_price: Decimal | None = None
    quantity: int | None = None
    availability: Availability | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """The newest word on one variant, with the times (Unix seconds) at which price and stock were told."""

    price: Decimal | None = None
    list_price: Decimal | None = None
    quantity: int | None = None
    availability: Availability | None = None
    price_at: float = 0.0
    stock_at: float = 0.0


def key_of(sku: str) -> str:
    """SKUs are compared without regard to case and outer space."""
    return sku.strip().casefold()


class OfferBook:
    """The overlay file of an index. Safe for several threads and, through WAL, several processes."""

    def __init__(self, index_folder: Path) -> None:
        self._path = index_folder / FILE
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(self._path, check_same_thread=False, timeout=5.0)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(_SCHEMA)
            self._connection.commit()
        except sqlite3.DatabaseError as error:
            remedy = "`chatbot index build` sets the file aside"
            raise IndexUnusable(f"{self._path}: live prices and stock cannot be read ({error}); {remedy}") from error
        self._seen = self._data_version()

    def record(self, updates: Iterable[OfferUpdate], *, now: float | None = None) -> None:
        """Store all updates in one transaction; on disk when it returns."""
        moment = time.time() if now is None else now
        with self._lock, self._connection:
            for update in updates:
                if update.price is not None or update.list_price is not None:
                    self._connection.execute(_UPSERT_PRICE, (key_of(update.sku), _text(update.price), _text(update.list_price), moment))
                if update.quantity is not None or update.availability is not None:
                    self._connection.execute(_UPSERT_STOCK, (key_of(update.sku), update.quantity, update.availability, moment))

    def offers(self) -> dict[str, Offer]:
        """The newest offer of each key."""
        with self._lock:
            self._seen = self._data_version()
            rows = self._connection.execute(_SELECT).fetchall()
        return {row[0]: _offer(row[1:]) for row in rows}

    def changed_elsewhere(self) -> bool:
        """Whether another process wrote since `offers` was last read."""
        with self._lock:
            return self._data_version() != self._seen

    def forget_before(self, moments: Mapping[str, float]) -> None:
        """Drop offers that are older than the content file their variant came from."""
        with self._lock, self._connection:
            for key, moment in moments.items():
                self._connection.execute("DELETE FROM offers WHERE key = ? AND max(price_at, stock_at) <= ?", (key, moment))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


def set_aside_when_damaged(index_folder: Path) -> None:
    """Rename an overlay that SQLite cannot open, so that the next build starts with the prices of the content."""
    try:
        OfferBook(index_folder).close()
    except IndexUnusable:
        for suffix in ("", "-wal", "-shm"):
            path = index_folder / (FILE + suffix)
            if path.exists():
                path.replace(path.with_name(path.name + ".damaged"))


def apply_offers(product: Product, offers: Mapping[str, Offer], *, as_of: float = 0.0, currency: str = "") -> Product:
    """The product with every newer price and stock laid over; the same object where nothing is newer."""
    variants = tuple(_renewed(variant, _offer_for(variant, offers), as_of, currency) for variant in product.variants)
    return product if variants == product.variants else replace(product, variants=variants)


def _offer_for(variant: Variant, offers: Mapping[str, Offer]) -> Offer | None:
    return offers.get(key_of(variant.sku)) or offers.get(key_of(variant.id)) if variant.sku else offers.get(key_of(variant.id))


def _renewed(variant: Variant, offer: Offer | None, as_of: float, currency: str) -> Variant:
    if offer is None:
        return variant
    if offer.price_at > as_of:
        variant = _with_price(variant, offer, currency)
    if offer.stock_at > as_of:
        variant = _with_stock(variant, offer)
    return variant


def _with_price(variant: Variant, offer: Offer, currency: str) -> Variant:
    unit = variant.price.currency if variant.price else currency
    price = Money(offer.price, unit) if offer.price is not None else variant.price
    list_price = Money(offer.list_price, unit) if offer.list_price is not None else variant.list_price
    reduced = list_price is not None and price is not None and list_price.amount > price.amount
    return replace(variant, price=price, list_price=list_price if reduced else None)


def _with_stock(variant: Variant, offer: Offer) -> Variant:
    availability = offer.availability
    if availability is None:
        availability = Availability.in_stock if offer.quantity else Availability.out_of_stock
    quantity = offer.quantity
    if quantity is None and availability is Availability.out_of_stock:
        quantity = 0
    return replace(variant, availability=availability, quantity=quantity)


def _offer(row: tuple[str | None, str | None, int | None, str | None, float, float]) -> Offer:
    price, listed, quantity, availability, price_at, stock_at = row
    return Offer(_decimal(price), _decimal(listed), quantity, Availability(availability) if availability else None, price_at, stock_at)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
