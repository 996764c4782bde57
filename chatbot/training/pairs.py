"""Questions with the passage that answers each, made from a shop's own texts, for the tuning of its encoder.

A FAQ entry's question stands beside its answer, a policy's heading beside its section, and each of their sentences beside the rest. A
product is asked for the way people type: by part of its title, brand and kind, an attribute, a phrase of its description. Files add
pairs of their own. Knows no model. Invariants: a question is never its own passage, and the same texts and seed give the same pairs.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.training.json_lines import numbered_lines
from chatbot.training.texts import ShopText, TextFileError, product_text, split
from knowledge_base.catalog import Document, Product
from knowledge_base.importers import read_folder
from knowledge_base.keywords import STOP_WORDS
from knowledge_base.passages import base_id, documents_of, options_of

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+|[\u3400-\u9fff]{2,}")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*(?=\S)|\n+")
_LONGEST_VALUE = 5  # words; a longer value is a description
_ASKED = (
    "what is the {name} of the {title}?",
    "{title} {name}",
    "does the {title} have {value}?",
    "{kind} {name} {value}",
    "{kind} {value}",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """`group` names what the passage is about: another passage of it is never a wrong answer."""

    question: str
    passage: str
    group: str


def shop_pairs(content: Path, *, language: str = "en", each: int = 6, seed: int = 1) -> list[Pair]:
    """Pairs of every document of a content folder in one language; of a product at most `each`. Raises ContentError."""
    documents = [document for document in documents_of(read_folder(content)) if document.language == language]
    return pairs_of(documents, each=each, seed=seed)


def pairs_of(documents: Iterable[Document], *, each: int = 6, seed: int = 1) -> list[Pair]:
    """The same of documents."""
    found: list[Pair] = []
    for document in documents:
        chance = random.Random(f"{seed} {document.id}")
        made = _of_product(document, chance) if document.product else _of_text(document)
        about = list(dict.fromkeys(pair for pair in made if pair.question and pair.question != pair.passage))
        found += chance.sample(about, min(each, len(about))) if document.product else about
    return found


def file_pairs(files: Sequence[Path]) -> list[Pair]:
    """Pairs of JSON lines: `question` with `passage`, `answer` or `response`. Raises TextFileError."""
    return [pair for path in files for pair in _of_file(path)]


def split_pairs(pairs: Sequence[Pair], held_out: Collection[str] = ()) -> tuple[list[Pair], list[Pair]]:
    """To train on, and to measure with: the pairs of the groups named, else a tenth. What is about one thing is on one side."""
    named = {pair.group for pair in pairs} & set(held_out)
    if not named:
        parts = split([ShopText(pair.group, "pair", "", pair.question) for pair in pairs])
        named = {text.group for text in parts.held_out}
    return [pair for pair in pairs if pair.group not in named], [pair for pair in pairs if pair.group in named]


def misspelt(text: str, chance: random.Random) -> str:
    """The text with one slip of a finger: two letters swapped, one left out or one doubled."""
    places = [place for place in range(1, len(text) - 1) if text[place].isalpha() and text[place + 1].isalpha()]
    if not places:
        return text
    place = chance.choice(places)
    here, after = text[place], text[place + 1]
    return text[:place] + chance.choice((after + here, after, here + here + after)) + text[place + 2 :]


def with_slips(pairs: Sequence[Pair], share: float, seed: int = 1) -> list[Pair]:
    """The pairs, with a slip in this share of the questions."""
    chance = random.Random(seed)
    return [Pair(misspelt(p.question, chance), p.passage, p.group) if chance.random() < share else p for p in pairs]


def _of_text(document: Document) -> Iterator[Pair]:
    """The heading asks for what stands below it; a sentence for the heading and the other sentences."""
    group = base_id(document.id)
    yield Pair(document.title, document.text, group)
    sentences = [sentence for sentence in _SENTENCE.split(document.text) if sentence.strip()]
    for number, sentence in enumerate(sentences if len(sentences) > 1 else ()):
        rest = " ".join(sentences[:number] + sentences[number + 1 :])
        yield Pair(sentence.strip(), f"{document.title}\n{rest}", group)


def _of_product(document: Document, chance: random.Random) -> Iterator[Pair]:
    product = document.product
    assert product is not None
    text, group = product_text(document), base_id(document.id)
    for question in (*_by_title(product, chance), *_by_attribute(product, chance), *_by_phrase(product, chance)):
        yield Pair(" ".join(question.split()), text, group)


def _by_title(product: Product, chance: random.Random) -> Iterator[str]:
    """Some words of the title in a row, with the brand or without; words with figures in them are seldom typed."""
    words = _words(product.title, product.brand)
    for _ in range(3 if words else 0):
        part = _some(words, chance, 3)
        yield part
        if product.brand and chance.random() < 0.5:
            yield f"{product.brand} {part}"
    if product.brand and words:
        yield f"{product.brand} {_kind(product, words)}"


def _by_attribute(product: Product, chance: random.Random) -> Iterator[str]:
    stated = [*product.attributes, *((name, value) for name, values in options_of(product) for value in values)]
    short = [(name, value) for name, value in stated if 0 < len(value.split()) <= _LONGEST_VALUE]
    kind = _kind(product, _words(product.title, product.brand))
    for name, value in chance.sample(short, min(3, len(short))):
        yield chance.choice(_ASKED).format(name=name.lower(), value=value, title=product.title, kind=kind)


def _by_phrase(product: Product, chance: random.Random) -> Iterator[str]:
    """Telling words in a row from the description."""
    words = [word for word in _WORD.findall(product.description) if word.lower() not in STOP_WORDS]
    for _ in range(2 if len(words) > 2 else 0):
        yield _some(words, chance, 4)


def _words(title: str, brand: str) -> list[str]:
    own = brand.lower().split()
    return [word for word in _WORD.findall(title) if word.lower() not in own and word.lower() not in STOP_WORDS]


def _kind(product: Product, words: Sequence[str]) -> str:
    """What it is: the innermost category, else the end of the title."""
    return product.category.rpartition(">")[2].strip().lower() or " ".join(words[-2:]).lower() or product.title


def _some(words: Sequence[str], chance: random.Random, most: int) -> str:
    size = chance.randint(1, min(most, len(words)))
    start = chance.randint(0, len(words) - size)
    return " ".join(words[start : start + size]).lower()


def _of_file(path: Path) -> Iterator[Pair]:
    for where, line in numbered_lines(path, TextFileError):
        yield _pair(line, where)


def _pair(line: str, where: str) -> Pair:
    try:
        given = json.loads(line)
        question = given["question"]
        passage = next(given[name] for name in ("passage", "answer", "response") if name in given)
        if not (isinstance(question, str) and isinstance(passage, str) and question.strip() and passage.strip()):
            raise TypeError("empty")
    except (ValueError, LookupError, TypeError, StopIteration) as error:
        raise TextFileError(f"{where}: expected a JSON object with question and passage (or answer), got {line[:60]!r}") from error
    return Pair(question.strip(), passage.strip(), str(given.get("group") or passage))
