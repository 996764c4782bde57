"""The watcher: nothing untrue leaves, however the text is cut into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.claims import Evidence
from chatbot.guard import Watcher, unsupported_figures

SHOP = Evidence(("Orders over $50 ship free within 3 working days. Returns are accepted within 30 days.",), ("Cedar Mug",))


def run(text: str, cuts: list[int]) -> tuple[str, Watcher]:
    watcher, out, last = Watcher(SHOP), "", 0
    for cut in sorted({min(cut, len(text)) for cut in cuts} | {len(text)}):
        out += watcher.feed(text[last:cut])
        last = cut
    return out + watcher.finish(), watcher


@given(st.lists(st.integers(0, 90)))
def test_a_true_text_comes_out_whole_however_it_is_cut(cuts: list[int]) -> None:
    text = "Orders over $50 ship free within 3 working days. Returns are accepted within 30 days."
    out, watcher = run(text, cuts)
    assert out == text
    assert watcher.violation is None


@given(st.lists(st.integers(0, 90)))
def test_an_invented_figure_never_comes_out_however_it_is_cut(cuts: list[int]) -> None:
    out, watcher = run("Orders over $60 ship free within 9 working days. Returns take 99 days.", cuts)
    assert unsupported_figures(out, SHOP) == []
    assert watcher.violation is not None


def test_a_sentence_begun_in_the_shops_words_is_finished_in_them() -> None:
    watcher = Watcher(SHOP)
    out = "".join(watcher.feed(word + " ") for word in "Orders over $50 ship free within 5 days or so. More".split())
    assert out == "Orders over $50 ship free within 3 working days."
    assert [found.reason for found in watcher.held_back] == ["figure"]


def test_words_of_a_true_sentence_leave_before_it_is_complete() -> None:
    watcher = Watcher(SHOP)
    assert watcher.feed("Returns are accepted within ") == "Returns are accepted within "


def test_nothing_leaves_after_a_violation() -> None:
    watcher = Watcher(SHOP)
    assert watcher.feed("Everything is free today. Returns are accepted within 30 days. ") == ""
    assert watcher.feed("Orders over $50 ship free within 3 working days. ") == ""
    assert watcher.finish() == ""
