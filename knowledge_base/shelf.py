"""One version of the index in memory, with the live offers laid over it: what a search works on.

A Shelf never changes but for `goods`, which is replaced whole when offers change; a reader that took it once sees one consistent state.
Invariant: an index is opened only with the encoders it was built with.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from knowledge_base import records, versions
from knowledge_base.catalog import Document, Kind, Passage, Product
from knowledge_base.encoders import CROSS_LINGUAL, Encoder, Encoders
from knowledge_base.errors import IndexUnusable
from knowledge_base.lookup import Lookup
from knowledge_base.names import NameIndex
from knowledge_base.offers import Offer, apply_offers
from knowledge_base.passages import base_id, passages_of
from knowledge_base.records import Records
from knowledge_base.vectors import VectorIndex
from knowledge_base.vocabulary import Vocabulary, vocabulary_of

_SEARCHES = 48


@dataclass(frozen=True, slots=True)
class Goods:
    """Documents, passages and products as they are now. `passages[n]` is the passage with number n."""

    documents: Mapping[str, Document]
    passages: Sequence[Passage]
    products: Mapping[tuple[str, str], Product]  # (product id, language), in the shop's order


@dataclass(frozen=True, slots=True)
class Lane:
    """The vectors of one language and the encoder that made them."""

    encoder: Encoder
    index: VectorIndex


class Shelf:
    """Opens `version`; raises IndexUnusable when it was built with other encoders or another analyser."""

    def __init__(self, version: versions.Version, encoders: Encoders, offers: Mapping[str, Offer]) -> None:
        self.version = version
        self._readers_lock = threading.Lock()
        self._readers, self._retired, self._closed = 0, False, False
        self._lookup = Lookup(version)
        try:
            self.records: Records = records.read(self._lookup.connection, self._lookup.fresh)
            self.lanes, self.crossing = self._open_lanes(encoders)
        except BaseException:
            self._lookup.close()
            raise
        self.keywords = self._lookup.keywords
        self.numbers: dict[str, list[int]] = {}
        for number, passage in enumerate(self.records.passages):
            if number in self.records.gone:
                continue
            self.numbers.setdefault(passage.document_id, []).append(number)
        self._scopes: dict[str, frozenset[int]] = {}
        self._spoken: dict[tuple[str, tuple[Kind, ...]], frozenset[str]] = {}
        self.searches: dict[tuple[str, str], object] = {}  # what was found out about the last texts; retrieval.py knows what it is
        self.goods = self._lay_over(offers)

    def borrow(self) -> bool:
        """Keep the files open for one reader; False when they are closed already."""
        with self._readers_lock:
            if self._closed:
                return False
            self._readers += 1
            return True

    def give_back(self) -> None:
        with self._readers_lock:
            self._readers -= 1
            self._close_if_unused()

    def retire(self) -> None:
        """Close as soon as the last reader is done; a second call does nothing."""
        with self._readers_lock:
            self._retired = True
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._retired and not self._readers and not self._closed:
            self._closed = True
            self._lookup.close()
            self.version.close()

    def _open_lanes(self, encoders: Encoders) -> tuple[dict[str, Lane], dict[str, Lane]]:
        """The lane of each language, and the cross-lingual lane of each language."""
        own: dict[str, Lane] = {}
        crossing: dict[str, Lane] = {}
        for entry in self.version.manifest.vectors:
            matching = [encoder for encoder in (encoders(entry.language), encoders(CROSS_LINGUAL)) if encoder.name == entry.encoder]
            if not matching:
                wanted = encoders(entry.language).name
                raise IndexUnusable(f"{entry.file} was made with encoder {entry.encoder}, this program uses {wanted}; {versions.REMEDY}")
            encoder = matching[0]
            if (encoder.dimension, encoder.fingerprint) != (entry.dimension, entry.fingerprint):
                raise IndexUnusable(f"{entry.file} was made with other weights of {entry.encoder} than are here; {versions.REMEDY}")
            lane = Lane(encoder, self._lookup.vectors(entry))
            if encoder.name == encoders(entry.language).name:
                own[entry.language] = lane
            if encoder.name == encoders(CROSS_LINGUAL).name:
                crossing[entry.language] = lane
        self._require_lanes(own, crossing, encoders)
        return own, crossing

    def _require_lanes(self, own: Mapping[str, Lane], crossing: Mapping[str, Lane], encoders: Encoders) -> None:
        for language in self.records.languages:
            for lanes, encoder in ((own, encoders(language)), (crossing, encoders(CROSS_LINGUAL))):
                if language not in lanes:
                    raise IndexUnusable(f"the index has no vectors of {encoder.name} for language {language}; {versions.REMEDY}")

    def lay_over(self, offers: Mapping[str, Offer]) -> None:
        self.goods = self._lay_over(offers)

    def _lay_over(self, offers: Mapping[str, Offer]) -> Goods:
        documents = {document.id: self._current(document, offers) for document in self.records.documents}
        passages = list(self.records.passages)
        for document in self.records.documents:
            now = documents[document.id]
            if now is not document:
                for number, passage in zip(self.numbers[document.id], passages_of(now), strict=True):
                    passages[number] = passage
        products = {(d.product.id, d.product.language): d.product for d in documents.values() if d.product}
        return Goods(documents, passages, products)

    def _current(self, document: Document, offers: Mapping[str, Offer]) -> Document:
        if document.product is None or not offers:
            return document
        as_of = self.records.as_of.get(document.id, 0.0)
        product = apply_offers(document.product, offers, as_of=as_of, currency=self.records.profile.currency)
        return document if product is document.product else replace(document, product=product)

    def scope(self, language: str) -> frozenset[int]:
        """The passages a question in `language` may find: of each document its version in that language, else in the shop's first."""
        if language not in self._scopes:
            chosen: dict[str, Document] = {}
            for document in self.records.documents:
                base = base_id(document.id)
                if base not in chosen or self._preference(document, language) < self._preference(chosen[base], language):
                    chosen[base] = document
            self._scopes[language] = frozenset(number for document in chosen.values() for number in self.numbers[document.id])
        return self._scopes[language]

    def spoken(self, language: str, kinds: tuple[Kind, ...] = ()) -> frozenset[str]:
        """The languages of the passages of these kinds (all when empty) that a question in `language` may find."""
        if (language, kinds) not in self._spoken:
            found = (self.records.passages[number] for number in self.scope(language))
            self._spoken[language, kinds] = frozenset(passage.language for passage in found if not kinds or passage.kind in kinds)
        return self._spoken[language, kinds]

    def _preference(self, document: Document, language: str) -> int:
        return 0 if document.language == language else 1 if document.language == self.records.first_language else 2

    def keep_search(self, asked: tuple[str, str], search: object) -> None:
        """Keep what was found out about a text, and forget the oldest."""
        with self._readers_lock:
            self.searches.pop(asked, None)
            self.searches[asked] = search
            while len(self.searches) > _SEARCHES:
                del self.searches[next(iter(self.searches))]

    def lane_for(self, passages_in: str, question_in: str) -> Lane:
        """The language's own encoder for a question in the same language, the cross-lingual one for any other."""
        return self.lanes[passages_in] if passages_in == question_in else self.crossing[passages_in]

    def products(self, language: str) -> list[Product]:
        """Every product once, in `language` where there is such a record."""
        chosen: dict[str, Product] = {}
        for (product_id, own_language), product in self.goods.products.items():
            if product_id not in chosen or own_language == language:
                chosen[product_id] = product
        return list(chosen.values())

    def product_passages(self, product_ids: Iterable[str], language: str) -> list[int]:
        """Numbers of the passages about these products within the scope of a language."""
        scope, owned = self.scope(language), self._owned
        places = sorted(place for product_id in set(product_ids) for place in owned.get(product_id, ()))
        return [number for place in places for number in self.numbers[self.records.documents[place].id] if number in scope]

    @cached_property
    def _owned(self) -> dict[str, list[int]]:
        """Where among the documents those about each product stand."""
        found: dict[str, list[int]] = {}
        for place, document in enumerate(self.records.documents):
            if document.product:
                found.setdefault(document.product.id, []).append(place)
        return found

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(list(self.goods.products.values()))

    def prepare(self) -> None:
        """Make now what the first question would otherwise wait for."""
        _ = self.names

    @cached_property
    def names(self) -> NameIndex:
        return NameIndex(list(self.goods.products.values()), self.records.documents, self.vocabulary)
