"""Conditions on a measure, and which products meet them by what they state."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chatbot.measures import Limit, limit_in
from knowledge_base.catalog import Product
from tests.toy_shop import DOME, KETTLE, TENT, variant


@pytest.mark.parametrize(
    ("question", "unit", "low", "high"),
    [
        ("backpacks over 40 liters", "l", "40", None),
        ("bags up to 500 ml", "l", None, "0.5"),
        ("kettles of 1.5 l or more", "l", "1.5", None),
        ("heavier than 2,5 kg", "kg", "2.5", None),
        ("900 g or less", "kg", None, "0.9"),
        ("at most 1,000 g", "kg", None, "1"),
        ("30寸以下的箱子", "inch", None, "30"),
        ("4人以上的帐篷", "person", "4", None),
        ("不到2公斤的", "kg", None, "2"),
    ],
)
def test_a_condition_is_read_with_its_unit_and_direction(question: str, unit: str, low: str | None, high: str | None) -> None:
    found = limit_in(question)
    assert found is not None
    assert (found.unit, found.low, found.high) == (unit, low and Decimal(low), high and Decimal(high))
    assert found.said in question


@pytest.mark.parametrize(
    "question", ["tents under €150", "tents under 150", "100元以下的", "a 40 l bag", "over 2 kg and under 40 l", "bags"]
)
def test_a_price_a_plain_measure_or_two_conditions_are_no_limit(question: str) -> None:
    assert limit_in(question) is None


@pytest.mark.parametrize(
    ("question", "product", "fits"),
    [
        ("under 3 kg", TENT, True),
        ("under 3 kg", DOME, False),
        ("3.9 kg or more", DOME, True),
        ("at least 900 g", KETTLE, True),
        ("less than 850 g", KETTLE, False),
        ("over 1.5 l", KETTLE, True),
        ("under 20 cm", KETTLE, False),
    ],
)
def test_a_product_fits_when_it_states_a_measure_inside_the_limit(question: str, product: Product, fits: bool) -> None:
    limit = limit_in(question)
    assert limit is not None
    assert limit.fits(product) is fits


def test_title_and_options_go_before_attributes_and_these_before_the_description() -> None:
    bag = Product("bag", "Otter Bag 40 l", "en", (variant("", "80"),), description="Its pocket holds 2 l.", attributes=(("Pocket", "5 l"),))
    small = Limit("l", "10 l", high=Decimal(10))
    assert not small.fits(bag)
    assert small.fits(replace(bag, title="Otter Bag"))
    assert not Limit("l", "3 l", high=Decimal(3)).fits(replace(bag, title="Otter Bag"))
    assert Limit("l", "3 l", high=Decimal(3)).fits(replace(bag, title="Otter Bag", attributes=()))


def test_one_of_several_sizes_is_enough() -> None:
    trunk = Product("trunk", "旅行箱", "zh", (variant("尺寸=20寸", "300"), variant("尺寸=28寸", "400")))
    assert Limit("inch", "24寸", low=Decimal(24)).fits(trunk)
    assert not Limit("inch", "30寸", low=Decimal(30)).fits(trunk)
