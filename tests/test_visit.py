import json

import pytest

from chatbot.checkup import Finding
from chatbot.server.app import Door
from chatbot.server.health import Health
from chatbot.server.pulse import APART
from chatbot.server.pulse import TICKS as SENT
from chatbot.server.serving import listen, running
from chatbot.visit import SENT_OVER, TICKS, visit
from tests.open_shop import OpenShop
from tests.spoiling_proxy import Faults, spoiling_proxy


async def seen(url: str) -> dict[str, Finding]:
    return {finding.subject: finding async for finding in visit(url)}


async def seen_through(shop: OpenShop, faults: Faults) -> dict[str, Finding]:
    faults.answers.setdefault("/pulse", (200, ""))  # no test but one waits for it
    with spoiling_proxy(shop.url, faults) as url:
        return await seen(url)


async def test_a_server_without_a_proxy_is_well(shop: OpenShop) -> None:
    found = await seen(shop.url)
    assert {subject: finding.state for subject, finding in found.items()} == dict.fromkeys(
        ("server", "ready", "headers", "widget", "origins", "streaming", "reply", "websocket"), "good"
    )
    assert "quoting writes, index" in found["ready"].found
    assert found["streaming"].found.startswith("5 of 5 pieces")


async def test_the_visit_leaves_no_conversation_behind(shop: OpenShop) -> None:
    before = len(shop.call(shop.house.rooms.conversations(limit=200)))
    await seen(shop.url)
    assert len(shop.call(shop.house.rooms.conversations(limit=200))) == before


def test_the_pulse_is_what_the_visit_waits_for() -> None:
    assert TICKS == SENT
    assert pytest.approx((SENT - 1) * APART) == SENT_OVER


@pytest.mark.slow
async def test_a_proxy_that_holds_streams_back_and_knows_no_upgrades_is_told_apart(shop: OpenShop) -> None:
    with spoiling_proxy(shop.url) as url:
        found = await seen(url)
    assert {subject for subject, finding in found.items() if finding.state == "bad"} == {"streaming", "websocket"}
    assert "proxy_buffering off" in found["streaming"].remedy
    assert "Upgrade" in found["websocket"].remedy


@pytest.mark.slow
async def test_headers_that_a_proxy_drops_are_named(shop: OpenShop) -> None:
    found = await seen_through(shop, Faults(dropped=frozenset({"content-security-policy", "x-content-type-options"})))
    assert found["headers"].found == "missing or replaced on the way: content-security-policy, x-content-type-options"
    assert found["headers"].remedy


@pytest.mark.slow
async def test_a_proxy_that_opens_the_api_to_every_page_is_bad(shop: OpenShop) -> None:
    found = await seen_through(shop, Faults(added={"Access-Control-Allow-Origin": "*"}))
    assert (found["origins"].state, found["origins"].found) == ("bad", "a page of any origin may read the API")


@pytest.mark.slow
async def test_a_proxy_that_replaces_the_host_refuses_its_own_pages(shop: OpenShop) -> None:
    found = await seen_through(shop, Faults(host="inner.example:1"))
    assert "itself are refused" in found["origins"].found
    assert "Host header" in found["origins"].remedy


@pytest.mark.slow
async def test_a_widget_that_other_pages_cannot_load_is_bad(shop: OpenShop) -> None:
    found = await seen_through(shop, Faults(dropped=frozenset({"access-control-allow-origin"})))
    assert (found["widget"].state, "/web/" in found["widget"].remedy) == ("bad", True)
    found = await seen_through(shop, Faults(answers={"/web/widget.js": (404, "{}")}))
    assert "status 404" in found["widget"].found


@pytest.mark.slow
async def test_a_reply_that_breaks_off_is_bad(shop: OpenShop) -> None:
    found = await seen_through(shop, Faults(answers={"/v1/chat/completions": (200, 'data: {"choices":[]}\n\n')}))
    assert found["reply"].found == "a streamed reply broke off"
    found = await seen_through(shop, Faults(answers={"/v1/chat/completions": (502, "")}))
    assert "502" in found["reply"].found and found["reply"].remedy


@pytest.mark.slow
async def test_what_a_server_has_to_do_without_is_a_note(shop: OpenShop) -> None:
    said = json.dumps({"ready": True, "stage": "ready", "engine": "quoting", "index": "1", "degraded": "no model can write"})
    found = await seen_through(shop, Faults(answers={"/readyz": (200, said)}))
    assert (found["ready"].state, found["ready"].found) == ("note", "ready, but no model can write")


async def test_nothing_more_is_looked_at_where_the_server_is_not_ready() -> None:
    health = Health()
    health.stage = "loading the model"
    with listen("127.0.0.1", 0) as sock:
        async with running(Door(health), sock):
            found = await seen(f"http://127.0.0.1:{sock.getsockname()[1]}")
    assert list(found) == ["server", "ready"]
    assert found["ready"].found == "not ready: loading the model"


@pytest.mark.parametrize("said", [(404, "{}"), (200, "<html>"), (200, "[]"), (200, '{"alive": false}')])
async def test_another_program_at_the_address_is_told_apart(shop: OpenShop, said: tuple[int, str]) -> None:
    found = await seen_through(shop, Faults(answers={"/healthz": said}))
    assert list(found) == ["server"]
    assert found["server"].state == "bad"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://", "http://[::1", "nonsense://there"])
async def test_an_address_without_a_server_is_bad_and_says_what_to_check(url: str) -> None:
    found = await seen(url)
    assert list(found) == ["server"]
    assert (found["server"].state, "check the address" in found["server"].remedy) == ("bad", True)
