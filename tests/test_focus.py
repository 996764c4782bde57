"""Which products a question is about, by the ranking and the names together."""

import pytest

from chatbot.focus import Focus, Ranked, about, clearly, faintly, plausible, with_rival
from knowledge_base.catalog import Product
from tests.toy_house import toy_knowledge
from tests.toy_shop import BOOTS, DOME, KETTLE, LAMP, TENT


def ranking(*scored: tuple[Product, float]) -> list[Ranked]:
    return [Ranked(product, score) for product, score in scored]


@pytest.mark.parametrize(
    ("question", "language", "first"),
    [
        ("the whistling thing for boiling water", "en", "otter-kettle"),
        ("how do I care for my leather shoes", "en", "marten-boots"),
        ("reading light", "en", "wren-lamp"),
        ("绿茶", "zh", "longjing"),
    ],
)
def test_products_are_ranked_by_words_and_meaning_each_once(question: str, language: str, first: str) -> None:
    ranked = Focus(toy_knowledge()).ranked(question, language)
    assert ranked[0].product.id == first
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert len({one.product.id for one in ranked}) == len(ranked)
    assert clearly(ranked) == ranked[0].product


def test_a_question_about_no_product_points_at_none() -> None:
    ranked = Focus(toy_knowledge()).ranked("do you ship to canada", "en")
    assert (about(ranked), clearly(ranked), faintly(ranked)) == (((), False), None, None)


def test_a_product_that_only_shares_a_word_is_not_plausible() -> None:
    ranked = ranking((KETTLE, 0.9), (TENT, 0.6), (LAMP, 0.1))
    assert plausible([TENT, LAMP], ranked) == [TENT]
    assert plausible([BOOTS], ranked) == []
    assert plausible([LAMP], []) == [LAMP]


@pytest.mark.parametrize(
    ("ranked", "meant"),
    [
        (ranking((KETTLE, 0.4), (TENT, 0.1)), ((KETTLE,), False)),
        (ranking((TENT, 0.5), (DOME, 0.4), (LAMP, 0.1)), ((TENT, DOME), True)),
        (ranking((TENT, 0.5), (KETTLE, 0.4)), ((), False)),
        (ranking((TENT, 0.29)), ((), False)),
        ([], ((), False)),
    ],
)
def test_several_are_meant_only_where_they_are_of_one_kind(ranked: list[Ranked], meant: tuple[tuple[Product, ...], bool]) -> None:
    assert about(ranked) == meant


@pytest.mark.parametrize(
    ("ranked", "sure"),
    [
        (ranking((KETTLE, 0.6), (TENT, 0.3)), KETTLE),
        (ranking((KETTLE, 0.6), (TENT, 0.4)), None),
        (ranking((KETTLE, 0.45)), None),
        (ranking((KETTLE, 0.6)), KETTLE),
        ([], None),
    ],
)
def test_the_ranking_is_sure_only_when_all_others_are_far_behind(ranked: list[Ranked], sure: Product | None) -> None:
    assert clearly(ranked) == sure


@pytest.mark.parametrize(
    ("ranked", "maybe"),
    [
        (ranking((BOOTS, 0.17), (TENT, 0.03)), BOOTS),
        (ranking((BOOTS, 0.17), (TENT, 0.12)), None),
        (ranking((BOOTS, 0.1)), None),
        ([], None),
    ],
)
def test_a_faint_first_place_counts_when_it_stands_well_above_the_second(ranked: list[Ranked], maybe: Product | None) -> None:
    assert faintly(ranked) == maybe


def test_the_one_of_its_kind_that_the_whole_question_fits_better_stands_beside_the_named_one() -> None:
    assert with_rival([TENT], ranking((DOME, 0.8), (TENT, 0.5))) == [DOME, TENT]
    assert with_rival([TENT], ranking((KETTLE, 0.8), (TENT, 0.5))) == [TENT]
    assert with_rival([TENT], ranking((TENT, 0.8), (DOME, 0.5))) == [TENT]
    assert with_rival([TENT, KETTLE], ranking((DOME, 0.8))) == [TENT, KETTLE]
    assert with_rival([TENT], []) == [TENT]
