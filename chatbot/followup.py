"""Follow-ups made whole: what "it", "the second one", "in blue?" and "and to Canada?" mean, from what was said and shown before.

Decided by the words and the sources of earlier replies, with no model: a pronoun or an ellipsis takes the product in focus, a
question without a predicate takes the predicate of the one before. A message that stands alone is left alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.browsing import Shelf
from chatbot.focus import Focus, Ranked, about, clearly, faintly, plausible, with_rival
from chatbot.intents import Reading, read
from chatbot.messages import Conversation, Message
from chatbot.naming import about_shop, han_names, kind_said, kinds_named, loosely, narrowed, owned, sides, titled, without_titles
from chatbot.options import asked_options, attribute_named, carried, with_neighbour
from chatbot.quotation import quoted_product, without_quotation
from chatbot.terms import normalise, terms
from knowledge_base.catalog import Filters, Product
from knowledge_base.search import KnowledgeBase

_SHORT = 4  # content words; a longer message says by itself what it is about
_POINTING = re.compile(r"\b(?:it|its|it's|they|them)\b|它|这")
_NAMED_ENOUGH = 0.5
_CALENDAR = frozenset(terms("monday tuesday wednesday thursday friday saturday sunday weekend today tomorrow morning evening"))
_ORDINAL_WORDS = frozenset(terms("first second third fourth fifth last one other 第一 第二 第三 第四 第五 第 一 二 三 四 五 最后 个"))
_SIZE_WORDS = frozenset(terms("size small medium large 小号 中号 大号 号"))
_FEW = 6  # products that "the tent" may mean before it is a list to be narrowed down


@dataclass(frozen=True, slots=True)
class Whole:
    """A question that can be answered without its history. `products` are in focus, best first; `ambiguous` when the name fits several,
    `faint` when only the meaning points at them, with what `certainty`.
    `fragment` is what was said, where `question` has the one before it in front."""

    question: str
    reading: Reading
    products: tuple[Product, ...] = ()
    ambiguous: bool = False
    named: bool = False
    faint: bool = False
    fragment: str = ""
    certainty: float = 0.0


class FollowUps:
    def __init__(self, knowledge: KnowledgeBase, shelf: Shelf) -> None:
        self._knowledge = knowledge
        self._shelf = shelf
        self._focus = Focus(knowledge)

    def make_whole(self, conversation: Conversation, language: str) -> Whole:
        """Read the last message in the light of the ones before it."""
        question = conversation.question
        reading = read(question, language)
        history = conversation.messages[:-1]
        if reading.social == "yes" and (previous := _last_question(history)):
            return self._taken_up(previous, history, language)
        ranked = self._focus.ranked(question, language)
        if (quoted := quoted_product(question, [one.product for one in ranked])) is not None:
            return Whole(question, read(without_quotation(question), language), (quoted,), named=True)
        named, ambiguous = self._meant(question, reading, language, bool(history), ranked)
        if named:
            return self._with_named(question, reading, named, ambiguous, history)
        shown = self._shown(history, language)
        other = clearly(ranked) if len(terms(question)) > _SHORT and reading.ordinal is None else None
        if shown and self._refers(question, reading, shown) and (other is None or other in shown):
            return self._with_shown(question, reading, shown, history)
        page = self._page_product(conversation, language)
        if page is not None and (reading.deictic or (reading.fields and not reading.listing)):
            return Whole(question, reading, (page,))
        by_kind = self._by_kind(question, reading, language, ranked)
        if by_kind is not None:
            return by_kind
        previous = _last_question(history)
        if previous and _hangs(question, reading):
            reading = dataclasses.replace(reading, shipping=reading.shipping or read(previous).shipping)
            return Whole(f"{previous} {question}", reading, fragment=question)
        return self._by_meaning(question, reading, ranked)

    def _by_meaning(self, question: str, reading: Reading, ranked: Sequence[Ranked]) -> Whole:
        """What no word names may still be meant: "the thing against squirrels" is the squirrel-proof feeder."""
        if reading.browse or reading.superlative or reading.exists or owned(question):
            return Whole(question, reading)
        meant, ambiguous = about(ranked) if not reading.listing else ((), False)
        if len(meant) > 1:
            kept, strange = narrowed(question, meant)
            meant = () if strange else tuple(kept)
        if meant and not reading.shipping:
            certainty = ranked[0].score
            return Whole(question, reading, meant[:_FEW], ambiguous=ambiguous and len(meant) > 1, faint=True, certainty=certainty)
        faint = clearly(ranked) if reading.listing else faintly(ranked)
        return Whole(question, reading, (faint,), faint=True, certainty=ranked[0].score) if faint is not None else Whole(question, reading)

    def _taken_up(self, previous: str, history: Sequence[Message], language: str) -> Whole:
        """ "Yes" to "do you mean the …?" asks the question before again, of what the assistant named."""
        replies = [message for message in history if message.speaker == "assistant"][-1:]
        shown = self._shown(replies, language)
        return Whole(previous, read(previous, language), tuple(shown[:1]), named=bool(shown))

    def _meant(
        self, question: str, reading: Reading, language: str, talking: bool, ranked: Sequence[Ranked]
    ) -> tuple[tuple[Product, ...], bool]:
        """The products the message names, unless their words only describe ("something warm for winter", "is it waterproof")."""
        named, ambiguous = self._named(question, language, () if reading.listing else ranked)
        if len(named) == 1 and not reading.listing and not reading.compare and not titled(question, named[0]):
            named = tuple(with_rival(named, ranked))
            ambiguous = ambiguous or len(named) > 1
        if reading.superlative and not any(titled(question, product) for product in named):
            return (), False  # "the cheapest cat toy" is looked for among all of them
        if reading.compare and len(both := self._each_side(question, language)) >= 2:
            return tuple(both), False
        said = any(kind_said(question, product) for product in named)
        if named and not said and about_shop(question):  # "which town is your shop in" is about no "town bike"
            return (), False
        wish = reading.listing and (not said or ("sale" in reading.fields and len(named) != 1))
        describes = talking and not said and _POINTING.search(normalise(question)) is not None
        return ((), False) if wish or describes else (named, ambiguous)

    def _each_side(self, question: str, language: str) -> list[Product]:
        """The product that each side of a comparison names."""
        products = self._knowledge.products(language)
        found: list[Product] = []
        for side in sides(question):
            ranked = [one for one in self._focus.ranked(side, language) if one.product not in found]
            named = [match.product for match in self._knowledge.named_products(side, language) if match.score >= _NAMED_ENOUGH]
            named = [product for product in plausible(named, ranked) if product not in found]
            if not named and language == "zh":
                named = kinds_named(side, products) or han_names(side, products)
            kept, strange = narrowed(side, named or loosely(side, products))
            kept = kept if len(kept) == 1 or named else []
            if kept and not strange and kept[0] not in found:
                found.append(kept[0])
        rest = [one for one in self._focus.ranked(question, language) if one.product not in found]
        return found if len(found) != 1 or (sure := clearly(rest)) is None else [*found, sure]

    def _by_kind(self, question: str, reading: Reading, language: str, ranked: Sequence[Ranked]) -> Whole | None:
        """ "The kettle" where there is one, or a few."""
        if reading.browse or reading.superlative or reading.shipping or owned(question):
            return None
        kinds, strange = narrowed(question, self._kinds(question, reading, language, ranked))
        if (
            strange
            or len(kinds) > _FEW
            or not kinds
            or (reading.listing and "sale" in reading.fields)
            or (reading.listing and len(kinds) > 1 and not reading.fields)
        ):
            return None
        if len(kinds) == 1 and (not reading.listing or reading.fields or reading.language == "zh"):
            return Whole(question, reading, tuple(kinds), named=True)
        asks = bool(reading.fields) and not reading.listing
        return Whole(question, reading, tuple(kinds), ambiguous=not reading.compare, named=True) if asks or reading.compare else None

    def _kinds(self, question: str, reading: Reading, language: str, ranked: Sequence[Ranked]) -> list[Product]:
        kinds = kinds_named(question, self._knowledge.products(language))
        return kinds if reading.listing or reading.compare else plausible(kinds, ranked)

    def _named(self, text: str, language: str, ranked: Sequence[Ranked] = ()) -> tuple[tuple[Product, ...], bool]:
        matches = [match for match in self._knowledge.named_products(text, language) if match.score >= _NAMED_ENOUGH]
        fitting = plausible([match.product for match in matches], ranked)
        matches = [match for match in matches if match.exact or (match.product in fitting and not set(match.words) <= _CALENDAR)]
        kept, strange = narrowed(text, [match.product for match in matches])
        matches = [match for match in matches if match.exact or match.product in kept]
        if not matches or strange:
            return (), False
        groups: dict[tuple[str, ...], list[Product]] = {}
        for match in matches:
            groups.setdefault(tuple(sorted(match.words)), []).append(match.product)
        firsts = tuple(group[0] for group in groups.values() if len(group) == 1)
        if len(firsts) == len(groups):
            return firsts, False
        return tuple(match.product for match in matches), len(groups) == 1 or not firsts

    def _with_named(
        self, question: str, reading: Reading, named: tuple[Product, ...], ambiguous: bool, history: Sequence[Message]
    ) -> Whole:
        """ "What about the kettle?" asks of the kettle what was asked before. What the title says asks for nothing ("Repair Kit")."""
        reading = read(without_titles(question, named), reading.language)
        previous = _last_question(history)
        if previous and not reading.fields and not reading.compare:
            before = read(previous)
            rest = set(terms(question)) - set(terms(" ".join(product.title for product in named)))
            if not rest and (reading.ellipsis or before.fields or before.shipping):
                question = f"{_without_titles(previous, self._titles(previous))} {question}"
                reading = dataclasses.replace(reading, fields=before.fields, shipping=before.shipping)
        return Whole(question, reading, named, ambiguous, named=True)

    def _titles(self, text: str) -> list[str]:
        return [match.product.title for match in self._knowledge.named_products(text, "")]

    def _with_shown(self, question: str, reading: Reading, shown: list[Product], history: Sequence[Message]) -> Whole:
        chosen = tuple(shown)
        question = with_neighbour(question, shown[0], _last_question(history) or "")
        question = carried(question, shown[0], _last_question(history) or "") if reading.ellipsis or reading.deictic else question
        if reading.ordinal is not None:
            listed = next((found for found in self._lists_shown(history, reading.language) if len(found) > max(reading.ordinal, 0)), None)
            if listed is None:
                return Whole(question, reading, tuple(shown), ambiguous=len(shown) > 1)
            chosen = (listed[reading.ordinal],)
        elif not reading.compare:
            chosen = chosen[:1]
        only_options = set(reading.fields) <= {"size", "colour", "options"}
        rest = (
            set(terms(question)) - {word for _, value in asked_options(question, chosen[0]).wanted for word in terms(value)} - _SIZE_WORDS
        )
        if (
            only_options
            and len(rest) <= 1
            and not attribute_named(question, chosen[0])
            and asked_options(question, chosen[0]) != asked_options("", chosen[0])
        ):
            before = read(_last_question(history) or "")
            reading = dataclasses.replace(reading, fields=before.fields if before.fields[:1] == ("price",) else ("stock",))
        elif not reading.fields and reading.ordinal is not None and not set(terms(question)) - _ORDINAL_WORDS:
            previous = _last_question(history) or ""
            before = read(previous)
            if before.fields or before.listing or before.superlative or not previous:
                reading = dataclasses.replace(reading, fields=before.fields if before.fields and not before.listing else ("describe",))
            else:  # "and the second one?" asks of it what was asked of the first
                question = f"{_without_titles(previous, self._titles(previous))} {question}"
        return Whole(question, reading, chosen)

    def _refers(self, question: str, reading: Reading, shown: Sequence[Product]) -> bool:
        """Whether the message leans on what was shown: a pronoun, an ordinal, an option of it, a bare "how much?"."""
        if reading.ordinal is not None or reading.cheaper or (reading.similar and reading.deictic):
            return True
        short = len(terms(question)) <= _SHORT
        option = asked_options(question, shown[0]) != asked_options("", shown[0])
        bare = len(terms(question)) <= 2 and not reading.social and not reading.shipping and not reading.superlative
        short_chinese = reading.language == "zh" and len(question) <= _FEW
        if bare and (short_chinese or not self._shelf.find(question, reading.language, Filters()).named):
            return True
        if short and option and not reading.superlative:
            return True
        if reading.browse or reading.superlative or (reading.listing and not reading.deictic and not reading.ellipsis):
            return False
        if reading.deictic:
            return True
        return short and (reading.compare or bool(reading.fields) or (reading.ellipsis and not reading.shipping))

    def _shown(self, history: Sequence[Message], language: str) -> list[Product]:
        """The products that the conversation is about: sources of the last reply that had any, else titles in the text."""
        return next(self._lists_shown(history, language), [])

    def _lists_shown(self, history: Sequence[Message], language: str) -> Iterator[list[Product]]:
        """The products of each message that had any, the newest message first."""
        for message in reversed(history[-6:]):
            ids = [item.id.removeprefix("product:").split("@")[0] for item in message.sources if item.kind == "product"]
            found = [product for id_ in ids if (product := self._knowledge.product(id_, language)) is not None]
            if products := found or self._mentioned(message, language):
                yield products

    def _mentioned(self, message: Message, language: str) -> list[Product]:
        """Products whose whole title stands in the text, in its order, then those it names beyond doubt."""
        text = message.text
        plain = normalise(text)
        places: dict[str, tuple[int, Product]] = {}
        for product in sorted(self._knowledge.products(language), key=lambda product: -len(product.title)):
            place = plain.find(normalise(product.title))
            if place >= 0:
                plain = plain.replace(normalise(product.title), "¤" * len(product.title))
                places[product.id] = (place, product)
        whole = [product for _, product in sorted(places.values(), key=lambda pair: pair[0])]
        named, ambiguous = self._named(text, language)
        if not named and not whole and language == "zh":
            named = tuple(kinds_named(text, self._knowledge.products(language)))
            ambiguous = len(named) > 1
        return whole if ambiguous else [*whole, *(product for product in named if product not in whole)]

    def _page_product(self, conversation: Conversation, language: str) -> Product | None:
        page = conversation.page
        return self._knowledge.product(page.product_id, language) if page is not None and page.product_id else None


def _last_question(history: Sequence[Message]) -> str | None:
    return next((message.text for message in reversed(history) if message.speaker == "shopper"), None)


def _hangs(question: str, reading: Reading) -> bool:
    """Whether the message is a fragment that needs the question before it."""
    content = terms(question)
    if reading.social or reading.person:
        return False
    return (
        (reading.ellipsis and len(content) <= _SHORT)
        or (reading.deictic and len(content) <= 3)
        or (len(content) <= 1 and len(question) <= 40)
    )


def _without_titles(text: str, titles: Sequence[str]) -> str:
    for title in titles:
        for word in title.split():
            text = text.replace(word, " ").replace(word.lower(), " ")
    return " ".join(text.split())
