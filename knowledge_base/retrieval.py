"""One question through the lanes: exact, keywords and dense, fused, with filters and the products that satisfy them.

Works on one Shelf and one state of its goods, so a rebuild or a price update in the middle changes nothing. Passages come in the
question's language where a document has it; where it has not, the cross-lingual encoder compares. Nothing here raises on odd input.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from knowledge_base import keywords
from knowledge_base.catalog import Availability, Filters, Hit, Kind, Language, Product
from knowledge_base.encoders import Vectors
from knowledge_base.filters import parse_filters, satisfies
from knowledge_base.fusion import EXACT_FLOOR, Evidence, calibration_of, coverage, fuse, logit
from knowledge_base.languages import detect_language
from knowledge_base.names import NameMatch
from knowledge_base.shelf import Goods, Shelf

_LONGEST_QUERY = 1000  # characters; more than that is not a question
_LANE_DEPTH = 40
_LANE_SHOWN = 10
_PER_DOCUMENT = 2
_MOST_PRODUCTS = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `filters` None means "read them from the text"."""

    text: str
    language: Language = ""
    kinds: tuple[Kind, ...] = ()
    limit: int = 6
    filters: Filters | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`hits` are fused, best first; `lanes` hold each lane's own order; `products` are all that satisfy the filters, in stock first
    (without filters: the products of the hits); `language` is the one the question was taken to be in."""

    hits: tuple[Hit, ...]
    filters: Filters
    language: Language
    lanes: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    products: tuple[Product, ...] = ()
    milliseconds: dict[str, float] = field(default_factory=dict)


class _Search:
    """What is found out about one text in one state of the goods. Kept for the next questions about the same text: a turn asks for
    products, for passages and for both, and what a passage scores does not depend on which kind is asked for."""

    def __init__(self, shelf: Shelf, text: str, language: Language) -> None:
        self.shelf = shelf
        self.goods: Goods = shelf.goods
        self.text = text
        self.language = language
        self.scope = shelf.scope(language)
        self._vectors: dict[str, Vectors] = {}
        self._near: dict[str, list[tuple[int, float]]] = {}
        self._cosines: dict[int, float] = {}
        self._scores: dict[int, float] = {}

    @cached_property
    def names(self) -> dict[str, NameMatch]:
        return {match.product_id: match for match in self.shelf.names.find(self.text)}

    @cached_property
    def terms(self) -> list[str]:
        return keywords.terms(self.text)

    @cached_property
    def by_words(self) -> list[tuple[int, float]]:
        return self.shelf.keywords.search(self.terms, 4 * _LANE_DEPTH)

    @cached_property
    def _weights(self) -> dict[str, float]:
        return self.shelf.keywords.weights(self.terms)

    def vector(self, passages_in: str) -> Vectors:
        encoder = self.shelf.lane_for(passages_in, self.language).encoder
        if encoder.name not in self._vectors:
            self._vectors[encoder.name] = encoder.encode([self.text], role="query")[0]
        return self._vectors[encoder.name]

    def near(self, passages_in: str) -> list[tuple[int, float]]:
        """The nearest passages of a language with their cosines."""
        if passages_in not in self._near:
            index = self.shelf.lane_for(passages_in, self.language).index
            self._near[passages_in] = index.search(self.vector(passages_in), 10 * _LANE_DEPTH)
        return self._near[passages_in]

    def dense(self, kinds: tuple[Kind, ...], admits: Callable[[int], bool]) -> dict[int, float]:
        """Cosines of the nearest passages, over all languages that the scope has; another one needs no encoder."""
        found: dict[int, float] = {}
        spoken = self.shelf.spoken(self.language, kinds)
        for passages_in in (lane for lane in self.shelf.lanes if lane in spoken):
            found.update([pair for pair in self.near(passages_in) if admits(pair[0])][:_LANE_DEPTH])
        return found

    def cosines(self, numbers: Sequence[int]) -> dict[int, float]:
        """Cosines of passages that other lanes found."""
        missing = [number for number in numbers if number not in self._cosines]
        for passages_in in self.shelf.lanes:
            members = [number for number in missing if self.goods.passages[number].language == passages_in]
            if members:
                self._cosines.update(self.shelf.lane_for(passages_in, self.language).index.cosines(self.vector(passages_in), members))
        return {number: self._cosines[number] for number in numbers if number in self._cosines}

    def fused(self, cosines: Mapping[int, float]) -> dict[int, float]:
        missing = [number for number in cosines if number not in self._scores]
        contents = self.shelf.keywords.contents(missing) if missing else {}
        for number in missing:
            self._scores[number] = self._fuse(number, cosines[number], self._weights, contents, self.names)
        return {number: self._scores[number] for number in cosines}

    def _fuse(
        self,
        number: int,
        cosine: float,
        weights: Mapping[str, float],
        contents: Mapping[int, tuple[frozenset[str], frozenset[str]]],
        names: Mapping[str, NameMatch],
    ) -> float:
        passage = self.goods.passages[number]
        heading, body = contents.get(number, (frozenset(), frozenset()))
        product = self.goods.documents[passage.document_id].product
        name = names.get(product.id) if product else None
        evidence = Evidence(
            cosine=cosine,
            coverage=coverage(weights, heading | body),
            heading_coverage=coverage(weights, heading),
            exact=name is not None and name.exact,
            named=name.score if name is not None else 0.0,
        )
        encoder = self.shelf.lane_for(passage.language, self.language).encoder
        return fuse(evidence, calibration_of(encoder.name, self.language, passage.language))

    def hit(self, number: int, score: float, lanes: Mapping[str, Mapping[int, float]]) -> Hit:
        passage = self.goods.passages[number]
        found_by = {lane: round(scores[number], 4) for lane, scores in lanes.items() if number in scores}
        return Hit(passage, round(score, 4), found_by, self.goods.documents[passage.document_id].product)


def answer(shelf: Shelf, question: Question) -> SearchResult:
    """The search; an empty question finds nothing."""
    text = question.text[:_LONGEST_QUERY].replace("\x00", " ").strip()
    language = question.language or detect_language(text, shelf.records.first_language)
    if not text:
        return SearchResult((), question.filters or Filters(), language)
    search = _search_of(shelf, text, language)
    milliseconds: dict[str, float] = {}

    def admits(number: int) -> bool:
        return number in search.scope and (not question.kinds or search.goods.passages[number].kind in question.kinds)

    with _timed(milliseconds, "exact"):
        names = search.names
        coded = shelf.product_passages([match.product_id for match in names.values() if match.exact], language)
        exact = {number: 1.0 for number in coded if admits(number)}
    with _timed(milliseconds, "keywords"):
        by_words = {number: score for number, score in search.by_words if admits(number)}
    with _timed(milliseconds, "dense"):
        dense = search.dense(question.kinds, admits)
    with _timed(milliseconds, "fusion"):
        named = [number for number in shelf.product_passages(names, language) if admits(number)]
        cosines = search.cosines(list({**dense, **dict(list(by_words.items())[:_LANE_DEPTH]), **exact, **dict.fromkeys(named, 0.0)}))
        scores = search.fused(cosines)
    lanes = {"exact": exact, "keywords": by_words, "dense": dense}
    with _timed(milliseconds, "filters"):
        filters = question.filters if question.filters is not None else _read_filters(search, names)
        products = _satisfying(search, filters) if filters else []
        order = _filtered(search, _ordered(scores, by_words), filters, products, names)
    hits = tuple(search.hit(number, scores[number], lanes) for number in _few_per_document(search, order)[: question.limit])
    shown = {lane: tuple(search.hit(n, scores.get(n, 0.0), lanes) for n in list(found)[:_LANE_SHOWN]) for lane, found in lanes.items()}
    if not filters:
        products = list({hit.product.id: hit.product for hit in hits if hit.product}.values())
    return SearchResult(hits, filters, search.language, shown, tuple(products[:_MOST_PRODUCTS]), milliseconds)


def _search_of(shelf: Shelf, text: str, language: Language) -> _Search:
    """The search of this text, the one before where the goods are still the same."""
    kept = shelf.searches.get((text, language))
    if not isinstance(kept, _Search) or kept.goods is not shelf.goods:
        kept = _Search(shelf, text, language)
        shelf.keep_search((text, language), kept)
    return kept


@contextmanager
def _timed(milliseconds: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        milliseconds[stage] = round((time.perf_counter() - started) * 1000, 2)


def _read_filters(search: _Search, names: Mapping[str, NameMatch]) -> Filters:
    """Conditions from the text. Where it names a product, its words are the name and a question after its stock is no condition;
    with a price limit it asks for a list all the same."""
    filters = parse_filters(search.text, search.language, search.shelf.vocabulary)
    if not names or filters.min_price is not None or filters.max_price is not None:
        return filters
    return replace(filters, category=None, brand=None, in_stock=None, on_sale=None, options=_beyond_titles(search, filters, names))


def _beyond_titles(search: _Search, filters: Filters, names: Mapping[str, NameMatch]) -> tuple[tuple[str, str], ...]:
    titles = " ".join(product.title for (name, _), product in search.goods.products.items() if name in names)
    folded = keywords.fold(titles)
    return tuple((name, value) for name, value in filters.options if value not in folded)


def _satisfying(search: _Search, filters: Filters) -> list[Product]:
    """All products of the catalogue that satisfy the filters, those in stock first, then by relevance."""
    found = [product for product in search.shelf.products(search.language) if satisfies(product, filters)]
    numbers = search.shelf.product_passages((product.id for product in found), search.language)
    cosines = search.cosines(numbers)
    relevance: dict[str, float] = {}
    for number in numbers:
        product = search.goods.documents[search.goods.passages[number].document_id].product
        if product is not None:
            relevance[product.id] = max(relevance.get(product.id, -1.0), cosines.get(number, -1.0))
    return sorted(found, key=lambda product: (not _to_be_had(product), -relevance.get(product.id, -1.0)))


def _to_be_had(product: Product) -> bool:
    return any(variant.availability is not Availability.out_of_stock for variant in product.variants)


def _ordered(scores: Mapping[int, float], by_words: Mapping[int, float]) -> list[int]:
    """Passages, best first: the score says whether one is about the question, and among many that are, the one whose words weigh most
    comes first. What is found exactly stays in front."""
    top = max(by_words.values(), default=0.0)
    words = {number: score / top for number, score in by_words.items()} if top > 0 else {}
    return sorted(scores, key=lambda number: (scores[number] < EXACT_FLOOR, -logit(scores[number]) - words.get(number, 0.0)))


def _filtered(
    search: _Search, order: Sequence[int], filters: Filters, products: Sequence[Product], names: Mapping[str, NameMatch]
) -> list[int]:
    """The order without products beyond a stated price, stock or sale condition, unless the text names them or nothing satisfies."""
    firm = filters.min_price is not None or filters.max_price is not None or filters.in_stock is not None or filters.on_sale is not None
    if not firm or not products:
        return list(order)
    kept = {product.id for product in products} | set(names)
    owners = {number: search.goods.documents[search.goods.passages[number].document_id].product for number in order}
    return [number for number in order if (owner := owners[number]) is None or owner.id in kept]


def _few_per_document(search: _Search, order: Sequence[int]) -> list[int]:
    """At most two passages of one document, so that a long policy does not crowd out the rest."""
    counts: dict[str, int] = {}
    kept = []
    for number in order:
        document_id = search.goods.passages[number].document_id
        counts[document_id] = counts.get(document_id, 0) + 1
        if counts[document_id] <= _PER_DOCUMENT:
            kept.append(number)
    return kept
