"""KnowledgeBase: what the shop knows, asked in plain words.

Opens the version that serves, follows a rebuild (`reload_if_changed`) and live offers (`update_offers`), and answers from any number of
threads: each question works on one consistent shelf. The search itself is in retrieval.py; encoders, files and names have their own
homes. Owns the version and the offer book it opened; `close` gives them back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base import versions
from knowledge_base.catalog import Availability, Document, Filters, Kind, Language, Passage, Problem, Product, ShopProfile
from knowledge_base.encoders import CROSS_LINGUAL, Encoders, Role, Vectors, default_encoders
from knowledge_base.errors import IndexUnusable
from knowledge_base.kept_vectors import KeptVectors
from knowledge_base.offers import OfferBook, OfferUpdate, key_of
from knowledge_base.retrieval import Question, SearchResult, answer
from knowledge_base.shelf import Shelf

__all__ = ["KnowledgeBase", "OfferUpdate", "ProductMatch", "SearchResult"]


@dataclass(frozen=True, slots=True)
class ProductMatch:
    """A product that a text names. `score` 0..1; `words` are the words that named it; `exact` for a code or a full title."""

    product: Product
    score: float
    words: tuple[str, ...]
    exact: bool


class KnowledgeBase:
    """One shop's index, open for reading and for live offers. Made by `open`."""

    def __init__(self, index_folder: Path, encoders: Encoders) -> None:
        self._folder = index_folder
        self._encoders = encoders
        self._closed = False
        self._kept = KeptVectors(index_folder)
        self._changing = threading.Lock()
        version = versions.open_current(index_folder)
        try:
            self._book = OfferBook(index_folder)
        except BaseException:
            version.close()
            raise
        try:
            self._shelf = Shelf(version, encoders, self._book.offers())
            self._shelf.prepare()
        except BaseException:
            self._book.close()
            version.close()
            raise

    @classmethod
    def open(cls, index_folder: Path, encoders: Encoders | None = None) -> KnowledgeBase:
        """Open the index. Raises IndexUnusable, with the remedy, when it is missing, damaged or made by other encoders."""
        return cls(index_folder, encoders or default_encoders())

    @property
    def profile(self) -> ShopProfile:
        return self._shelf.records.profile

    @property
    def version(self) -> str:
        return self._shelf.version.manifest.version

    @property
    def manifest(self) -> versions.Manifest:
        return self._shelf.version.manifest

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the build could not use."""
        return self._shelf.records.problems

    @property
    def languages(self) -> tuple[Language, ...]:
        """Languages of the content, most frequent first."""
        return self._shelf.records.languages

    def search(
        self, query: str, *, language: Language = "", kinds: Sequence[Kind] = (), limit: int = 6, filters: Filters | None = None
    ) -> SearchResult:
        """Passages about `query`, best first. `filters` None reads them from the query, `Filters()` switches them off."""
        while not (shelf := self._shelf).borrow():
            if self._closed:
                raise IndexUnusable(f"{self._folder}: this knowledge base was closed")
        try:
            return answer(shelf, Question(query, language, tuple(kinds), limit, filters))
        finally:
            shelf.give_back()

    def products(self, language: Language = "") -> tuple[Product, ...]:
        """All products in the shop's order, with live prices and stock; in `language` where there is such a record."""
        shelf = self._shelf
        return tuple(shelf.products(language or shelf.records.first_language))

    def product(self, product_id: str, language: Language = "") -> Product | None:
        """One product; its record in another language where this one is missing."""
        shelf = self._shelf
        products = shelf.goods.products
        wanted = language or shelf.records.first_language
        found = products.get((product_id, wanted))
        others = (products.get((product_id, other)) for other in shelf.records.languages)
        return found or next((product for product in others if product), None)

    def document(self, document_id: str) -> Document | None:
        return self._shelf.goods.documents.get(document_id)

    def passages(self, document_id: str) -> tuple[Passage, ...]:
        """The passages of a document in reading order; empty for an unknown id."""
        shelf = self._shelf
        goods = shelf.goods
        return tuple(goods.passages[number] for number in shelf.numbers.get(document_id, ()))

    def all_passages(self) -> tuple[Passage, ...]:
        """Every passage of the serving version, in every language."""
        shelf = self._shelf
        goods = shelf.goods
        return tuple(goods.passages[number] for numbers in shelf.numbers.values() for number in numbers)

    def named_products(self, text: str, language: Language = "") -> list[ProductMatch]:
        """Products the text names, best first; [] where only generic words match, several with equal scores where it is ambiguous."""
        matches = self._shelf.names.find(text)
        found = [(self.product(match.product_id, language), match) for match in matches]
        return [ProductMatch(product, match.score, match.words, match.exact) for product, match in found if product]

    def similar(self, product_id: str, *, limit: int = 4, language: Language = "") -> list[Product]:
        """Products whose description is nearest, those in stock first."""
        shelf = self._shelf
        spoken = language or shelf.records.first_language
        numbers = shelf.product_passages([product_id], spoken)
        if not numbers:
            return []
        lane = shelf.lanes[shelf.records.passages[numbers[0]].language]
        near = lane.index.search(lane.index.vectors_of(numbers[0])[0], 10 * limit + 20)
        documents = [shelf.goods.documents[shelf.records.passages[number].document_id] for number, _ in near]
        ids = dict.fromkeys(document.product.id for document in documents if document.product and document.product.id != product_id)
        found = [product for product in (self.product(name, spoken) for name in ids) if product][: 2 * limit]
        return sorted(found, key=lambda product: not in_stock(product))[:limit]

    def product_vectors(self, language: Language = "") -> tuple[tuple[Product, ...], Vectors]:
        """All products, as `products` gives them, and the vector of each one's whole text (products x dimension, unit rows).

        Where their records are in several languages, all vectors are those of the cross-lingual encoder."""
        shelf = self._shelf
        products = tuple(shelf.products(language or shelf.records.first_language))
        spoken = {product.language for product in products}
        lanes = shelf.lanes if len(spoken) == 1 else shelf.crossing
        documents = {(d.product.id, d.product.language): d.id for d in shelf.records.documents if d.product}
        rows = [
            lanes[product.language].index.vectors_of(shelf.numbers[documents[product.id, product.language]][0])[0] for product in products
        ]
        return products, np.stack(rows) if rows else np.zeros((0, 1), dtype=np.float32)

    def encode(self, texts: Sequence[str], language: Language, role: Role) -> Vectors:
        """Unit vectors, one row per text, by the encoder of a language; language "" is the cross-lingual one."""
        encoder = self._encoders(language or CROSS_LINGUAL)
        return encoder.encode(texts, role=role) if texts else np.zeros((0, encoder.dimension), dtype=np.float32)

    def passage_vectors(self, texts: Sequence[str], language: Language) -> Vectors:
        """The same for texts of the shop, which are kept beside the index from one start to the next (see `keep_vectors`)."""
        return self._kept.vectors(texts, self._encoders(language or CROSS_LINGUAL))

    def keep_vectors(self) -> None:
        """Write down the vectors of the shop's texts that are new. `close` does it too."""
        self._kept.save()

    def update_offers(self, updates: Iterable[OfferUpdate]) -> int:
        """Store new prices and stock and serve them at once, in every language; how many updates named a known variant."""
        with self._changing:
            known = self._variant_keys()
            useful = [update for update in updates if key_of(update.sku) in known]
            self._book.record(useful)
            self._shelf.lay_over(self._book.offers())
        return len(useful)

    def _variant_keys(self) -> set[str]:
        variants = (variant for product in self._shelf.goods.products.values() for variant in product.variants)
        return {key_of(code) for variant in variants for code in (variant.sku, variant.id) if code}

    def reload_if_changed(self) -> bool:
        """Follow a build or an offer update of another process. An unusable new version raises and leaves the old one serving."""
        with self._changing:
            name = versions.current_name(self._folder)
            if name and name != self.version:
                fresh = versions.open_current(self._folder)
                try:
                    shelf = Shelf(fresh, self._encoders, self._book.offers())
                    shelf.prepare()
                except IndexUnusable:
                    fresh.close()
                    raise
                self._shelf, old = shelf, self._shelf
                old.retire()
                return True
            if self._book.changed_elsewhere():
                self._shelf.lay_over(self._book.offers())
                return True
        return False

    def close(self) -> None:
        """Give back files and locks; a second call does nothing."""
        if not self._closed:
            self._kept.save()
        self._closed = True
        self._book.close()
        self._shelf.retire()


def in_stock(product: Product) -> bool:
    """Whether any variant can be bought now; a shop that states no stock sells what it lists."""
    return any(variant.availability in (Availability.in_stock, Availability.unknown) for variant in product.variants)
