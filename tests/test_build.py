"""Builds: incremental, idempotent, crash-safe, and an index that is damaged or made by another encoder is refused."""

import os
import random
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fakes_knowledge import BagEncoder, camping_shop, content, encoders_of, faq, product, variant

from knowledge_base import vector_files, versions
from knowledge_base.build import Builder, Writings, build_content, writings_of
from knowledge_base.catalog import Content, Document, ShopProfile, Source
from knowledge_base.errors import ContentError, IndexUnusable
from knowledge_base.offers import OfferUpdate
from knowledge_base.records import Facts
from knowledge_base.search import KnowledgeBase
from knowledge_base.sizes import Sizes


@pytest.fixture
def encoder() -> BagEncoder:
    return BagEncoder()


def _files(index: Path) -> list[Path]:
    version = index / "versions" / versions.current_name(index)
    return [index / "current.json", *sorted(version.iterdir())]


def test_a_build_reports_what_it_did(tmp_path: Path, encoder: BagEncoder) -> None:
    told: list[tuple[str, int, int]] = []
    report = build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder), progress=lambda *step: told.append(step))
    assert (report.products, report.documents, report.passages, report.version) == (7, 11, 11, "1")
    assert report.embedded == len(encoder.encoded) > 0
    assert ("embedding", report.embedded, report.embedded) in told


def test_the_same_content_again_writes_and_embeds_nothing(tmp_path: Path, encoder: BagEncoder) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    before, encoded = [path.read_bytes() for path in _files(tmp_path)], len(encoder.encoded)
    report = build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    assert (report.version, report.embedded, len(encoder.encoded)) == ("1", 0, encoded)
    assert [path.read_bytes() for path in _files(tmp_path)] == before


def test_only_what_changed_is_embedded_again(tmp_path: Path, encoder: BagEncoder) -> None:
    shop = camping_shop()
    build_content(shop, tmp_path, encoders=encoders_of(encoder))
    encoder.encoded.clear()
    longer = replace(shop, documents=(*shop.documents, faq("gift", "Do you wrap gifts?", "Yes, for free.")))
    report = build_content(longer, tmp_path, encoders=encoders_of(encoder))
    assert encoder.encoded == ["Do you wrap gifts?\nYes, for free.", "Do you wrap gifts?: Yes, for free."]
    assert (report.embedded, report.removed, report.version) == (2, 0, "2")


def test_a_changed_price_embeds_nothing_and_is_served(tmp_path: Path, encoder: BagEncoder) -> None:
    build_content(content([product("mug", "Mug", variant("m", "10.00"))]), tmp_path, encoders=encoders_of(encoder))
    report = build_content(content([product("mug", "Mug", variant("m", "12.00"))]), tmp_path, encoders=encoders_of(encoder))
    assert (report.embedded, report.version) == (0, "2")
    base = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert "12.00" in base.passages("product:mug")[0].text
    base.close()


def test_removed_documents_are_counted_and_gone(tmp_path: Path, encoder: BagEncoder) -> None:
    shop = camping_shop()
    build_content(shop, tmp_path, encoders=encoders_of(encoder))
    report = build_content(replace(shop, documents=shop.documents[1:]), tmp_path, encoders=encoders_of(encoder))
    base = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert report.removed == 1
    assert base.document("faq:delivery") is None
    base.close()


def test_content_that_holds_nothing_is_an_error_and_leaves_no_index(tmp_path: Path, encoder: BagEncoder) -> None:
    with pytest.raises(ContentError, match="nothing to index"):
        build_content(content(), tmp_path / "index", encoders=encoders_of(encoder))
    assert not (tmp_path / "index").exists()


class _Crash(BaseException):
    """Stands for the process dying: nothing catches it on purpose."""


