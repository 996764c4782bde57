"""Why this answer, in Chromium: what each sentence rests on comes from the program itself, the heat map of a model from a scripted answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

from chatbot.explain_page import write_page
from tests.test_explain_cli import EXPLANATION
from tests.test_explain_cli import HEAT as SHADED

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
HEAT = {
    "rows": [
        {"source": "faq:d", "title": "How long does <b>delivery</b> take?", "kind": "faq", "pieces": ["Delivery ", "takes ", "3 ", "to ", "5 ", "working ", "days."]},
        {"source": "", "title": "", "kind": "question", "pieces": ["Question: ", "How ", "long?"]},
    ],
    "answer": ["Delivery ", "takes ", "3 ", "days."],
    "weights": [
        [1.0, 0.1, 0, 0, 0, 0, 0, 0.2, 0, 0],
        [0.1, 0.9, 0, 0, 0, 0, 0, 0, 0, 0.3],
        [0, 0, 0.8, 0.1, 0.4, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0.2, 0.6, 0, 0, 0],
    ],
    "given": True, "model": "a-model", "method": "by hand", "seconds": 1.5, "cut": False,
}  # fmt: skip


def asked(visitor: Visitor, question: str = "How long does delivery take?", engine: str = "local") -> None:
    """Logged in to a house that says it has such an engine, with the reply there."""
    page = visitor.page

    def status(route: Route) -> None:
        found = route.fetch()
        state = found.json()
        route.fulfill(response=found, json=state | {"engine": {**state.get("engine", {}), "kind": engine}})

    page.route("**/console/api/status", status)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".closing")).to_be_visible()


def because(visitor: Visitor, heat: dict[str, Any] | None = HEAT) -> None:
    if heat is not None:
        visitor.page.route("**/v1/explain/heat", lambda route: route.fulfill(json=heat))
    visitor.page.get_by_role("button", name="Why this answer?").click()


def shades(marks: Locator) -> list[int]:
    return [int((mark.get_attribute("class") or "").split("heat-")[1]) for mark in marks.all()]


def test_each_sentence_is_shown_with_the_line_that_it_rests_on(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor)
    because(visitor)
    panel = visitor.page.get_by_role("region", name="What each sentence rests on")
    claim = panel.locator(".claim").first
    expect(claim).to_contain_text("rests on the evidence")
    expect(claim.locator(".carried li").first).to_contain_text("Delivery takes 3 to 5 working days.")
    expect(claim.locator(".carried li").first).to_contain_text("How long does delivery take?")
    expect(claim.locator(".carried li").first).to_contain_text("figures 100%")
    expect(panel.locator(".sum")).to_have_text("1 of 1 on the evidence")


def test_a_sentence_that_rests_on_nothing_is_marked(shop_pages: str, new_visitor: NewVisitor) -> None:
    """The server judges what the page shows: here a reply that was changed on its way."""
    visitor = new_visitor(shop_pages, "/console")
    lie = {"type": "reply", "text": "Delivery takes 99 days.", "finish": "stop", "citations": ["faq:how-long-does-delivery-take"], "sources": [], "trace": {"answered_by": "model", "language": "en"}}  # fmt: skip
    text = visitor.page.evaluate("(event) => `data: ${JSON.stringify(event)}\\n\\n`", lie)
    visitor.page.route("**/console/api/test", lambda route: route.fulfill(body=text, content_type="text/event-stream"))
    asked(visitor)
    because(visitor)
    claim = visitor.page.locator(".claim.nothing")
    expect(claim).to_contain_text("rests on nothing")
    expect(claim).to_contain_text("No line states 99 days.")
    expect(claim).to_contain_text("The closest line:")
    expect(visitor.page.get_by_role("region", name="What each sentence rests on").locator(".sum")).to_have_text("0 of 1 on the evidence")


def test_the_heat_map_follows_the_pointer_and_the_keys(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console", reduced_motion="reduce")
    page = visitor.page
    asked(visitor)
    because(visitor)
    panel = page.get_by_role("region", name="Heat map")
    words = panel.get_by_role("radio")
    expect(words).to_have_count(5)
    expect(words.first).to_have_attribute("aria-checked", "true")
    marks = panel.locator(".evidences .hot")
    assert shades(marks) == [10, 9, 7, 1, 4, 2, 5, 2, 0, 3]
    words.nth(3).hover()
    assert shades(marks) == [0, 0, 10, 1, 5, 0, 0, 0, 0, 0]
    expect(panel.locator(".told")).to_have_text("“3” rests most on 3, 5")
    page.mouse.move(0, 0)
    assert shades(marks)[0] == 10
    words.first.focus()
    page.keyboard.press("ArrowRight")
    expect(words.nth(1)).to_be_focused()
    expect(words.nth(1)).to_have_attribute("aria-checked", "true")
    expect(panel.locator(".told")).to_have_text("“Delivery” rests most on Delivery")
    page.keyboard.press("ArrowRight")
    expect(panel.locator(".told")).to_have_text("“takes” rests most on takes")  # nothing rests on the question, though it is looked at
    expect(words.nth(2)).to_have_attribute("aria-checked", "true")
    page.keyboard.press("End")
    expect(words.nth(4)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(words.first).to_be_focused()
    expect(panel).to_contain_text("The program wrote this reply")
    expect(panel).to_contain_text("a-model · by hand · 1.5 s")
    expect(panel.locator(".evidence").first).to_contain_text("How long does <b>delivery</b> take?")  # text, not markup


def test_the_matrix_has_a_row_for_each_word_and_dims_the_others(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor)
    because(visitor)
    matrix = visitor.page.get_by_role("img", name="Matrix")
    expect(matrix.locator("g")).to_have_count(4)
    assert matrix.locator("g").first.locator(".cell").first.get_attribute("fill-opacity") == "1"
    visitor.page.get_by_role("radio", name="takes").click()
    expect(matrix.locator("g.off")).to_have_count(3)


@pytest.mark.parametrize(("engine", "why"), [("quoting", "No model is set"), ("remote", "runs on another server")])
def test_without_a_model_here_the_sentences_stay_and_the_map_says_why(
    shop_pages: str, new_visitor: NewVisitor, engine: str, why: str
) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor, engine=engine)
    because(visitor)
    expect(visitor.page.get_by_role("region", name="Heat map")).to_contain_text(why)
    expect(visitor.page.locator(".claim")).not_to_have_count(0)
    assert not any(address.endswith("/heat") for address in visitor.requests)


def test_of_a_long_reply_it_is_said_that_only_its_beginning_was_read(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor)
    because(visitor, HEAT | {"cut": True})
    expect(visitor.page.get_by_role("region", name="Heat map")).to_contain_text("Only the beginning of the reply was read.")


def test_the_page_of_the_command_shades_for_the_chosen_word_without_scripts(chromium: Browser, tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", EXPLANATION, SHADED)
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto((tmp_path / "page.html").as_uri())
    steps = "() => [...document.querySelectorAll('.words span')].map((word) => +getComputedStyle(word).getPropertyValue('--h'))"
    assert page.evaluate(steps) == [0, 3, 10, 1, 0]
    page.locator("label", has_text="days.").click()
    assert page.evaluate(steps) == [0, 6, 8, 0, 0]
    expect(page.locator(".told:visible")).to_have_text("“days.” rests most on <3>, takes.")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(steps) == [0, 1, 10, 2, 0]
    assert not is_wider_than_the_window(page)
    assert findings(page) == []
    page.close()


def test_a_reply_that_claims_nothing_has_nothing_to_weigh(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor, "hello")
    because(visitor)
    expect(visitor.page.locator(".claim.phrase").first).to_contain_text("set phrase, claims nothing")
    expect(visitor.page.get_by_role("region", name="Heat map")).to_contain_text("nothing to weigh its words by")


def test_what_the_server_cannot_read_is_told_in_its_words(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor)
    visitor.page.route("**/v1/explain/heat", lambda route: route.fulfill(status=503, json={"detail": "explain: no weights here"}))
    because(visitor, heat=None)
    panel = visitor.page.get_by_role("region", name="The heat map could not be made")
    expect(panel.get_by_role("alert")).to_have_text("explain: no weights here")


def test_another_question_takes_the_explanation_away(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    asked(visitor)
    because(visitor)
    expect(visitor.page.locator(".claim")).not_to_have_count(0)
    visitor.page.locator("#question").fill("Is there a scarf under 21 euros?")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".answer .asked")).to_have_text("Is there a scarf under 21 euros?")
    expect(visitor.page.locator(".basis")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_an_explanation(shop_pages: str, new_visitor: NewVisitor, theme: str) -> None:
    visitor = new_visitor(shop_pages, "/console", color_scheme=theme, reduced_motion="reduce")
    asked(visitor)
    because(visitor)
    expect(visitor.page.get_by_role("radio").first).to_be_visible()
    assert findings(visitor.page) == []


def test_an_explanation_fits_a_phone(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console", **PHONE)
    asked(visitor)
    because(visitor)
    expect(visitor.page.get_by_role("radio").first).to_be_visible()
    assert not is_wider_than_the_window(visitor.page)
    visitor.page.get_by_role("radio", name="3").tap()
    expect(visitor.page.locator(".told")).to_have_text("“3” rests most on 3, 5")
