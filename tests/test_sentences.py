"""Sentences: cut where they end, never inside a figure, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sentences import sentences, split_sentences


@given(st.text(alphabet=st.sampled_from("ab 1.,!?。！\n-”)")))
def test_the_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(split_sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It weighs 2.5 kg. It is blue.", 2),
        ("Use mild soap, e.g. wool wash. Rinse well.", 2),
        ("支持7天退货。特价商品除外！", 2),
        ("- one\n- two\n", 2),
        ("Article No. 5 is sold out.", 1),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, count: int) -> None:
    assert len(sentences(text)) == count
