"""Product descriptions beside raw prompting of the same model: what is claimed, what is told, how much is repeated.

    python -m tests.bench.copy DATA --out FOLDER [--rows 100] [--raw 100] [--tokens 60] [--writer auto]

DATA has the folder chorus_icecat (Open Content, Apache-2.0; measured on, nothing is trained). Each row has the name, brand, product type and
the (up to) ten attributes that most products of its type have, which also are its key attributes: the writer is not told which they are.
In one run, for the same rows: descriptions as `chatbot copy` writes them (length long), and the same model asked as one asks GPT-2 ("Product: …
Description:") with the same facts in its prompt and no check. For both:
- unsupported: sentences and words for which the checker strikes them, in the finished text;
- key attributes told: the share whose value stands in the text;
- distinct-2: different pairs of neighbouring words / all pairs, over all texts (Li et al. 2016); repetition: the share of four-word runs of a text
  that it has had before (1 - distinct-4 within the text).
Writes OUT/copy.json and OUT/copy_texts.jsonl, all texts with their facts, to be read by people.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chatbot.copy_cli import copy_settings
from chatbot.copywriter.checking import Checker
from chatbot.copywriter.describing import describe, facts_for
from chatbot.copywriter.facts import Facts
from chatbot.copywriter.trust import trusted, try_out
from chatbot.copywriter.wish import Wish
from chatbot.copywriter.writer import ASKED_FOR, Copywriter
from chatbot.engine import ChatMessage, Engine, Sampling
from chatbot.sentences import sentences
from chatbot.server.opening import open_engine
from chatbot.terms import normalise, words
from knowledge_base.catalog import Product, Variant

KEYS = 10
LEAST = 6  # attributes of a row that counts as rich
console = Console(width=120)


@dataclass(frozen=True, slots=True)
class Row:
    product: Product
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of all texts of one way of writing."""

    texts: tuple[str, ...]
    sentences: int
    unsupported_sentences: int
    struck_words: int
    words: int
    keys_told: float
    distinct_2: float
    repetition: float
    seconds: float

    def figures(self) -> dict[str, Any]:
        shares = {
            "unsupported_sentences": round(self.unsupported_sentences / max(1, self.sentences), 4),
            "struck_words": round(self.struck_words / max(1, self.words), 4),
        }
        named = {name: round(getattr(self, name), 4) for name in ("keys_told", "distinct_2", "repetition", "seconds")}
        return shares | named | {"sentences": self.sentences, "words_a_text": round(self.words / max(1, len(self.texts)), 1)}


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = rich_rows(options.data / "chorus_icecat" / "icecat_products.jsonl.gz", options.rows)
    found = asyncio.run(measure(rows, options))
    (options.out / "copy.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _print(found)
    return 0


def rich_rows(file: Path, count: int) -> list[Row]:
    """A sample, the same each time, with the attributes that are usual for each type of product."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        products = [json.loads(line) for line in lines]
    usual: dict[str, Counter[str]] = defaultdict(Counter)
    for item in products:
        usual[item.get("attr_t_product_type", "")].update(name for name in item if name.startswith("attr_"))
    random.Random(5).shuffle(products)
    rows = []
    for item in products:
        kind = item.get("attr_t_product_type", "")
        names = [name for name, _ in usual[kind].most_common() if item.get(name) not in (None, False, "")][:KEYS]
        keys = [(_title(name), _value(item[name])) for name in names if name != "attr_t_product_type"]
        if kind and item.get("title") and len(keys) >= LEAST:
            rows.append(Row(_product(item, kind, keys), tuple(keys)))
        if len(rows) == count:
            break
    return rows


def _title(name: str) -> str:
    return re.sub(r"^attr_[a-z]_", "", name).replace("_", " ").strip().capitalize()


def _value(value: Any) -> str:
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value).replace(",", ", ")


def _product(item: dict[str, Any], kind: str, keys: Sequence[tuple[str, str]]) -> Product:
    brand, picture = item.get("supplier", ""), item.get("img_high", "")
    # As a shop names it: brand and model. The long title repeats the attributes, which then would be told by repeating it.
    title = f"{brand} {item['name']}".strip()
    images = (picture,) if picture else ()
    return Product(item["id"], title, "en", (Variant(item["id"]),), brand=brand, category=kind, images=images, attributes=tuple(keys))


async def measure(rows: list[Row], options: argparse.Namespace) -> dict[str, Any]:
    engine = await open_engine(copy_settings(**({"model": options.model} if options.model else {})))
    wish = Wish(length="long", seed=options.seed)
    try:
        trials = await try_out(engine, wish, "en")
        acts = ASKED_FOR if options.writer == "model" else trusted(trials)
        ours, by, struck = await written(rows, Copywriter(engine, acts), wish)
        raw = await prompted(rows[: options.raw], engine, options.tokens)
    finally:
        await engine.close()
    _keep(options.out / "copy_texts.jsonl", rows, ours.texts, raw.texts)
    return {
        "engine": engine.name, "rows": len(rows), "writer": options.writer, "acts": sorted(acts), "trials": [[one.act, one.right, one.asked] for one in trials],
        "by": by, "struck_while_writing": struck, "checked": ours.figures(), "raw": raw.figures(),
        "checked_same_rows": measured(rows[: options.raw], ours.texts[: options.raw], 0.0).figures(),
    }  # fmt: skip


async def written(rows: list[Row], writer: Copywriter, wish: Wish) -> tuple[Measured, dict[str, int], int]:
    began, texts, by, struck = time.monotonic(), [], Counter[str](), 0
    for row in rows:
        told = await describe(writer, facts_for(row.product, wish), wish)
        texts.append(told.text)
        for sentence in told.variants[0].sentences:
            by[sentence.by] += 1
            struck += len(sentence.struck)
    return measured(rows, texts, time.monotonic() - began), dict(by), struck


async def prompted(rows: list[Row], engine: Engine, tokens: int) -> Measured:
    """The same model with the same facts and nothing else: a prompt in GPT-2's way, sampled, cut at its last sentence."""
    began, texts = time.monotonic(), []
    for number, row in enumerate(rows):
        facts = "\n".join(f"{name}: {value}" for name, value in row.keys)
        prompt = f"Product: {row.product.title}\nCategory: {row.product.category}\n{facts}\n\nProduct description:"
        sampling = Sampling(tokens, 0.7, 0.9, seed=number)
        text = ""
        async with aclosing(engine.stream([ChatMessage("user", prompt)], sampling, lane="batch")) as chunks:
            async for chunk in chunks:
                text += chunk.text
        whole = re.match(r".*[.!?](?=\s|$)", " ".join(text.split()))
        texts.append(whole.group() if whole else " ".join(text.split()))
    return measured(rows, texts, time.monotonic() - began)


def measured(rows: list[Row], texts: Sequence[str], seconds: float) -> Measured:
    said = wrong = strange = length = 0
    told = []
    for row, text in zip(rows, texts, strict=False):
        checker = Checker(facts_for(row.product, Wish()))
        found = [checker.check(sentence) for sentence in sentences(text)]
        said, wrong = said + len(found), wrong + sum(not one.holds for one in found)
        strange, length = strange + sum(len(one.struck) for one in found), length + len(words(text))
        told.append(keys_told(row, text))
    return Measured(tuple(texts), said, wrong, strange, length, statistics.mean(told), distinct(texts, 2), repetition(texts), seconds)


def keys_told(row: Row, text: str) -> float:
    """The share of the key attributes that a text states: the value, of a yes the name."""
    plain = f" {normalise(text)} "
    said = [normalise(name if value == "yes" else value) for name, value in row.keys]
    return sum(bool(re.search(rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])", plain)) for value in said) / len(said)


def distinct(texts: Sequence[str], size: int) -> float:
    runs = [run for text in texts for run in _runs(text, size)]
    return len(set(runs)) / max(1, len(runs))


def repetition(texts: Sequence[str]) -> float:
    """Mean over the texts of the share of four-word runs that came before in the same text."""
    shares = [1 - len(set(runs)) / len(runs) for text in texts if (runs := _runs(text, 4))]
    return statistics.mean(shares) if shares else 0.0


def _runs(text: str, size: int) -> list[tuple[str, ...]]:
    found = words(text)
    return [tuple(found[start : start + size]) for start in range(len(found) - size + 1)]


def _keep(file: Path, rows: list[Row], ours: Sequence[str], raw: Sequence[str]) -> None:
    with file.open("w", encoding="utf-8") as out:
        for number, row in enumerate(rows):
            facts: Facts = facts_for(row.product, Wish())
            told = {
                "title": row.product.title,
                "facts": list(facts.texts),
                "checked": ours[number],
                "raw": raw[number] if number < len(raw) else "",
            }
            out.write(json.dumps(told, ensure_ascii=False) + "\n")


def _print(found: dict[str, Any]) -> None:
    table = Table(
        "", "checked", "checked, rows of raw", "raw prompting", title=f"{found['engine']}, {found['rows']} rows; sentences {found['by']}"
    )
    for name in found["checked"]:
        table.add_row(name.replace("_", " "), *(str(found[way][name]) for way in ("checked", "checked_same_rows", "raw")))
    console.print(table)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.copy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--raw", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--writer", choices=("auto", "model"), default="auto")
    parser.add_argument("--model", default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
