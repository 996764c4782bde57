from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engines.text import BROKEN, CONTEXT, PATIENCE, Detokeniser, StopStrings, TextStream
from tests.tiny_model import tiny_tokenizer

TOKENIZER = tiny_tokenizer()


def decode(ids: Sequence[int]) -> str:
    return str(TOKENIZER.decode(list(ids)))


def encode(text: str) -> list[int]:
    return list(TOKENIZER.encode(text).ids)


@given(st.text(st.characters(exclude_characters=BROKEN, exclude_categories=("Cs",)), max_size=40))
@settings(max_examples=150, deadline=None)
def test_the_pieces_joined_are_the_text_in_any_script(text: str) -> None:
    detokeniser = Detokeniser(decode)
    ids = encode(text)
    assert "".join([detokeniser.feed(token) for token in ids] + [detokeniser.finish()]) == decode(ids)


@pytest.mark.parametrize("text", ["帐篷 129 元", "👩‍👩‍👧 tent ⛺️", "naïve café"])
def test_no_piece_ever_has_half_a_character(text: str) -> None:
    detokeniser = Detokeniser(decode)
    for token in encode(text):
        assert BROKEN not in detokeniser.feed(token)


def test_a_character_cut_off_at_the_end_is_left_out() -> None:
    detokeniser = Detokeniser(decode)
    ids = encode("价 ⛺")
    assert "".join([detokeniser.feed(token) for token in ids[:-1]] + [detokeniser.finish()]) == "价 "


def test_bytes_that_never_become_a_character_do_not_hold_the_text_up() -> None:
    detokeniser = Detokeniser(decode)
    broken = TOKENIZER.token_to_id("ð")  # the first byte of a four-byte character
    shown = "".join(detokeniser.feed(token) for token in [broken] * PATIENCE + encode("tent"))
    assert shown == "tent"


def test_the_window_that_is_decoded_does_not_grow() -> None:
    longest = 0

    def watching(ids: Sequence[int]) -> str:
        nonlocal longest
        longest = max(longest, len(ids))
        return decode(ids)

    detokeniser = Detokeniser(watching)
    for token in encode("The tent costs 129.00 EUR. " * 40):
        detokeniser.feed(token)
    assert longest <= CONTEXT + PATIENCE + 1


@given(st.text("abX\n", max_size=30), st.lists(st.text("abX\n", min_size=1, max_size=4), max_size=3), st.integers(1, 5))
def test_text_is_shown_up_to_the_first_stop_string_however_it_is_cut(text: str, stops: list[str], size: int) -> None:
    watcher = StopStrings(stops)
    shown = "".join(watcher.feed(text[start : start + size]) for start in range(0, len(text), size)) + watcher.finish()
    # which stop comes first depends on where its end is seen, so the reference looks at growing text like the watcher does
    expected, stopped = text, False
    for end in range(size, len(text) + size, size):
        places = [place for stop in stops if (place := text[:end].find(stop)) >= 0]
        if places:
            expected, stopped = text[: min(places)], True
            break
    assert (shown, watcher.stopped) == (expected, stopped)


def test_text_that_cannot_begin_a_stop_string_is_shown_at_once() -> None:
    watcher = StopStrings(["\nUser:"])
    assert watcher.feed("Yes.") == "Yes."
    assert watcher.feed("\nUs") == ""
    assert watcher.feed("ually ") == "\nUsually "


def test_both_together_stop_in_the_middle_of_a_token() -> None:
    stream = TextStream(decode, [" E"])
    shown = "".join(stream.feed(token) for token in encode("129.00 EUR and"))
    assert (shown, stream.stopped, stream.finish()) == ("129.00", True, "")
