"""The knowledge base asked in plain words: lanes, languages, filters, names, live offers, threads."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fakes_knowledge import BagEncoder, camping_shop, content, encoders_of, product, variant
from retrieval_shops import FOLDER, questions_of, toy_shop

from knowledge_base.build import build_content
from knowledge_base.catalog import Filters
from knowledge_base.encoders import default_encoders
from knowledge_base.errors import IndexUnusable
from knowledge_base.search import KnowledgeBase, OfferUpdate


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """The camping shop with the real embedded encoder."""
    folder = tmp_path_factory.mktemp("camping")
    encoders = default_encoders()
    build_content(camping_shop(), folder, encoders=encoders)
    base = KnowledgeBase.open(folder, encoders)
    yield base
    base.close()


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[KnowledgeBase]:
    """The camping shop for tests that change it."""
    encoders = encoders_of(BagEncoder())
    build_content(camping_shop(), tmp_path, encoders=encoders)
    base = KnowledgeBase.open(tmp_path, encoders)
    yield base
    base.close()


def found(base: KnowledgeBase, query: str) -> str:
    hits = base.search(query).hits
    return hits[0].passage.document_id if hits else ""


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("NB2-BLU", "product:nimbus-2"), ("is nb3 still made?", "product:nimbus-3"), ("Dune Jacket", "product:dune"),
        ("what does the moss jacket cost and how long does delivery take", "product:moss"), ("云影双人帐篷", "product:nimbus-2@zh"),
    ],
)  # fmt: skip
def test_a_code_or_a_full_title_is_always_first(base: KnowledgeBase, query: str, document: str) -> None:
    hit = base.search(query).hits[0]
    assert hit.passage.document_id == document
    assert hit.lanes["exact"] == 1.0
    assert hit.score >= 0.97


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("how many days until my parcel arrives", "faq:delivery"), ("can I return things", "faq:returns"),
        ("多久能送到", "faq:delivery@zh"),
        ("可以退货吗", "faq:returns"), ("something to boil water with", "product:ember"),
        ("tent warranty length", "policy:warranty/length"),
    ],
)  # fmt: skip
def test_a_paraphrase_finds_its_document_in_the_questions_language_or_across(base: KnowledgeBase, query: str, document: str) -> None:
    assert found(base, query) == document


def test_a_document_in_two_languages_is_returned_once(base: KnowledgeBase) -> None:
    english = {hit.passage.document_id for hit in base.search("nimbus tent", limit=20).hits}
    chinese = {hit.passage.document_id for hit in base.search("帐篷", limit=20).hits}
    assert "product:nimbus-2" in english
    assert "product:nimbus-2@zh" not in english
    assert "product:nimbus-2@zh" in chinese
    assert "product:nimbus-2" not in chinese
    assert "product:moss" in chinese  # has no Chinese record


def test_the_language_can_be_prescribed(base: KnowledgeBase) -> None:
    assert base.search("Nimbus", language="zh").language == "zh"
    assert base.product("ember", "zh") != base.product("ember", "en")
    assert base.product("moss", "zh") == base.product("moss", "en")
    assert base.product("nothing") is None
    assert [product.language for product in base.products("zh")] == ["zh", "en", "zh", "en", "en"]


def test_kinds_and_limit_are_kept(base: KnowledgeBase) -> None:
    hits = base.search("tent delivery", kinds=("faq",), limit=2).hits
    assert len(hits) == 2
    assert {hit.passage.kind for hit in hits} == {"faq"}


@pytest.mark.parametrize("query", ["who won the football match", "write a poem about the sea", "你们招聘吗", "今天股市怎么样"])
def test_a_question_the_shop_cannot_answer_scores_low(base: KnowledgeBase, query: str) -> None:
    assert base.search(query).hits[0].score < 0.5


def test_a_list_below_a_price_holds_all_such_products_and_no_other(base: KnowledgeBase) -> None:
    result = base.search("tents under 200")
    assert [product.id for product in result.products] == ["nimbus-2"]
    assert {hit.product.id for hit in result.hits if hit.product} == {"nimbus-2"}
    assert {product.id for product in base.search("jackets").products} == {"dune", "moss"}
    assert [product.id for product in base.search("200元以下的帐篷").products] == ["nimbus-2"]
    assert [product.id for product in base.search("stoves under 100").products] == ["ember"]


def test_products_to_be_had_come_before_sold_out_ones(base: KnowledgeBase) -> None:
    assert [product.id for product in base.search("warm wool jackets").products] == ["dune", "moss"]


def test_asking_after_a_sold_out_product_finds_it(base: KnowledgeBase) -> None:
    result = base.search("do you have the moss jacket in stock?")
    assert result.hits[0].passage.document_id == "product:moss"
    assert result.filters.in_stock is None


def test_when_nothing_satisfies_the_nearest_products_are_still_found(base: KnowledgeBase) -> None:
    result = base.search("tents under $5")
    assert result.products == ()
    assert result.hits[0].product


def test_filters_can_be_given_or_switched_off(base: KnowledgeBase) -> None:
    assert base.search("tents under 200", filters=Filters()).filters == Filters()
    given = base.search("tents", filters=Filters(max_price=Decimal("250"), category="Tents"))
    assert [product.id for product in given.products] == ["nimbus-2"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("how heavy is the nimbus 3", ["nimbus-3"]), ("tell me about the Nimbus", ["nimbus-2", "nimbus-3"]), ("embr stove", ["ember"]),
        ("the dune jackets", ["dune"]), ("is EM1 in stock", ["ember"]), ("云影有货吗", ["nimbus-2"]), ("余烬炉子多重", ["ember"]),
        ("which jacket is warmest", []), ("any tents?", []), ("有什么帐篷", []), ("how long does delivery take", []), ("", []),
        ("compare dune and moss", ["dune", "moss"]),
    ],
)  # fmt: skip
def test_named_products_are_recognised_and_generic_words_are_not(base: KnowledgeBase, text: str, ids: list[str]) -> None:
    assert sorted(match.product.id for match in base.named_products(text)) == ids


def test_an_ambiguous_name_gives_equal_scores(base: KnowledgeBase) -> None:
    matches = base.named_products("the nimbus tent")
    assert len({match.score for match in matches}) == 1
    assert not any(match.exact for match in matches)


def test_a_longer_title_hides_the_shorter_one_inside_it(tmp_path: Path) -> None:
    encoders = encoders_of(BagEncoder())
    build_content(content([product("a", "Kumo Teapot"), product("b", "Kumo Teapot Warmer")]), tmp_path, encoders=encoders)
    base = KnowledgeBase.open(tmp_path, encoders)
    assert [match.product.id for match in base.named_products("price of the kumo teapot warmer")] == ["b"]
    assert base.named_products("price of the kumo teapot")[0].product.id == "a"
    base.close()


@pytest.mark.parametrize(("made", "named"), [(1, ["a"]), (2, ["a"]), (3, [])])
def test_a_brand_names_its_product_only_while_it_makes_few(tmp_path: Path, made: int, named: list[str]) -> None:
    others = [product(f"o{number}", f"{word} Seat", brand="Dalby") for number, word in enumerate(["Perch", "Ferry"][: made - 1])]
    encoders = encoders_of(BagEncoder())
    build_content(content([product("a", "Dalby Town Bike", brand="Dalby"), *others]), tmp_path, encoders=encoders)
    base = KnowledgeBase.open(tmp_path, encoders)
    assert [match.product.id for match in base.named_products("how many gears has the Dalby got")] == named
    base.close()


def test_a_word_that_everybody_writes_is_no_typing_mistake_for_a_title(tmp_path: Path) -> None:
    encoders = encoders_of(BagEncoder())
    build_content(content([product("a", "Portable Charger"), product("b", "Desk Lamp")]), tmp_path, encoders=encoders)
    base = KnowledgeBase.open(tmp_path, encoders)
    assert base.named_products("what do you charge for shipping") == []
    assert [match.product.id for match in base.named_products("the chargar")] == ["a"]
    base.close()


def test_similar_products_are_of_a_kind_and_to_be_had_first(base: KnowledgeBase) -> None:
    assert base.similar("nimbus-2")[0].id == "nimbus-3"
    assert "nimbus-2" not in [product.id for product in base.similar("nimbus-2")]
    assert base.similar("nothing") == []


@pytest.mark.parametrize("query", ["", "   ", "\x00", '"', "🙂" * 50, "a" * 5000, "' OR 1=1 --", "\ud800", "NEAR(", "？！", "𠀀𠀁"])
def test_no_question_can_raise(base: KnowledgeBase, query: str) -> None:
    base.search(query)
    base.named_products(query)


def test_every_lane_shows_its_own_order_and_the_stages_their_time(base: KnowledgeBase) -> None:
    result = base.search("delivery days")
    assert set(result.lanes) == {"exact", "keywords", "dense"}
    dense = [hit.lanes["dense"] for hit in result.lanes["dense"]]
    assert dense == sorted(dense, reverse=True)
    assert set(result.milliseconds) >= {"exact", "keywords", "dense", "fusion", "filters"}


def test_a_price_update_is_served_at_once_in_every_language_and_survives(changing: KnowledgeBase, tmp_path: Path) -> None:
    assert changing.update_offers([OfferUpdate("nb2-blu", price=Decimal("149.00")), OfferUpdate("unknown", quantity=1)]) == 1
    assert "149.00" in changing.passages("product:nimbus-2")[0].text
    assert "149.00" in changing.passages("product:nimbus-2@zh")[0].text
    assert [product.id for product in changing.search("tents under 150").products] == ["nimbus-2"]
    again = KnowledgeBase.open(tmp_path, encoders_of(BagEncoder()))
    assert "149.00" in again.passages("product:nimbus-2")[0].text
    again.update_offers([OfferUpdate("NB2-RED", quantity=5)])
    again.close()
    assert changing.reload_if_changed()
    assert "Sold out" not in changing.passages("product:nimbus-2")[0].text


def test_readers_see_one_state_while_offers_change(changing: KnowledgeBase) -> None:
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            for hit in changing.search("ember stove").hits:
                if hit.product and hit.product.id == "ember":
                    price = hit.product.variants[0].price
                    if price is None or f"{price.amount:.2f}" not in hit.passage.text:
                        wrong.append((price, hit.passage.text))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for price in range(20, 40):
        changing.update_offers([OfferUpdate("EM1", price=Decimal(f"{price}.00"))])
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


@pytest.mark.slow
def test_readers_are_not_disturbed_by_rebuilds(tmp_path: Path) -> None:
    encoders = encoders_of(BagEncoder())
    shop = camping_shop()
    build_content(shop, tmp_path, encoders=encoders)
    base = KnowledgeBase.open(tmp_path, encoders)
    stop, failed = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                assert base.search("how long does delivery take").hits
            except Exception as error:
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(8):
        build_content(
            content([*shop.products, product(f"p{number}", f"Lamp {number}", variant(f"L{number}"))], shop.documents),
            tmp_path,
            encoders=encoders,
        )
        base.reload_if_changed()
    stop.set()
    for reader in readers:
        reader.join()
    assert failed == []
    base.close()
    base.close()
    with pytest.raises(IndexUnusable, match="was closed"):
        base.search("delivery")


@pytest.mark.parametrize(("language", "least"), [("en", 0.70), ("zh", 0.78)])
@pytest.mark.slow
def test_fusion_is_no_worse_than_meaning_alone_on_the_held_out_shops(language: str, least: float, tmp_path: Path) -> None:
    encoders = default_encoders()
    build_content(toy_shop(language), tmp_path, encoders=encoders)
    base = KnowledgeBase.open(tmp_path, encoders)
    asked = [question for question in questions_of(FOLDER / f"{language}.questions.jsonl") if question["expect"]]
    results = [(question["expect"], base.search(question["q"], filters=Filters())) for question in asked]
    fused = sum(result.hits[0].passage.document_id == expected for expected, result in results) / len(asked)
    dense = sum(result.lanes["dense"][0].passage.document_id == expected for expected, result in results) / len(asked)
    base.close()
    assert fused >= max(dense, least)


def test_a_text_asked_again_for_another_kind_has_the_same_scores_and_the_prices_of_now(changing: KnowledgeBase) -> None:
    products = changing.search("tents under 150", kinds=("product",), limit=20)
    every = changing.search("tents under 150", limit=20)
    fresh = {hit.passage.id: hit.score for hit in products.hits}
    assert fresh and {hit.passage.id: hit.score for hit in every.hits if hit.passage.id in fresh}.items() <= fresh.items()
    assert not changing.search("tents under 150").products
    changing.update_offers([OfferUpdate("nb2-blu", price=Decimal("149.00"))])
    assert [product.id for product in changing.search("tents under 150").products] == ["nimbus-2"]
