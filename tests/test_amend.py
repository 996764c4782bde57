"""A change laid beside a large index: found at once, gone at once, readers undisturbed, and taken in by the next whole build."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fakes_knowledge import BagEncoder, content, encoders_of, faq, product, variant

from knowledge_base import versions
from knowledge_base.amend import Change, amend_index
from knowledge_base.build import Builder, BuildReport, writings_of
from knowledge_base.catalog import Content
from knowledge_base.errors import ContentError, IndexUnusable
from knowledge_base.passages import product_document
from knowledge_base.search import KnowledgeBase, OfferUpdate
from knowledge_base.sizes import Sizes

SMALL = Sizes(exact_rows=100, ranked_passages=100)
_THINGS = ("kettle", "lantern", "hammock", "compass", "thermos", "blanket", "whistle", "shovel", "stool", "awning")
_MAKERS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper")


def _shop(count: int = 300) -> Content:
    products = [product(f"p{n}", f"{_MAKERS[n % 10]} {_THINGS[n // 10 % 10]} series {n}", variant(f"C{n}")) for n in range(count)]
    return content(products, [faq("delivery", "How long does delivery take?", "Three to five working days.")])


def _build(shop: Content, index: Path, encoder: BagEncoder, sizes: Sizes = SMALL) -> BuildReport:
    return Builder(index, encoders_of(encoder), sizes=sizes).build(writings_of(shop))


@pytest.fixture
def encoder() -> BagEncoder:
    return BagEncoder()


@pytest.fixture
def index(tmp_path: Path, encoder: BagEncoder) -> Path:
    _build(_shop(), tmp_path, encoder)
    return tmp_path


@pytest.fixture
def base(index: Path, encoder: BagEncoder) -> Iterator[KnowledgeBase]:
    opened = KnowledgeBase.open(index, encoders_of(encoder))
    yield opened
    opened.close()


def _kettle(price: str = "10.00", title: str = "Quince samovar") -> Change:
    made = product("new", title, variant("NEW", price))
    return Change((product_document(made, "product:new"),))


def test_what_was_added_is_found_and_what_was_removed_is_not(index: Path, encoder: BagEncoder, base: KnowledgeBase) -> None:
    encoder.encoded.clear()
    report = amend_index(index, replace(_kettle(), removed=("product:p7",)), encoders=encoders_of(encoder), sizes=SMALL)
    assert (report.version, report.fresh, report.gone, len(encoder.encoded)) == ("2", 1, 1, report.embedded)
    assert base.search("Hazel kettle series 7").hits[0].passage.document_id == "product:p7"
    assert base.reload_if_changed()
    assert base.search("quince samovar").hits[0].passage.document_id == "product:new"
    assert "product:p7" not in {hit.passage.document_id for hit in base.search("Hazel kettle series 7", limit=50).hits}
    assert base.document("product:p7") is None
    assert len(base.all_passages()) == len(base.products()) + 1 == 301


def test_an_amendment_shares_the_large_files_with_the_version_it_is_laid_beside(index: Path, encoder: BagEncoder) -> None:
    before = {path.name: path.stat().st_ino for path in (index / "versions" / "1").iterdir()}
    held = versions.open_current(index)
    amend_index(index, _kettle(), encoders=encoders_of(encoder), sizes=SMALL)
    after = {path.name: path.stat().st_ino for path in (index / "versions" / "2").iterdir()}
    shared = {name for name, inode in before.items() if after.get(name) == inode}
    assert shared == set(before) - {"manifest.json"}
    held.close()


def test_a_replaced_document_answers_with_its_new_words_only(index: Path, encoder: BagEncoder, base: KnowledgeBase) -> None:
    newer = faq("delivery", "How long does delivery take?", "Two days, by balloon.")
    amend_index(index, Change((newer,)), encoders=encoders_of(encoder), sizes=SMALL)
    base.reload_if_changed()
    found = [hit.passage.text for hit in base.search("how long does delivery take").hits if hit.passage.kind == "faq"]
    assert found == ["How long does delivery take?\nTwo days, by balloon."]


def test_amendments_add_up_and_one_can_take_back_another(index: Path, encoder: BagEncoder, base: KnowledgeBase) -> None:
    amend_index(index, _kettle(), encoders=encoders_of(encoder), sizes=SMALL)
    encoder.encoded.clear()
    amend_index(index, Change(removed=("product:p1",)), encoders=encoders_of(encoder), sizes=SMALL)
    assert encoder.encoded == []
    base.reload_if_changed()
    assert base.search("quince samovar").hits[0].passage.document_id == "product:new"
    report = amend_index(index, Change(removed=("product:new",)), encoders=encoders_of(encoder), sizes=SMALL)
    base.reload_if_changed()
    assert (report.fresh, report.gone) == (0, 1)
    assert base.document("product:new") is None
    assert "product:new" not in {hit.passage.document_id for hit in base.search("quince samovar", limit=50).hits}


def test_a_reader_goes_on_answering_while_the_index_is_amended(index: Path, encoder: BagEncoder, base: KnowledgeBase) -> None:
    done, failures, answered = threading.Event(), [], []

    def read() -> None:
        while not done.is_set():
            try:
                hits = base.search("Alder kettle series 0").hits
                base.reload_if_changed()
            except Exception as error:
                failures.append(error)
                return
            answered.append(hits[0].passage.document_id)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(5):
        amend_index(index, _kettle(title=f"Quince samovar {number}"), encoders=encoders_of(encoder), sizes=SMALL)
    done.set()
    reader.join()
    assert failures == []
    assert set(answered) == {"product:p0"}


def test_a_price_just_given_outranks_an_older_offer(index: Path, encoder: BagEncoder, base: KnowledgeBase) -> None:
    amend_index(index, _kettle("10.00"), encoders=encoders_of(encoder), sizes=SMALL)
    base.reload_if_changed()
    base.update_offers([OfferUpdate("NEW", price=Decimal("8"))])
    amend_index(index, _kettle("12.00"), encoders=encoders_of(encoder), sizes=SMALL)
    base.reload_if_changed()
    made = base.product("new")
    assert made and made.variants[0].price and made.variants[0].price.amount == Decimal("12.00")


def test_removing_what_is_not_there_is_an_error_and_changes_nothing(index: Path, encoder: BagEncoder) -> None:
    with pytest.raises(ContentError, match=r"product:nowhere: expected the id of a document in the index"):
        amend_index(index, Change(removed=("product:nowhere",)), encoders=encoders_of(encoder), sizes=SMALL)
    assert versions.current_name(index) == "1"


def test_more_than_a_share_is_refused_with_the_remedy(index: Path, encoder: BagEncoder) -> None:
    many = Change(removed=tuple(f"product:p{number}" for number in range(40)))
    with pytest.raises(IndexUnusable, match=r"40 changed documents are too many .*chatbot index build"):
        amend_index(index, many, encoders=encoders_of(encoder), sizes=SMALL)


def test_a_language_without_vectors_is_refused(index: Path, encoder: BagEncoder) -> None:
    with pytest.raises(IndexUnusable, match="no vectors of these languages"):
        amend_index(index, Change((faq("a", "多久能送到？", "三天。", "zh"),)), encoders=encoders_of(encoder), sizes=SMALL)


def test_a_build_of_a_large_index_amends_where_little_changed(index: Path, encoder: BagEncoder, base: KnowledgeBase) -> None:
    shop = _shop()
    encoder.encoded.clear()
    newer = replace(shop, products=(*shop.products[1:], product("new", "Quince samovar", variant("NEW"))))
    report = _build(newer, index, encoder)
    assert (report.version, report.embedded, report.removed, encoder.encoded) == ("2", 1, 1, ["Quince samovar."])
    base.reload_if_changed()
    assert base.manifest.amended == 2
    assert base.search("quince samovar").hits[0].passage.document_id == "product:new"
    assert _build(newer, index, encoder).version == "2"


def test_a_build_writes_a_large_index_anew_where_much_changed_and_encodes_nothing_twice(index: Path, encoder: BagEncoder) -> None:
    amend_index(index, _kettle(), encoders=encoders_of(encoder), sizes=SMALL)
    encoder.encoded.clear()
    made = product("new", "Quince samovar", variant("NEW"))
    fewer = _shop(200)
    report = _build(replace(fewer, products=(*fewer.products, made)), index, encoder)
    assert (report.version, report.embedded, encoder.encoded) == ("3", 0, [])
    opened = KnowledgeBase.open(index, encoders_of(encoder))
    assert (opened.manifest.amended, len(opened.all_passages())) == (0, 202)
    opened.close()


def test_a_small_index_can_be_amended_too(tmp_path: Path, encoder: BagEncoder) -> None:
    _build(_shop(60), tmp_path, encoder, Sizes())
    amend_index(tmp_path, replace(_kettle(), removed=("product:p7",)), encoders=encoders_of(encoder))
    opened = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert opened.search("quince samovar").hits[0].passage.document_id == "product:new"
    assert "product:p7" not in {hit.passage.document_id for hit in opened.search("Hazel kettle series 7", limit=50).hits}
    opened.close()