@pytest.mark.parametrize("step", ["write_lane", "publish", "_switch", "_synced_digest"])
def test_a_crash_in_the_middle_leaves_the_old_index_serving_and_no_litter(
    step: str, tmp_path: Path, encoder: BagEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = camping_shop()
    build_content(shop, tmp_path, encoders=encoders_of(encoder))
    newer = replace(shop, documents=(*shop.documents, faq("gift", "Do you wrap gifts?", "Yes, for free.")))

    def crash(*_: object, **__: object) -> None:
        raise _Crash

    with monkeypatch.context() as patch:
        patch.setattr(vector_files if step == "write_lane" else versions, step, crash)
        with pytest.raises(_Crash):
            build_content(newer, tmp_path, encoders=encoders_of(encoder))
    base = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert (base.version, base.document("faq:gift")) == ("1", None)
    base.close()
    build_content(newer, tmp_path, encoders=encoders_of(encoder))
    assert len(list((tmp_path / "versions").iterdir())) == 1
    assert {path.name for path in tmp_path.iterdir()} <= {
        "versions",
        "current.json",
        "build.lock",
        "offers.sqlite",
        "offers.sqlite-wal",
        "offers.sqlite-shm",
    }


_DIES = """
import os, signal, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from fakes_knowledge import BagEncoder, encoders_of
from test_build import many_questions
from knowledge_base.build import build_content

class Dying(BagEncoder):
    def encode(self, texts, *, role):
        if len(self.encoded) >= 192:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(texts, role=role)

build_content(many_questions(), Path(sys.argv[3]), encoders=encoders_of(Dying()))
"""


def many_questions() -> Content:
    """A shop of 200 texts to embed: 100 questions with one sentence each."""
    return content((), [faq(f"q{number}", f"Question {number}?", f"Answer {number}.") for number in range(100)])


@pytest.mark.slow
def test_a_build_that_was_killed_goes_on_without_encoding_anything_twice(tmp_path: Path, encoder: BagEncoder) -> None:
    here = Path(__file__).parent
    died = subprocess.run([sys.executable, "-c", _DIES, str(here), str(here.parent), str(tmp_path)], capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    told: list[tuple[str, int, int]] = []
    report = build_content(many_questions(), tmp_path, encoders=encoders_of(encoder), progress=lambda *step: told.append(step))
    assert (report.embedded, len(encoder.encoded)) == (8, 8)
    assert ("embedding", 8, 8) in told
    assert not (tmp_path / "encoded").exists()
    base = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert base.search("Question 3?").hits[0].passage.document_id == "faq:q3"
    base.close()


def test_a_large_index_says_how_it_was_tuned_and_finds_what_a_small_one_finds(tmp_path: Path, encoder: BagEncoder) -> None:
    shop, sizes = many_questions(), Sizes(exact_rows=100, ranked_passages=50)
    for name, given in (("large", sizes), ("small", Sizes())):
        Builder(tmp_path / name, encoders_of(encoder), sizes=given).build(writings_of(shop))
    large, small = (KnowledgeBase.open(tmp_path / name, encoders_of(encoder)) for name in ("large", "small"))
    entry = large.manifest.vectors[0]
    assert (entry.kind, small.manifest.vectors[0].kind) == ("ivf-sq8", "flat")
    assert entry.recall >= 0.97 and 1 <= entry.effort <= entry.lists
    for number in range(0, 100, 9):
        asked = f"question {number} answer"
        assert large.search(asked).hits[0].passage == small.search(asked).hits[0].passage
    large.close()
    small.close()


def test_documents_are_taken_one_after_the_other(tmp_path: Path, encoder: BagEncoder) -> None:
    alive: weakref.WeakSet[Document] = weakref.WeakSet()
    most = 0

    def coming() -> Iterator[Document]:
        nonlocal most
        for number in range(50):
            document = _Watched(f"faq:{number}", "faq", f"Question {number}?", "Yes.", "en")
            alive.add(document)
            most = max(most, len(alive))
            yield document

    facts = Facts(ShopProfile(), ("en",), "en")
    report = Builder(tmp_path, encoders_of(encoder)).build(Writings(facts, coming()))
    assert (report.documents, report.passages) == (50, 50)
    assert most <= 3


class _Watched(Document):
    """A document that can be seen to go."""

    __slots__ = ("__weakref__",)


def test_a_vector_file_of_an_unknown_kind_is_refused(tmp_path: Path, encoder: BagEncoder) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    version = versions.open_current(tmp_path)
    entry = version.manifest.vectors[0].model_copy(update={"kind": "graph"})
    with pytest.raises(IndexUnusable, match=r"expected kind flat or ivf-sq8, found 'graph'.*chatbot index build"):
        vector_files.open_lane(version, entry)
    version.close()


def _damages(path: Path, chance: random.Random) -> Iterator[bytes | None]:
    data = path.read_bytes()
    yield None
    yield b""
    yield data[: len(data) // 2]
    for _ in range(5):
        place = chance.randrange(len(data))
        yield data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]


def test_every_damaged_truncated_or_missing_file_is_refused_with_the_remedy(tmp_path: Path, encoder: BagEncoder) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    tried = 0
    for path in _files(tmp_path):
        good = path.read_bytes()
        for damage in _damages(path, random.Random(path.name)):
            path.unlink()
            if damage is not None:
                path.write_bytes(damage)
            with pytest.raises(IndexUnusable, match="chatbot index build"):
                KnowledgeBase.open(tmp_path, encoders_of(encoder))
            path.write_bytes(good)
            tried += 1
    assert tried >= 30
    KnowledgeBase.open(tmp_path, encoders_of(encoder)).close()


def test_a_build_replaces_a_damaged_index(tmp_path: Path, encoder: BagEncoder) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    next(path for path in _files(tmp_path) if path.suffix == ".faiss").write_bytes(b"nonsense")
    report = build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    assert report.embedded > 0
    KnowledgeBase.open(tmp_path, encoders_of(encoder)).close()


@pytest.mark.parametrize("other", [BagEncoder(name="another"), BagEncoder(fingerprint="retrained")])
def test_an_index_of_another_encoder_is_refused_and_rebuilt(other: BagEncoder, tmp_path: Path, encoder: BagEncoder) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    with pytest.raises(IndexUnusable, match="chatbot index build"):
        KnowledgeBase.open(tmp_path, encoders_of(other))
    assert build_content(camping_shop(), tmp_path, encoders=encoders_of(other)).embedded > 0
    KnowledgeBase.open(tmp_path, encoders_of(other)).close()


def test_an_index_of_another_analyser_is_refused(tmp_path: Path, encoder: BagEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    monkeypatch.setattr("knowledge_base.keywords.ANALYSER", "another")
    with pytest.raises(IndexUnusable, match="analysed with"):
        KnowledgeBase.open(tmp_path, encoders_of(encoder))


def test_an_index_of_an_older_format_is_refused_and_built_anew(
    tmp_path: Path, encoder: BagEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(versions, "FORMAT", versions.FORMAT - 1)
        build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))
    with pytest.raises(IndexUnusable, match=r"this program reads format .*chatbot index build"):
        KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder)).version == "2"
    KnowledgeBase.open(tmp_path, encoders_of(encoder)).close()


