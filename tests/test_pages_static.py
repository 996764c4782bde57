"""The shop's pages and the console as files: what a strict policy asks of them, their two languages, and their pure modules under Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import pytest

WEB = Path(__file__).parents[1] / "web"
FOLDERS = ("pages", "shop", "console", "docs")
PAGES = sorted(path for folder in FOLDERS for path in (WEB / folder).glob("*.html"))
MODULES = sorted(path for folder in FOLDERS for path in (WEB / folder).glob("*.js"))
STYLES = sorted(path for folder in FOLDERS for path in (WEB / folder).glob("*.css"))
FILLED_IN = {"site_key", "shop_name", "language"}  # what the server knows to replace
FORBIDDEN = {
    "markup from text": r"\b(innerHTML|outerHTML|insertAdjacentHTML|DOMParser|createContextualFragment|setHTMLUnsafe|srcdoc)\b",
    "a written document": r"document\.write",
    "code from text": r"\beval\(|new Function\b|setTimeout\(\s*[\"'`]",
    "an inline handler or style": r"setAttribute\(\s*[\"'](on\w+|style)[\"']|\bh\([^)]*\b(style|on\w+):\s*[\"'`]",
    "a style or script element": r"(createElement|\bh)\(\s*[\"'](style|script|iframe|link)[\"']",
    "a module from elsewhere": r"from\s+[\"'](?!\.\.?/)|import\(",
}
node = shutil.which("node")
needs_node = pytest.mark.skipif(node is None, reason="Node is not installed: the modules' own values need it")


class Outline(HTMLParser):
    """Every start tag with its attributes, and the text inside each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.title = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"}:
            self.inline += data.strip()
        if self._inside == "title":
            self.title += data.strip()

    def having(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def outline(page: Path) -> Outline:
    return Outline(page.read_text(encoding="utf-8"))


def code_of(module: Path) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"/])//[^\n]*", "", module.read_text(encoding="utf-8"), flags=re.DOTALL)


