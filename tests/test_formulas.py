"""What a spreadsheet would run gets an apostrophe, and nothing else does."""

import pytest

from chatbot.formulas import no_formula


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd|calc", "@SUM(A1)", "  =1", "\t=1", "\r1", "＝1", "|calc", "%x", "-5+cmd"])
def test_what_begins_as_a_formula_is_none(text: str) -> None:
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a = b", "", "Linen shirt", "5 stars", "3,50"])
def test_plain_words_stay(text: str) -> None:
    assert no_formula(text) == text


@pytest.mark.parametrize("text", ["-5", "+12 %"])
def test_a_figure_stays_one_where_figures_are_wanted(text: str) -> None:
    assert no_formula(text, figures=True) == text
    assert no_formula(text) == f"'{text}"
