"""The page about the HTTP interface: what its commands do when they are pasted, what the document says of every call, and how it is served."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from chatbot.server.api_document import ANSWERS, operations
from chatbot.server.chapters import CHAPTERS
from chatbot.server.curl import Call, command
from tests.open_shop import PASSWORD, OpenShop, open_shop
from tests.pasted import CURL, pasted
from tests.tiny_model import build_tiny_model

VENDOR = Path(__file__).parents[1] / "web/vendor/rapidoc"
KEPT = {"session", "conversation"}  # of a conversation that the reader began: the commands take them from its file


def document(shop: OpenShop) -> dict[str, Any]:
    found: dict[str, Any] = shop.client.get("/openapi.json").json()
    return found


@pytest.mark.slow
@pytest.mark.skipif(CURL is None, reason="curl is not installed: the commands of the page are for it")
def test_every_command_of_the_page_works_when_it_is_pasted_and_is_answered_as_the_page_says(tmp_path: Path) -> None:
    model = str(build_tiny_model(tmp_path / "tiny", window=1200))
    shown = json.loads(ANSWERS.read_text("utf-8"))
    (tmp_path / "shell").mkdir()
    with open_shop(tmp_path, engine="local", model=model, precision="fp32") as shop:
        done = list(pasted(shop, tmp_path / "shell"))
        assert {one.name for one in done} == {f"{method.upper()} {path}" for path, method, _ in operations(document(shop))}
    first = {one.name: one for one in reversed(done)}
    for one in done:
        assert one.status in ("200", "201"), f"{one.name} ({one.label}): {one.status} {one.said[:300]}"
        assert one.kind in one.operation["responses"][one.status]["content"], f"{one.name}: {one.kind}"
        assert one.said.strip(), one.name
    for name, one in first.items():
        if one.kind == "application/json":
            assert set(json.loads(one.said)) == set(shown[name]), f"{name}: python -m tests.api_answers"


def test_every_operation_says_what_it_does_where_it_belongs_and_how_it_refuses(shop: OpenShop) -> None:
    found = document(shop)
    for path, method, operation in operations(found):
        name = f"{method} {path}"
        assert operation["summary"] and len(operation["summary"]) <= 50, name
        assert len(operation["tags"]) == 1 and operation["tags"][0] in CHAPTERS, name
        assert "503" in operation["responses"] and any(status.startswith("2") for status in operation["responses"]), name
        for status, response in operation["responses"].items():
            assert len(response["description"]) > 10 and response["description"] != "Successful Response", f"{name}: {status}"
            if not status.startswith("2"):
                content = response["content"]["application/json"]
                assert content["examples"], f"{name}: {status}"
                assert path == "/readyz" or content["schema"]["$ref"].rsplit("/", 1)[1] in found["components"]["schemas"], (
                    f"{name}: {status}"
                )


def test_every_parameter_is_described_and_every_body_and_whatever_must_be_given_has_an_example(shop: OpenShop) -> None:
    for path, method, operation in operations(document(shop)):
        for parameter in operation.get("parameters", ()):
            name = f"{method} {path}: {parameter['name']}"
            assert parameter.get("description"), name
            assert not parameter["required"] or parameter["name"] in KEPT or parameter.get("example"), name
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            assert content["examples"], f"{method} {path}"
        assert operation["x-codeSamples"], f"{method} {path}"


def test_what_needs_an_operator_is_refused_without_one_and_nothing_else_is(shop: OpenShop) -> None:
    asked = 0
    for path, method, operation in operations(document(shop)):
        if any("shopper" in one for one in operation.get("security", ())) or path in ("/v1/conversations", "/console/api/login", "/pulse"):
            continue
        status = shop.client.request(method, re.sub(r"\{\w+\}", "x", path), headers={"X-Console": "1"}).status_code
        needed = any("operator" in one for one in operation.get("security", ()))
        assert (status == 401) == needed == ("401" in operation["responses"]), f"{method} {path}: {status}"
        asked += needed
    assert asked > 15


def test_the_page_keeps_the_strict_policy_but_for_styles_and_is_not_sent_twice(shop: OpenShop) -> None:
    for path in ("/docs", "/openapi.json"):
        first = shop.client.get(path)
        again = shop.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    page = shop.client.get("/docs")
    strict, own = (set(shop.client.get(path).headers["content-security-policy"].split("; ")) for path in ("/", "/docs"))
    assert own ^ strict == {"style-src 'self'", "style-src 'self' 'unsafe-inline'"}
    assert "require-trusted-types-for 'script'" in own and "script-src 'self'" in own
    assert "Otter &amp; Heron &lt;outdoor&gt;" in page.text and not re.search(r"https?://", page.text)
    assert shop.client.get("/redoc").status_code == 404  # FastAPI's own page loads scripts from elsewhere


def test_the_document_holds_nothing_that_a_shopper_may_not_see(shop: OpenShop) -> None:
    text = shop.client.get("/openapi.json").text
    for secret in (PASSWORD, shop.house.secrets.console_hash, shop.house.secrets.identity_secret, str(shop.folder)):
        assert secret not in text


def test_commands_name_the_host_that_the_page_was_asked_at_and_no_host_that_is_none(shop: OpenShop) -> None:
    text = shop.client.get("/openapi.json", headers={"Host": "shop.example:8443"}).text
    assert "http://shop.example:8443/v1/search" in text
    assert (
        "$("
        not in shop.client.get("/openapi.json", headers={"Host": "a$(reboot)"}).json()["paths"]["/v1/search"]["post"]["x-codeSamples"][0][
            "source"
        ]
    )


def test_the_page_in_docs_says_of_every_call_what_it_needs(shop: OpenShop) -> None:
    text = (VENDOR.parents[2] / "docs/api.md").read_text("utf-8").partition("| calls |")[2].partition("\n\n")[0]
    needs = [set(), set(), {"shopper"}, {"operator"}]
    rows = [row.split("|")[1] for row in text.splitlines()[2:]]
    told = {
        prefix.replace("SESSION/…", "{session}/").rstrip("…"): need
        for row, need in zip(rows, needs, strict=True)
        for prefix in re.findall(r"`(/[^`]+)`", row)
    }
    for path, method, operation in operations(document(shop)):
        if path not in ("/console/api/login", "/console/api/logout"):
            found = max((prefix for prefix in told if path.startswith(prefix)), key=len)
            assert {name for one in operation.get("security", ()) for name in one} == told[found], f"{method} {path}"


def test_a_quote_in_an_example_ends_no_command() -> None:
    operation: dict[str, Any] = {"responses": {}, "requestBody": {"content": {"application/json": {}}}}
    text = command(Call("http://shop.example", "POST", "/v1/x", operation, {"text": "it's; reboot"}))
    assert json.loads(shlex.split(text.replace("\\\n", " "))[-1]) == {"text": "it's; reboot"}


def test_the_library_is_the_one_of_its_package_for_those_who_read_gzip_and_those_who_do_not(shop: OpenShop) -> None:
    told = dict(re.findall(r"^\| (\S+)[^|]* \| `(\w{64})` \|$", (VENDOR / "README.md").read_text("utf-8"), re.MULTILINE))
    path = "/web/vendor/rapidoc/rapidoc-min.js"
    packed, plain = (shop.client.get(path, headers={"Accept-Encoding": way}) for way in ("gzip", "identity"))
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content and packed.headers["content-type"] == "text/javascript; charset=utf-8"
    kept = (VENDOR / "rapidoc-min.js.gz").read_bytes()
    assert hashlib.sha256(kept).hexdigest() == told["rapidoc-min.js.gz"]
    assert hashlib.sha256(plain.content).hexdigest() == told["rapidoc-min.js"] == hashlib.sha256(gzip.decompress(kept)).hexdigest()
    assert shop.client.get(f"{path}.gz").status_code == 404
