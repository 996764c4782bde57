"""What a question is compared with, piece by piece: the sentences and attributes of a record, the parts of a passage, and the question
without what names the thing that it is about.

Knows words and measures, no vectors and no scores.
"""

from __future__ import annotations

import functools
import re

from chatbot.figures import figures
from chatbot.options import asked_options, option_values, whether
from chatbot.sentences import sentences
from chatbot.terms import is_chinese, normalise, term, terms, words
from knowledge_base.catalog import Passage, Product
from knowledge_base.passages import said_of

_LONG = 12  # words; in a message longer than this, each clause may be the question
_CACHED = 20_000
_TIMES = frozenset("minute hour day week month year".split())
_MEASURES = frozenset("year kg g lb oz mm cm m km inch l ml w v mah person".split())
_SAME_UNIT = {"g": "kg", "mm": "cm", "m": "cm", "ml": "l"}
_SECTION = " – "  # between a document's title and a section's heading
_ENDED = re.compile(r"[.!?。！？]$")
_CLAUSE = re.compile(r"[.!?;。！？；]+|,\s+|，|\s+[-–—]\s+|\s{2,}|(?<=[一-鿿])\s+(?=[一-鿿])")


def parts_of(passage: Passage) -> list[str]:
    """Heading (a section's own, without the document's title), the whole, then each of its sentences."""
    own = own_heading(passage)
    return [own, f"{own}\n{passage.body}", *sentences(passage.body)[:12]]


def own_heading(passage: Passage) -> str:
    """The heading without the title of its document, which often is the shop's name."""
    return passage.heading.rsplit(_SECTION, 1)[-1]


@functools.lru_cache(maxsize=_CACHED)
def units_in(text: str) -> frozenset[str]:
    """The units of the measures that a text states; of grams and kilograms, and the like, one stands for both."""
    return frozenset(_SAME_UNIT.get(figure.unit, figure.unit) for figure in figures(text) if figure.unit in _MEASURES)


@functools.lru_cache(maxsize=_CACHED)
def answered_by(text: str) -> frozenset[str]:
    """The words of questions that a text answers without using them: "how long" by a time."""
    return frozenset(("durat", "多久") if any(figure.unit in _TIMES for figure in figures(text)) else ())


def texts_of(product: Product) -> list[str]:
    """What the record says in words: sentences, with the lists that they announce, attributes, and what there is to choose from."""
    choices = [(name, ", ".join(values)) for name, values in option_values(product).items() if len(values) > 1 and not whether(values)]
    told = [pair for pair in choices if pair[0] not in dict(product.attributes)]
    return [*statements_in(said_of(product)), *(f"{name}: {value}" for name, value in (*product.attributes, *told))]


def statements_in(text: str) -> list[str]:
    """Sentences; one that ends in a colon takes the list after it along ("In the box:" says nothing alone)."""
    found: list[str] = []
    listing = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        if listing and not _ENDED.search(line):
            found[-1] += listing + line.lstrip("-*•· ")
            listing = "; "
            continue
        found.extend(sentences(line))
        listing = " " if found and found[-1].endswith((":", "：")) else ""
    return found


def clauses(question: str) -> list[str]:
    """The parts of a long message, one of which may be all of the question: "I've had it five weeks, … is it too late to return it"."""
    if len(words(question)) < _LONG:
        return []
    parts = [part.strip() for part in _CLAUSE.split(question)]
    return [part for part in dict.fromkeys(parts) if len(terms(part)) >= 2 and len(words(part)) >= 4][-6:]


def under_title(text: str, product: Product) -> str:
    """A sentence of a record as it stands under the product's name."""
    return f"{product.title}: {text}"


def without_title(question: str, product: Product) -> str:
    """The question without the product's own words, so that a sentence is not chosen for naming the product."""
    title = set(terms(product.title))
    kept = [word for word in question.split() if not any(term(part) in title for part in words(word))]
    if is_chinese(question):
        return _without_runs(question, "".join(product.title.split())) or question
    return " ".join(kept) or question


def without_options(question: str, product: Product) -> str:
    """Without the values of options that it asks for: in "the 56 cm Rowan" nobody states a measure of their own."""
    text = normalise(question)
    for _, value in asked_options(question, product).wanted:
        number = re.match(r"[\d.,]+", value)
        text = text.replace(normalise(value), " ")
        text = re.sub(rf"(?<![\d.]){re.escape(number[0])}\s*[^\W\d]*", " ", text) if number else text
    return text


def _without_runs(question: str, title: str) -> str:
    """The question without the longest pieces, of two characters and more, that it shares with a Chinese title."""
    for length in range(len(title), 1, -1):
        for start in range(len(title) - length + 1):
            question = question.replace(title[start : start + length], " ")
    return " ".join(question.split())
