"""A measure in another unit is the same measure, and one that is only near is not."""

import pytest

from chatbot.other_units import is_measured


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("the 7ft rod", 213, "cm"),
        ("the 7 foot one", 213, "cm"),
        ("a 16 inch pan", 40.6, "cm"),
        ('a 16" pan', 40.6, "cm"),
        ("is the 2.4 m one there", 240, "cm"),
        ("a 12 oz bag", 340, "g"),
        ("the 12 oz jug", 355, "ml"),
        ("5lb of flour", 2.27, "kg"),
        ("30 cm ruler", 12, "in"),
    ],
)
def test_the_same_in_another_unit(text: str, value: float, unit: str) -> None:
    assert is_measured(text, value, unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("the 7 ft rod", 244, "cm"),
        ("the 213 kg rod", 213, "cm"),
        ("7 footballs", 213, "cm"),
        ("$7 foot cream", 213, "cm"),
        ("a 12 oz bag", 355, "cm"),
        ("nothing", 5, "kg"),
        ("5 lb", 5, ""),
    ],
)
def test_another_measure_is_not(text: str, value: float, unit: str) -> None:
    assert not is_measured(text, value, unit)
