"""`chatbot explain` in this process, and what it writes: a page in which everything is text, and a picture of the matrix."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.explain import Explanation, Link, Sentence, Told
from chatbot.explain_cli import print_explanation, print_heat
from chatbot.explain_map import matrix, shown
from chatbot.explain_page import write_page, write_picture
from chatbot.heat import HeatMap, HeatRow
from chatbot.source_lines import Line
from tests.open_shop import write_content
from tests.tiny_model import build_tiny_model

LINE = Line("faq:<i>", "How long <b>?", "faq", "Delivery takes <3> days.")
EXPLANATION = Explanation(
    Told("How <long>?", "Delivery takes <3> days. It is free.", "en", ("faq:<i>",), "model"),
    (LINE,),
    (
        Sentence("Delivery takes <3> days.", "evidence", (Link(0, 0.91, 1.0, 1.0, 0.8),)),
        Sentence("It is free.", "nothing", (Link(0, 0.1, None, 0.0, 0.3),), ("9 euros",)),
    ),
    {"exact": [], "dense": [{"id": "faq:<i>#0", "heading": "How long <b>?", "score": 0.5}]},
    [{"id": "faq:<i>#0", "heading": "How long <b>?", "score": 0.75}],
    [{"text": "Free <for> all!", "reason": "unsupported", "detail": "all"}],
)
HEAT = HeatMap(
    (HeatRow("faq:<i>", "How long <b>?", "faq", ("Delivery ", "takes ", "<3> ", "天。")), HeatRow("", "", "question", ("How?",))),
    ("<3> ", "days."),
    ((0.0, 0.1, 1.0, 0.2, 0.0), (0.0, 0.3, 0.4, 0.0, 0.0)),
    False, "a-model", "by hand", 0.5,
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("CHATBOT_"):
            monkeypatch.delenv(name)
    given = {"data": "data", "cache": "cache", "content": "content", "engine": "quoting", "encoder": "multilingual"}
    for name, value in given.items():
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", value)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)
    write_content(tmp_path / "content")
    return tmp_path


@pytest.mark.slow
def test_a_question_is_asked_and_its_reply_explained(place: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "How long does delivery take?", "--html", "why/page.html"])
    assert result.exit_code == 0, result.output
    assert "✓ Delivery takes 3 to 5 working days." in result.output
    assert "How long does delivery take?" in result.output
    assert "No heat map: no model is set" in result.output
    page = (place / "why" / "page.html").read_text("utf-8")
    assert "Delivery takes 3 to 5 working days." in page and "1 of 1 sentence rests on the evidence" in page
    assert "There is none: no model is set" in page and 'type="radio"' not in page


@pytest.mark.slow
def test_with_a_model_the_words_are_shaded_and_drawn(place: Path, tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "tiny", window=1200)
    words = ["explain", "How long does delivery take?", "--engine", "local", "--model", str(folder), "--html", "x.html", "--png", "x.png"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "How the model reads it" in result.output
    assert 'type="radio"' in (place / "x.html").read_text("utf-8")
    assert (place / "x.png").read_bytes().startswith(b"\x89PNG")


def test_the_terminal_shows_marks_bars_lanes_and_what_was_held_back() -> None:
    console = Console(width=120, record=True, file=open(os.devnull, "w"))  # noqa: SIM115 - closed with the console
    print_explanation(EXPLANATION, console)
    print_heat(HEAT, console)
    console.file.close()
    text = console.export_text()
    for said in (
        "✓ Delivery takes <3> days.",
        "0.91 █████████░",
        "✗ It is free.",
        "no line states: 9 euros",
        "found nothing",
        "Free <for> all!",
    ):
        assert said in text
    assert "What the model's words rest on" in text


def test_everything_on_the_page_is_text(tmp_path: Path) -> None:
    write_page(tmp_path / "deep" / "page.html", EXPLANATION, HEAT)
    page = (tmp_path / "deep" / "page.html").read_text("utf-8")
    for markup in ("<i>", "<3>", "<b>?", "<for>", "<long>", "<script"):
        assert markup not in page
    assert "Delivery takes &lt;3&gt; days." in page
    assert '<span class="e2 h10">&lt;3&gt;</span> ' in page
    assert "rests on nothing: no line states 9 euros" in page and "1 of 2 sentences rest on the evidence" in page
    assert "The model wrote this reply." in page and "1 sentence held back" in page
    assert "carries the reply" in page  # among what was found


def test_a_page_without_a_map_says_why(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", EXPLANATION, "the server <is> elsewhere")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "There is none: the server &lt;is&gt; elsewhere." in page and "<radio" not in page


def test_each_word_has_its_own_shades_words_and_line_of_the_matrix(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", EXPLANATION, HEAT)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert ".map:has(.w0:checked) .words :is(.e2){--h:10}" in page
    assert ".map:has(.w1:checked) .words :is(.e1){--h:6}" in page  # 0.3 of the least that shades fully, 0.5
    assert '<p class="told t1">“days.” rests most on <b dir="auto">&lt;3&gt;</b>, <b dir="auto">takes</b>.</p>' in page


def test_the_picture_has_the_words_that_most_rests_on(tmp_path: Path) -> None:
    across, down, weights = shown(HEAT)
    assert (across, down) == (["Delivery", "takes", "<3>", "天。", "How?"], ["<3>", "days."])
    assert weights.shape == (2, 5)
    row = HeatRow("", "", "faq", tuple(f"w{place} " for place in range(100)))
    wide = HeatMap((row,), ("a",), (tuple(place / 100 for place in range(100)),), True, "m", "w", 0.1)
    across, _, _ = shown(wide)
    assert across[0] == "w56" and across[-1] == "w99"
    write_picture(tmp_path / "x.png", wide)
    assert (tmp_path / "x.png").stat().st_size > 1000
    assert matrix(HEAT).count('class="m m') == 2 and "&lt;3&gt;" in matrix(HEAT)


def test_what_the_whole_reply_rests_on_is_the_sum_of_its_words() -> None:
    assert HEAT.whole == pytest.approx((0.0, 0.4 / 1.4, 1.0, 0.2 / 1.4, 0.0))
