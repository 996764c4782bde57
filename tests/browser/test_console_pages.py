"""The console in Chromium, against the program over a small shop: logging in, the test page, the conversations, the state."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def log_in(visitor: Visitor) -> None:
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Test the assistant")


def ask(visitor: Visitor, question: str) -> None:
    visitor.page.get_by_label("Question", exact=True).fill(question)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".closing")).to_be_visible()


def panel(visitor: Visitor, name: str) -> Any:
    return visitor.page.get_by_role("region", name=name, exact=True)


def chat(visitor: Visitor, question: str) -> None:
    """As a shopper with the widget, on the page that is open."""
    visitor.open()
    visitor.ask_and_wait(question)


def test_a_wrong_password_is_told_and_the_right_one_opens(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    page = visitor.page
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("That password is not right.")
    expect(page.get_by_role("navigation")).to_have_count(0)
    log_in(visitor)
    assert visitor.stored() == {}
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test the assistant")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_test_page_shows_reply_lanes_prompt_and_milliseconds(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    log_in(visitor)
    ask(visitor, "How long does delivery take?")
    expect(visitor.page.locator(".answer .words")).to_contain_text("3 to 5 working days")
    expect(panel(visitor, "How it was understood")).to_contain_text("Answered by")
    found = panel(visitor, "What was found")
    expect(found.locator("tbody tr").first).to_contain_text("How long does delivery take?")
    expect(found.locator("tbody tr").first.locator(".bar .fill")).to_have_count(1)
    lanes = panel(visitor, "Each lane alone").locator(".lane")
    assert {lane.locator("code").text_content() for lane in lanes.all()} >= {"keywords", "dense"}
    time = panel(visitor, "Time")
    expect(time.locator("tr", has_text="Understand and search").locator(".number")).to_contain_text("ms")
    expect(time.locator("tr.inner").first).to_be_visible()
    expect(panel(visitor, "Prompt")).to_be_visible()
    expect(panel(visitor, "Held back by the watcher")).to_be_visible()
    expect(visitor.page.locator(".closing")).to_contain_text("Seen from here: first sign")


def test_what_the_trace_holds_is_drawn_whoever_answered(shop_pages: str, new_visitor: NewVisitor) -> None:
    """A model's prompt and withheld words, which the quoting engine has none of, from a scripted stream."""
    trace = {
        "question": "and its price?", "rewritten": "price of the <b>lamp</b>", "language": "en", "plan": "passage", "answered_by": "model",
        "filters": {"max_price": "50"}, "lanes": {"exact": [], "dense": [{"id": "product:lamp#0", "heading": "Lamp", "score": 0.5}]},
        "hits": [{"id": "product:lamp#0", "heading": "Lamp", "score": 0.75, "kind": "product", "lanes": {"dense": 0.5}}],
        "prompt": [{"role": "system", "content": "Say only\nwhat is there."}, {"role": "user", "content": "and its price?"}],
        "held_back": [{"text": "It costs 99 euros.", "reason": "figure", "detail": "99"}],
        "milliseconds": {"searching": 40, "first_word": 140, "total": 200, "guard": 3}, "search_milliseconds": {"dense": 30},
    }  # fmt: skip
    reply = {"type": "reply", "text": "It costs 45 euros.", "finish": "stop", "citations": ["product:lamp"], "sources": [], "trace": trace}
    stream = [
        {"type": "status", "stage": "searching"},
        {"type": "delta", "text": "It costs "},
        {"type": "delta", "text": "45 euros."},
        reply,
    ]
    visitor = new_visitor(shop_pages, "/console")
    log_in(visitor)
    text = visitor.page.evaluate("(events) => events.map(event => `data: ${JSON.stringify(event)}\\r\\n\\r\\n`).join('')", stream)
    visitor.page.route("**/console/api/test", lambda route: route.fulfill(body=text, content_type="text/event-stream"))
    ask(visitor, "and its price?")
    expect(visitor.page.locator(".answer .words")).to_have_text("It costs 45 euros.")
    understood = panel(visitor, "How it was understood")
    expect(understood.locator("mark")).to_have_text("price of the <b>lamp</b>")
    expect(understood).to_contain_text("max price: 50")
    expect(panel(visitor, "Held back by the watcher")).to_contain_text("It costs 99 euros.")
    expect(panel(visitor, "Held back by the watcher")).to_contain_text("figure not in the evidence")
    expect(panel(visitor, "Prompt").locator("pre").first).to_have_text("Say only\nwhat is there.")
    expect(panel(visitor, "Each lane alone")).to_contain_text("This lane found nothing.")
    expect(panel(visitor, "What was found")).to_contain_text("cited")
    rows = panel(visitor, "Time").locator("tr")
    bars = [(bar.get_attribute("x"), bar.get_attribute("width")) for bar in rows.locator(".fill").all()]
    assert bars == [("0", "20"), ("0", "15"), ("20", "50"), ("70", "30"), ("0", "1.5")]
    assert rows.locator(".number").all_text_contents() == ["40 ms", "30 ms", "100 ms", "60 ms", "3 ms"]


