"""Live prices and stock: durable at once, the newer word holds, every language follows."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fakes_knowledge import product, variant

from knowledge_base.catalog import Availability, Money
from knowledge_base.errors import IndexUnusable
from knowledge_base.offers import FILE, OfferBook, OfferUpdate, apply_offers, set_aside_when_damaged


@pytest.fixture
def book(tmp_path: Path) -> Iterator[OfferBook]:
    book = OfferBook(tmp_path)
    yield book
    book.close()


def test_an_update_outlives_the_process_that_made_it(book: OfferBook, tmp_path: Path) -> None:
    book.record([OfferUpdate("a-1", price=Decimal("12.50"), quantity=3)], now=100.0)
    again = OfferBook(tmp_path)
    offer = again.offers()["a-1"]
    again.close()
    assert (offer.price, offer.quantity, offer.price_at, offer.stock_at) == (Decimal("12.50"), 3, 100.0, 100.0)


def test_a_field_left_out_stays_as_it_was(book: OfferBook) -> None:
    book.record([OfferUpdate("a", price=Decimal("12"), list_price=Decimal("15"))], now=1.0)
    book.record([OfferUpdate("a", price=Decimal("11"))], now=2.0)
    book.record([OfferUpdate("a", quantity=0)], now=3.0)
    offer = book.offers()["a"]
    assert (offer.price, offer.list_price, offer.quantity, offer.price_at, offer.stock_at) == (Decimal("11"), Decimal("15"), 0, 2.0, 3.0)


def test_price_and_stock_are_laid_over_by_sku_whatever_its_case(book: OfferBook) -> None:
    mug = product("mug", "Mug", variant("MUG-1", "10.00"), variant("MUG-2", "10.00"))
    book.record([OfferUpdate(" mug-1 ", price=Decimal("8"), list_price=Decimal("10"), quantity=0)], now=5.0)
    first, second = apply_offers(mug, book.offers()).variants
    assert first.price == Money(Decimal("8"), "USD")
    assert first.on_sale
    assert (first.availability, first.quantity) == (Availability.out_of_stock, 0)
    assert second == mug.variants[1]


def test_a_variant_without_sku_is_known_by_its_id(book: OfferBook) -> None:
    mug = product("mug", "Mug", variant("x", "10.00", sku=""))
    book.record([OfferUpdate("v-x", quantity=4, availability=Availability.preorder)], now=5.0)
    changed = apply_offers(mug, book.offers()).variants[0]
    assert (changed.availability, changed.quantity) == (Availability.preorder, 4)


def test_a_list_price_not_above_the_price_ends_the_reduction(book: OfferBook) -> None:
    mug = product("mug", "Mug", variant("m", "8.00", list_price=Money(Decimal("10"), "USD")))
    book.record([OfferUpdate("m", price=Decimal("10"), list_price=Decimal("10"))], now=5.0)
    changed = apply_offers(mug, book.offers()).variants[0]
    assert changed.list_price is None
    assert not changed.on_sale


def test_sold_out_without_a_count_leaves_no_count(book: OfferBook) -> None:
    mug = product("mug", "Mug", variant("m", quantity=7))
    book.record([OfferUpdate("m", availability=Availability.out_of_stock)], now=5.0)
    assert apply_offers(mug, book.offers()).variants[0].quantity == 0


def test_a_newer_file_outranks_price_and_stock_each_by_its_own_time(book: OfferBook) -> None:
    mug = product("mug", "Mug", variant("m", "10.00", quantity=7))
    book.record([OfferUpdate("m", price=Decimal("8"))], now=10.0)
    book.record([OfferUpdate("m", quantity=0)], now=30.0)
    changed = apply_offers(mug, book.offers(), as_of=20.0).variants[0]
    assert changed.price == Money(Decimal("10.00"), "USD")
    assert changed.quantity == 0
    assert apply_offers(mug, book.offers(), as_of=40.0) is mug


def test_offers_older_than_their_file_are_forgotten(book: OfferBook) -> None:
    book.record([OfferUpdate("old", quantity=1), OfferUpdate("kept", quantity=1)], now=10.0)
    book.forget_before({"old": 20.0, "kept": 5.0})
    assert set(book.offers()) == {"kept"}


def test_a_batch_that_fails_in_the_middle_leaves_nothing(book: OfferBook) -> None:
    def updates() -> Iterator[OfferUpdate]:
        yield OfferUpdate("a", quantity=1)
        raise ValueError("the feed broke")

    with pytest.raises(ValueError, match="feed broke"):
        book.record(updates())
    assert book.offers() == {}


def test_another_process_is_noticed(book: OfferBook, tmp_path: Path) -> None:
    book.offers()
    assert not book.changed_elsewhere()
    other = OfferBook(tmp_path)
    other.record([OfferUpdate("a", quantity=1)])
    other.close()
    assert book.changed_elsewhere()
    assert "a" in book.offers()
    assert not book.changed_elsewhere()


def test_every_commit_reaches_the_disk(book: OfferBook, tmp_path: Path) -> None:
    book.record([OfferUpdate("a", quantity=1)])
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert book._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_damaged_file_is_refused_and_set_aside_by_the_next_build(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database at all" * 100)
    with pytest.raises(IndexUnusable, match="chatbot index build"):
        OfferBook(tmp_path)
    set_aside_when_damaged(tmp_path)
    OfferBook(tmp_path).close()
    assert (tmp_path / (FILE + ".damaged")).exists()
