"""Words that everybody writes are known, misspellings and invented names are not."""

import pytest

from knowledge_base.english import is_english, mistyped


@pytest.mark.parametrize(
    ("word", "known"), [("charge", True), ("paris", True), ("phone", True), ("fone", False), ("seel", False), ("helmit", False)]
)
def test_a_word_is_english_when_it_is_often_written(word: str, known: bool) -> None:
    assert is_english(word) is known


@pytest.mark.parametrize(("typed", "meant"), [("mcuh", "much"), ("oder", "order"), ("shopp", "shop"), ("niwaki", ""), ("cami", "")])
def test_a_common_word_is_known_by_a_slip_of_the_finger(typed: str, meant: str) -> None:
    assert mistyped(typed) == meant
