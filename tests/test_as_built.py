"""A start reads the content again when anything has changed, and only then."""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from chatbot.server.as_built import RECORD, origin_of
from chatbot.server.opening import REPORT, index_folder, open_index
from chatbot.settings import Settings
from knowledge_base.search import OfferUpdate
from tests.open_shop import shop_settings, write_content


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_content(tmp_path / "content")
    return shop_settings(tmp_path)


def _opened(settings: Settings) -> tuple[str, int, int, list[str], bool]:
    """Version, products, passages, titles, and whether the content was read."""
    stages: list[str] = []
    index = open_index(settings, lambda stage, done, total: stages.append(stage))
    titles = [product.title for product in index.knowledge.products()]
    index.knowledge.close()
    return index.report.version, index.report.products, index.report.passages, titles, "reading" in stages


@pytest.mark.slow
def test_unchanged_content_is_not_read_again_and_says_the_same(settings: Settings) -> None:
    first = _opened(settings)
    again = _opened(settings)
    assert first[-1] and not again[-1]
    assert first[:-1] == again[:-1]
    index = open_index(settings)
    assert "cheap" in " ".join(map(str, index.report.problems))  # what could not be used is still told
    index.knowledge.close()


def _edit(settings: Settings) -> None:
    file = settings.content / "products.csv"
    file.write_text(file.read_text("utf-8").replace("Otter Kettle", "Otter Pan"), encoding="utf-8")


def _touch(settings: Settings) -> None:
    os.utime(settings.content / "products.csv", (1, 1))


def _add(settings: Settings) -> None:
    (settings.content / "more.md").write_text("# Questions\n\n## Do you repair?\n\nYes.\n", encoding="utf-8")


def _spoil_record(settings: Settings) -> None:
    (index_folder(settings) / RECORD).write_text("[1]", encoding="utf-8")


def _lose_report(settings: Settings) -> None:
    (settings.data / REPORT).unlink()


def _spoil_index(settings: Settings) -> None:
    for file in index_folder(settings).rglob("manifest.json"):
        file.write_text("{}", encoding="utf-8")


@pytest.mark.parametrize("change", [_edit, _touch, _add, _spoil_record, _lose_report, _spoil_index])
@pytest.mark.slow
def test_a_change_of_anything_has_the_content_read(settings: Settings, change: Callable[[Settings], None]) -> None:
    _opened(settings)
    change(settings)
    *_, titles, read = _opened(settings)
    assert read
    assert titles[0] == ("Otter Pan" if change is _edit else "Otter Kettle")
    assert not _opened(settings)[-1]


@pytest.mark.slow
def test_an_index_that_another_program_built_meanwhile_is_not_taken_for_ours(settings: Settings, tmp_path: Path) -> None:
    _opened(settings)
    record = (index_folder(settings) / RECORD).read_bytes()
    _edit(settings)
    _opened(settings)  # version 2
    (index_folder(settings) / RECORD).write_bytes(record.replace(_origin(record), origin_of(settings).encode()))
    assert _opened(settings)[-1]


def _origin(record: bytes) -> bytes:
    return record.split(b'"origin": "')[1].split(b'"')[0]


@pytest.mark.slow
def test_prices_that_were_told_since_are_served(settings: Settings) -> None:
    first = open_index(settings)
    first.knowledge.update_offers([OfferUpdate("OK-1", price=Decimal("39.00"))])
    first.knowledge.close()
    again = open_index(settings)
    price = again.knowledge.products()[0].variants[0].price
    assert price is not None and price.amount == Decimal("39.00")
    again.knowledge.close()


def test_another_currency_is_another_origin(settings: Settings) -> None:
    assert origin_of(settings) == origin_of(settings)
    assert origin_of(settings) != origin_of(settings.model_copy(update={"currency": "USD"}))
