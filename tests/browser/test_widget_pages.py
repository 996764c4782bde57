"""The widget on other people's pages: strict policies, hostile styles, early calls, nothing stored unasked, nothing executed."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from fake_replies import EVIL
from playwright.sync_api import expect
from shopper import Shopper

pytestmark = pytest.mark.browser
NewShopper = Callable[..., Shopper]


def test_nothing_is_stored_and_nobody_is_asked_before_the_first_click(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/page/1")
    expect(shopper.page.get_by_role("button", name="Chat with us")).to_be_visible()
    shopper.page.mouse.wheel(0, 400)
    shopper.page.wait_for_timeout(400)
    assert shopper.stored() == {}
    assert shopper.context.cookies() == []
    assert {urlsplit(url).path for url in shopper.requests} <= {"/page/1", "/web/widget.js", ""}
    shopper.open()
    expect(shopper.log).to_contain_text("Looking for something")
    assert set(shopper.stored()) == {"shopchat:demo:conversation", "shopchat:demo:open"}


def test_the_page_opening_the_panel_is_not_a_click(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/queue")
    expect(shopper.panel).to_be_visible()
    expect(shopper.log).to_contain_text("Looking for something")
    assert shopper.stored() == {}
    shopper.field.click()
    assert "shopchat:demo:conversation" in shopper.stored()


def test_calls_made_before_the_widget_was_there_are_carried_out_and_events_are_heard(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/queue")
    expect(shopper.panel).to_be_visible()
    expect(shopper.log).to_contain_text("Looking for something")
    shopper.page.get_by_role("button", name="Ask", exact=True).click()
    expect(shopper.finished).to_have_count(1)
    room = shopper.room()
    assert room["received"][0]["page"]["product_id"] == "p-77"
    assert {"type": "context", "cart": ["p-1", "p-2"]} in room["received"]
    names = shopper.page.evaluate("() => heard.map(([name]) => name)")
    assert names == ["ready", "dom:ready", "open", "dom:open", "message", "dom:message", "reply", "dom:reply"]
    shopper.page.evaluate("() => shopchat('close')")
    expect(shopper.panel).to_be_hidden()
    assert shopper.page.evaluate("() => new Promise(done => shopchat('on', 'ready', () => done('late')))") == "late"


def test_forgetting_leaves_nothing_behind(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("Is one mug in stock?")
    shopper.page.evaluate("() => { shopchat('close'); shopchat('forget'); }")
    assert shopper.stored() == {}
    expect(shopper.questions).to_have_count(0)


def test_the_page_can_change_language_colour_and_identity_while_it_runs(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("Is one mug in stock?")
    shopper.field.fill("half a thou")
    shopper.page.evaluate("() => shopchat('set', {locale: 'zh', theme: 'dark', accent: 'gold'})")
    expect(shopper.panel.get_by_role("button", name="转人工客服")).to_be_visible()
    expect(shopper.field).to_have_value("half a thou")
    expect(shopper.finished).to_have_count(1)
    send = shopper.panel.locator(".send")
    assert send.evaluate("node => getComputedStyle(node).color") == "rgb(17, 17, 17)"
    shopper.page.evaluate("() => shopchat('identify', {token: async () => 'signed'})")
    expect(shopper.panel.locator(".notice")).to_be_hidden()
    shopper.page.wait_for_timeout(200)
    assert shopper.room()["received"][-1]["identity"] == "signed"


def test_a_strict_policy_with_trusted_types_is_no_hindrance(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/strict")
    with pytest.raises(Exception, match="TrustedHTML"):
        shopper.page.evaluate("() => { document.body.innerHTML = 'x'; }")
    shopper.faults.clear()  # the refusal just asked for: the policy is in force
    shopper.open()
    shopper.ask_and_wait("Which products are mugs?")
    shopper.ask_and_wait("How do returns work?")
    width = shopper.panel.evaluate("node => node.getBoundingClientRect().width")
    assert width == 404


def test_hostile_styles_of_the_page_do_not_reach_the_widget(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/hostile")
    shopper.open()
    shopper.ask_and_wait("How do returns work?")
    box = shopper.panel.bounding_box()
    assert box is not None
    assert (box["width"], box["x"] + box["width"]) == (404, 1260)
    style = shopper.field.evaluate(
        "node => { const seen = getComputedStyle(node); return [seen.fontSize, seen.letterSpacing, seen.borderTopWidth]; }"
    )
    assert style == ["16px", "normal", "0px"]
    assert shopper.page.evaluate("() => getComputedStyle(document.querySelector('shop-chat')).opacity") == "1"


def test_the_script_may_stand_in_the_head_and_may_be_loaded_twice(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/head")
    expect(shopper.page.get_by_role("button", name="Chat with us")).to_have_count(1)
    shopper.page.evaluate("() => import('/web/widget.js?again')")
    shopper.page.wait_for_timeout(200)
    expect(shopper.page.get_by_role("button", name="Chat with us")).to_have_count(1)
    shopper.open()
    shopper.ask_and_wait("Is one mug in stock?")
    expect(shopper.questions).to_have_count(1)


def test_the_modules_run_as_they_are_without_being_joined(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/modules")
    shopper.open()
    shopper.ask_and_wait("Which products are mugs?")
    assert sum("/modules/" in url for url in shopper.requests) > 10


def test_markup_in_a_reply_is_words_and_reaches_no_other_origin(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    alerts: list[str] = []
    shopper.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    shopper.open()
    reply = shopper.ask_and_wait("xss <img src=x onerror=alert(9)>")
    shopper.page.wait_for_timeout(400)
    expect(reply.locator(".text")).to_have_text(EVIL)
    expect(shopper.questions.last.locator("p").first).to_have_text("xss <img src=x onerror=alert(9)>")
    assert alerts == []
    assert shopper.page.evaluate("() => window.hacked") is None
    assert {urlsplit(url).netloc for url in shopper.requests if not url.startswith("data:")} == {urlsplit(fake_shop).netloc}
    assert reply.locator("img, script, svg[onload], iframe").count() == 0
    links = reply.get_by_role("link").evaluate_all("nodes => nodes.map(({href, rel, target}) => [new URL(href).protocol, rel, target])")
    assert links
    assert all(link == ["http:", "noopener noreferrer", "_blank"] for link in links)


def test_addresses_in_a_reply_can_be_followed(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    reply = shopper.ask_and_wait("address please")
    hrefs = reply.get_by_role("link").evaluate_all("nodes => nodes.map(node => node.href)")
    assert hrefs == ["https://shop.example/help", "https://shop.example/faq", "mailto:help@shop.example"]


def test_a_removed_widget_hangs_up(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    with shopper.page.expect_websocket() as opened:
        shopper.open()
    shopper.page.evaluate("() => { const chat = document.querySelector('shop-chat'); document.querySelector('main').append(chat); }")
    shopper.page.wait_for_timeout(200)
    assert not opened.value.is_closed()
    with opened.value.expect_event("close"):
        shopper.page.evaluate("() => document.querySelector('shop-chat').remove()")