def test_earlier_turns_and_the_page_of_a_product_go_with_the_question(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    page = visitor.page
    log_in(visitor)
    ask(visitor, "What does the Brass Lamp cost?")
    expect(page.locator(".answer .words")).to_contain_text("45")
    page.get_by_role("button", name="Continue from this reply").click()
    expect(page.locator(".turns li")).to_have_count(2)
    page.get_by_label("On the page of product").fill("brass-lamp")
    with page.expect_request("**/console/api/test") as sent:
        ask(visitor, "Is it in stock?")
    body = sent.value.post_data_json
    assert [turn["speaker"] for turn in body["history"]] == ["shopper", "assistant"]
    assert body["page"] == {"product_id": "brass-lamp"}
    expect(panel(visitor, "How it was understood")).to_contain_text("brass-lamp")
    page.get_by_role("link", name="Status").click()
    page.get_by_role("link", name="Test").click()
    expect(page.locator(".turns li")).to_have_count(2)  # what was typed is still there
    expect(page.locator(".answer .closing")).to_be_visible()


def test_a_stream_that_breaks_is_told_and_can_be_stopped(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    page = visitor.page
    log_in(visitor)
    broken = 'data: {"type": "delta", "text": "Half"}\n\ndata: {"type": "error", "message": "the engine is gone"}\n\n'
    page.route("**/console/api/test", lambda route: route.fulfill(body=broken, content_type="text/event-stream"))
    page.get_by_label("Question", exact=True).fill("Hello?")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_have_text("the engine is gone")
    page.unroute("**/console/api/test")
    page.route("**/console/api/test", lambda route: None)
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.get_by_role("button", name="Ask")).to_be_visible()


def test_a_conversation_can_be_found_and_read_with_why_it_went_so(shop_pages: str, new_visitor: NewVisitor) -> None:
    shopper = new_visitor(shop_pages)
    chat(shopper, "How long does delivery take?")
    other = new_visitor(shop_pages)
    chat(other, "Can I return <b>something</b>?")
    visitor = new_visitor(shop_pages, "/console#conversations")
    page = visitor.page
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    rows = page.locator(".rows li")
    expect(rows.first).to_be_visible()
    before = rows.count()
    assert before >= 2
    page.get_by_role("searchbox").fill("delivery days")
    expect(page.locator(".rows")).to_contain_text("How long does delivery take?")
    assert rows.count() < before
    page.get_by_role("searchbox").fill("zzqqxx")
    expect(page.get_by_role("heading", name="Nothing in the list matches")).to_be_visible()
    page.get_by_role("searchbox").fill("delivery")
    rows.first.get_by_role("link").click()
    transcript = page.locator(".transcript")
    expect(transcript.locator(".turn.shopper .bubble")).to_have_text("How long does delivery take?")
    expect(transcript.locator(".turn.assistant .bubble")).to_contain_text("3 to 5 working days")
    page.get_by_text("How this reply came about").click()
    expect(transcript).to_contain_text("What was found")
    visitor.visit("/console#conversations/no-such-one")
    page.reload()
    expect(page.get_by_role("heading", name="This conversation is not here any more")).to_be_visible()


def test_the_status_shows_the_house_and_the_line_to_copy(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    log_in(visitor)
    page.get_by_role("link", name="Status").click()
    expect(page.locator(".health")).to_contain_text("Everything is running")
    expect(page.locator(".figures div", has_text="Products").locator("dd")).to_have_text("35")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith(f'<script type="module" src="{shop_pages}/web/widget.js" data-site="')
    assert copied.endswith('"></script>')


def test_an_ended_login_asks_for_the_password_again(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    log_in(visitor)
    visitor.context.clear_cookies()
    visitor.page.get_by_role("link", name="Conversations").click()
    expect(visitor.page.get_by_role("alert")).to_have_text("You were logged out. Please log in again.")


def test_the_console_speaks_chinese_to_a_chinese_browser_and_switches(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console", locale="zh-CN")
    page = visitor.page
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("测试助手")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test the assistant")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test the assistant")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_console(shop_pages: str, new_visitor: NewVisitor, theme: str) -> None:
    shopper = new_visitor(shop_pages)
    chat(shopper, "How long does delivery take?")
    visitor = new_visitor(shop_pages, "/console", color_scheme=theme, reduced_motion="reduce")
    page = visitor.page
    expect(page.get_by_label("Password")).to_be_visible()
    assert findings(page) == []
    log_in(visitor)
    ask(visitor, "Is there a scarf under 21 euros?")
    assert findings(page) == []
    page.get_by_role("link", name="Conversations").click()
    page.locator(".rows a").first.click()
    expect(page.locator(".transcript .turn").first).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="Status").click()
    expect(page.locator(".health")).to_be_visible()
    assert findings(page) == []


def test_the_console_fits_a_phone(shop_pages: str, new_visitor: NewVisitor) -> None:
    shopper = new_visitor(shop_pages)
    chat(shopper, "How long does delivery take?")
    visitor = new_visitor(shop_pages, "/console", **PHONE)
    page = visitor.page
    log_in(visitor)
    ask(visitor, "How long does delivery take?")
    assert not is_wider_than_the_window(page)
    page.get_by_role("link", name="Conversations").click()
    page.locator(".rows a").first.click()
    expect(page.locator(".transcript .turn").first).to_be_visible()
    expect(page.locator(".list")).to_be_hidden()
    assert not is_wider_than_the_window(page)
    page.get_by_role("link", name="All conversations").click()
    expect(page.locator(".rows a").first).to_be_visible()
    page.get_by_role("link", name="Status").click()
    expect(page.locator(".health")).to_be_visible()
    assert not is_wider_than_the_window(page)