def test_what_a_variant_says_alone_is_kept_and_found(tmp_path: Path, encoder: BagEncoder) -> None:
    boxes = [variant(size, options=(("Size", size),), description=f"Carries {load} kg.") for size, load in (("Small", 15), ("Large", 40))]
    build_content(content([product("box", "Box", *boxes), product("mug", "Mug")]), tmp_path, encoders=encoders_of(encoder))
    base = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    found = base.search("how much does the large one carry").hits[0]
    base.close()
    assert "Large: Carries 40 kg." in found.passage.body
    assert found.product and [own.description for own in found.product.variants] == ["Carries 15 kg.", "Carries 40 kg."]


def test_no_index_is_an_error_that_says_how_to_make_one(tmp_path: Path, encoder: BagEncoder) -> None:
    with pytest.raises(IndexUnusable, match=r"no index here.*chatbot index build"):
        KnowledgeBase.open(tmp_path / "nowhere", encoders_of(encoder))


def test_a_reader_keeps_its_version_until_it_reloads(tmp_path: Path, encoder: BagEncoder) -> None:
    shop = camping_shop()
    build_content(shop, tmp_path, encoders=encoders_of(encoder))
    base = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    build_content(replace(shop, documents=shop.documents[1:]), tmp_path, encoders=encoders_of(encoder))
    assert base.search("how long does delivery take").hits[0].passage.document_id == "faq:delivery"
    assert (tmp_path / "versions" / "1").exists()
    assert base.reload_if_changed()
    assert not base.reload_if_changed()
    assert (base.version, base.document("faq:delivery")) == ("2", None)
    build_content(shop, tmp_path, encoders=encoders_of(encoder))
    assert not (tmp_path / "versions" / "1").exists()
    base.close()


def test_two_builds_at_once_are_refused(tmp_path: Path, encoder: BagEncoder) -> None:
    with versions.building(tmp_path), pytest.raises(IndexUnusable, match="another build is running"):
        build_content(camping_shop(), tmp_path, encoders=encoders_of(encoder))


def _priced(price: str) -> Content:
    return content([replace(product("mug", "Mug", variant("m", price)), source=Source("products.csv", 2))])


def test_a_newer_file_wins_over_an_older_offer_and_an_older_one_does_not(tmp_path: Path, encoder: BagEncoder) -> None:
    folder, index = tmp_path / "content", tmp_path / "index"
    folder.mkdir()
    (folder / "products.csv").write_text("kept by the importer")
    os.utime(folder / "products.csv", (1000, 1000))
    build_content(_priced("10.00"), index, folder=folder, encoders=encoders_of(encoder))
    base = KnowledgeBase.open(index, encoders_of(encoder))
    assert base.update_offers([OfferUpdate("m", price=Decimal("8"))]) == 1
    build_content(replace(_priced("10.00"), documents=(faq("a", "A?", "B."),)), index, folder=folder, encoders=encoders_of(encoder))
    base.reload_if_changed()
    assert _price(base) == Decimal("8")
    os.utime(folder / "products.csv", (4e9, 4e9))
    build_content(_priced("11.00"), index, folder=folder, encoders=encoders_of(encoder))
    base.reload_if_changed()
    assert _price(base) == Decimal("11.00")
    base.close()


def _price(base: KnowledgeBase) -> Decimal:
    mug = base.product("mug")
    assert mug
    assert mug.variants[0].price
    return mug.variants[0].price.amount