def values(script: str, folder: str) -> object:
    """What a module script prints as JSON."""
    assert node is not None
    done = subprocess.run([node, "--input-type=module", "-e", script], cwd=WEB / folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_there_are_pages_and_modules_to_look_at() -> None:
    assert [page.name for page in PAGES] == ["index.html", "index.html", "cart.html", "index.html", "product.html"]
    assert len(MODULES) >= 15 and len(STYLES) >= 7


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_page_has_no_inline_script_style_or_handler(page: Path) -> None:
    found = outline(page)
    assert found.inline == ""
    assert found.having("style") == []
    for tag, attributes in found.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], f"<{tag}> of {page.name}"
        for name in ("href", "src", "action"):
            assert not (attributes.get(name) or "").startswith(("javascript:", "http:", "https:", "//")), f"<{tag}> of {page.name}"
    assert all(attributes.get("type") == "module" and attributes.get("src") for attributes in found.having("script"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_page_has_a_language_a_title_and_landmarks(page: Path) -> None:
    found = outline(page)
    assert found.having("html")[0]["lang"]
    assert found.title
    assert len(found.having("main")) == 1 and len(found.having("header")) == 1
    assert found.having("main")[0]["id"] == "main"
    assert next(attributes["href"] for attributes in found.having("a")) == "#main"
    assert any(
        attributes.get("name") == "viewport" and "user-scalable" not in (attributes["content"] or "") for attributes in found.having("meta")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_a_page_loads_is_there_and_what_it_leaves_open_is_filled_in(page: Path) -> None:
    found = outline(page)
    named = [attributes.get("src") or attributes.get("href") or "" for tag, attributes in found.tags if tag in {"script", "link"}]
    for path in named:
        assert (WEB.parent / path.lstrip("/")).is_file(), f"{page.name} loads {path}"
    assert set(re.findall(r"\{\{(\w+)\}\}", page.read_text(encoding="utf-8"))) <= FILLED_IN


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "shop"], ids=lambda path: path.name)
def test_every_page_of_the_shop_has_the_widget_and_names_no_shop_of_its_own(page: Path) -> None:
    scripts = {attributes.get("src"): attributes for attributes in outline(page).having("script")}
    assert scripts["/web/widget.js"]["data-site"] == "{{site_key}}"
    assert outline(page).title == "{{shop_name}}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_module_makes_no_markup_and_no_code_from_text(module: Path) -> None:
    source = code_of(module)
    for name, pattern in FORBIDDEN.items():
        found = re.search(pattern, source)
        assert found is None, f"{module.name} has {name}: {found and found[0]!r}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_module_says_what_it_is_stays_short_and_imports_what_is_there(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert source.startswith("// @ts-check\n/**")
    assert source.count("\n") <= 300
    for path in re.findall(r'^import .* from "([^"]+)";', source, re.MULTILINE):
        assert (module.parent / path).resolve().is_file(), f"{module.name} imports {path}"


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_loads_nothing_from_elsewhere(style: Path) -> None:
    assert not re.search(r"@import|url\(", style.read_text(encoding="utf-8"))


def said_by(code: str, names: Iterable[str]) -> set[str]:
    """The names that this code asks for: alone, with a number (`counted`), or put together from a beginning and what the server sends."""
    alone = set(re.findall(r"\b(?:texts(?:\(\))?|said)\.(\w+)", code))
    taken = {name for group in re.findall(r"\{([\w, ]+)\} = (?:look\.)?texts\b", code) for name in group.split(", ")}
    counts = {f"{name}_{number}" for name in re.findall(r'\bcounted\(texts, "(\w+)"', code) for number in ("one", "other")}
    families = tuple(re.findall(r"\b(?:texts(?:\(\))?|said)\[`(\w+_)\$\{", code))
    return alone | {name.strip() for name in taken} | counts | {name for name in names if name.startswith(families)}


@needs_node
@pytest.mark.parametrize("folder", ["shop", "console"])
def test_both_languages_have_the_same_words_with_the_same_gaps_and_all_are_used(folder: str) -> None:
    found = values('import { TEXTS } from "./texts.js"; console.log(JSON.stringify(TEXTS));', folder)
    assert isinstance(found, dict)
    english, chinese = found["en"], found["zh"]
    assert list(english) == list(chinese)
    for name, text in english.items():
        assert text.strip() and chinese[name].strip()
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", chinese[name])), name
    code = "\n".join(code_of(module) for module in MODULES if module.parent.name == folder and module.name != "texts.js")
    assert sorted(set(english) - said_by(code, english)) == []
    assert sorted(set(re.findall(r"(?<!/)\btexts(?:\(\))?\.(\w+)", code)) - set(english)) == []


@needs_node
def test_picking_an_option_moves_to_what_is_made_and_can_be_bought() -> None:
    script = """import { change, choiceOf, first, standing } from "./variants.js";
    const make = (id, colour, size, price, available) => ({ id, options: [["Colour", colour], ["Size", size]], price, available });
    const all = [make("a", "Red", "S", "20", false), make("b", "Red", "L", "24", true), make("c", "Blue", "S", "21", true), make("d", "Blue", "M", "22", false)];
    const red = choiceOf(all[1]);
    console.log(JSON.stringify([first(all).id, first(all.slice(0, 1)).id, change(all, red, "Colour", "Blue").id, change(all, red, "Size", "S").id,
      change(all, red, "Size", "M").id, standing(all, red, "Colour", "Blue"), standing(all, red, "Size", "S"), standing(all, red, "Size", "L")]));"""
    assert values(script, "shop") == ["c", "a", "c", "a", "d", "none", "out", "open"]


@needs_node
def test_the_cart_keeps_what_is_sound_and_never_more_than_there_is() -> None:
    script = """import { Basket } from "./basket.js";
    const kept = new Map(); const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) };
    const basket = new Basket("s", storage); const log = [kept.size];
    basket.add("p", "v", 2, 3); basket.add("p", "v", 5, 3); basket.add("q", "w", 1); log.push(basket.count, kept.size);
    basket.set("q", "w", 1e9); log.push(basket.count);
    const line = basket.lines[0]; const at = basket.remove("p", "v"); basket.putBack(line, at); log.push(basket.lines[0].product);
    kept.set("shop:s:cart", '[{"product":"p","variant":"v","quantity":-4},{"product":1},null]'); basket.read(); log.push(basket.lines);
    kept.set("shop:s:cart", "{broken"); basket.read(); log.push(basket.count);
    basket.remove("p", "v"); log.push(kept.size);
    const denied = new Basket("s", { getItem() { throw new Error(); }, setItem() { throw new Error(); }, removeItem() {} });
    denied.add("p", "v", 1); denied.read(); log.push(denied.count, new Basket("t", null).count);
    console.log(JSON.stringify(log));"""
    sound = [{"product": "p", "variant": "v", "quantity": 1}]
    assert values(script, "shop") == [0, 4, 1, 102, "p", sound, 1, 0, 1, 0]


@needs_node
def test_server_sent_events_are_read_however_they_are_cut() -> None:
    script = r"""import { events } from "./wire.js";
    const text = new TextEncoder().encode(': hello\r\n\r\ndata: {"a":"灯"}\r\n\r\nevent: x\ndata: {"b":\ndata: 2}\n\ndata: [DONE]\n\ndata: {"c":3}');
    const all = [];
    for (const size of [1, 3, 7, 1000]) {
      const pieces = []; for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
      const got = []; for await (const event of events(new Response(ReadableStream.from(pieces)))) got.push(event);
      all.push(JSON.stringify(got));
    }
    console.log(JSON.stringify([...new Set(all)].map((one) => JSON.parse(one))));"""
    assert values(script, "pages") == [[{"a": "灯"}, {"b": 2}, {"c": 3}]]


@needs_node
def test_prices_without_a_currency_are_bare_and_unknown_ones_are_shown_as_they_are() -> None:
    script = """import { price, pick } from "./language.js";
    console.log(JSON.stringify([price("1234.5", "", "en"), price("8", "EUR", "en"), price(null, "EUR", "en"), price("x", "", "en"), price("5", "??", "en"),
      pick(["zh"], ["en-GB"]), pick(["en", "zh"], [null, "zh-TW"]), pick([], ["en"])]));"""
    assert values(script, "pages") == ["1,234.50", "€8.00", "", "", "5 ??", "zh", "zh", "en"]
