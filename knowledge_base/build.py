"""Content to an index: read, cut into passages, embed what is new, write a version, switch to it.

Incremental by the hash of what is embedded: vectors of unchanged texts are copied from the version that serves, and a changed price
embeds nothing. Idempotent: unchanged content with unchanged encoders writes nothing. A large index of which little changed is amended
(amend.py) and not written anew. Killed at any moment, a build leaves the old version serving and the next one encodes nothing twice. Only
the documents themselves may lie in memory as objects, and need not: they are taken one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from knowledge_base import keywords, offers, vector_files, versions
from knowledge_base.amend import Amendment, Site, stamped, write_amendment
from knowledge_base.catalog import Content, Document, Problem
from knowledge_base.cutting import Cutter
from knowledge_base.encoders import Encoders, default_encoders
from knowledge_base.encoding import Encoding
from knowledge_base.errors import ContentError
from knowledge_base.passages import documents_of, first_language, languages_of
from knowledge_base.previous import Previous
from knowledge_base.records import Facts
from knowledge_base.sizes import Sizes

Progress = Callable[[str, int, int], None]
_TOLD_EVERY = 500
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `embedded` counts texts that were newly embedded, `removed` documents the old version had and this has not."""

    products: int
    documents: int
    passages: int
    embedded: int
    removed: int
    problems: tuple[Problem, ...]
    seconds: float
    version: str


@dataclass(frozen=True, slots=True)
class Writings:
    """What a shop wrote: facts, and its documents as they come (`count` of them where it is known). `folder` is where their files lie,
    for the time they were written; content without one is the newest word."""

    facts: Facts
    documents: Iterable[Document]
    count: int = 0
    products: int = 0
    folder: Path | None = None


def build_index(
    content_folder: Path, index_folder: Path, *, currency: str = "", progress: Progress | None = None, encoders: Encoders | None = None
) -> BuildReport:
    """Bring the index in `index_folder` up to date with the content. Raises ContentError, and IndexUnusable when another build runs."""
    from knowledge_base.importers import read_folder

    tell = progress or (lambda *_: None)
    tell("reading", 0, 1)
    content = read_folder(content_folder, currency=currency)
    tell("reading", 1, 1)
    return build_content(content, index_folder, folder=content_folder, progress=tell, encoders=encoders)


def build_content(
    content: Content, index_folder: Path, *, folder: Path | None = None, progress: Progress | None = None, encoders: Encoders | None = None
) -> BuildReport:
    """The same from content already read; `folder` is where its files lie, for the time they were written."""
    writings = writings_of(content, folder)
    return Builder(index_folder, encoders or default_encoders(), progress).build(writings)


def writings_of(content: Content, folder: Path | None = None) -> Writings:
    """Content in memory as what a build takes. Raises ContentError where it holds nothing."""
    documents = documents_of(content)
    if not documents:
        raise ContentError("the content holds no product, FAQ or policy that can be used, so there is nothing to index")
    facts = Facts(content.profile, languages_of(content), first_language(content), content.problems)
    return Writings(facts, documents, len(documents), len(content.products), folder)


class Builder:
    """Builds one index. `sizes` say from where on it is made differently."""

    def __init__(self, index_folder: Path, encoders: Encoders, progress: Progress | None = None, sizes: Sizes | None = None) -> None:
        self._folder = index_folder
        self._encoders = encoders
        self._tell = progress or (lambda *_: None)
        self._sizes = sizes or Sizes()

    def build(self, writings: Writings) -> BuildReport:
        """Bring the index up to date. Raises IndexUnusable when another build runs."""
        started = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        with versions.building(self._folder) as built, ExitStack() as opened:
            offers.set_aside_when_damaged(self._folder)
            before = Previous.open(self._folder)
            if before is not None:
                opened.callback(before.close)
            cut = Cutter(built, self._encoders)
            opened.callback(cut.close)
            moments = self._cut(cut, writings)
            removed = sum(not cut.records.has(name) for name in before.document_ids()) if before else 0
            version, embedded = self._settle(built, cut, before, writings)
            self._forget_old_offers(moments)
        counts = (writings.products, cut.records.documents, cut.records.passages, embedded, removed)
        return BuildReport(*counts, writings.facts.problems, time.monotonic() - started, version)

    def _cut(self, cut: Cutter, writings: Writings) -> dict[str, float]:
        """All documents; the time at which the file of each variant with a live offer was written."""
        offered, moments = self._offered(), dict[str, float]()
        for number, document in enumerate(writings.documents, start=1):
            cut.add(document, writings.folder)
            for variant in document.product.variants if offered and document.product else ():
                if (key := offers.key_of(variant.sku or variant.id)) in offered:
                    moments[key] = cut.written(document.source.file)
            if number % _TOLD_EVERY == 0 or number == writings.count:
                self._tell("cutting", number, writings.count or number)
        return moments

    def _settle(self, built: Path, cut: Cutter, before: Previous | None, writings: Writings) -> tuple[str, int]:
        """The version that holds the content, and how many texts were embedded for it."""
        hashed = cut.content_hash(writings.facts, dated=writings.folder is not None)
        if before is not None and before.manifest.content_hash == hashed:
            return before.manifest.version, 0
        facts = cut.facts(writings.facts)
        encoding = Encoding(self._folder, before.stores() if before else {}, self._tell)
        if before is not None and (amendment := self._amendment(before, cut, facts, hashed)):
            cut.withdraw()
            laid = write_amendment(Site(self._folder, built, before), amendment, self._encoders, encoding)
            return laid.version, laid.embedded
        encoding.complete(cut)
        vectors = self._whole(built, cut, encoding, facts)
        if before is not None:
            before.close()  # so that it can be swept
        manifest = versions.publish(self._folder, built, stamped(hashed, vectors))
        encoding.forget()
        return manifest.version, encoding.embedded

    def _amendment(self, before: Previous, cut: Cutter, facts: Facts, hashed: str) -> Amendment | None:
        """What to lay beside a large index; None where that is too much, or needs vectors of another kind."""
        if not before.is_large or not before.has_lanes(cut.lanes()):
            return None
        change = before.difference(cut.records)
        if not change.fits(self._sizes, before.main_documents()):
            return None
        return Amendment(facts, cut.records.documents_named(change.newer), change.left_out, hashed)

    def _whole(self, built: Path, cut: Cutter, encoding: Encoding, facts: Facts) -> tuple[versions.VectorFile, ...]:
        """All files of a version that stands by itself."""
        lanes = [(lane, cut.rows(lane), encoding.known(lane)) for lane in cut.lanes()]
        vectors = tuple(vector_files.write_lane(built, *lane, sizes=self._sizes, tell=self._tell) for lane in lanes)
        average = self._write_keywords(built, cut)
        cut.records.finish(facts, average)
        cut.close()
        return vectors

    def _write_keywords(self, built: Path, cut: Cutter) -> float:
        connection, count = cut.records.connection, cut.records.passages
        if count > self._sizes.ranked_passages:
            return keywords.add_to_postings(connection, keywords.Place(built), self._told("writing", cut.wholes(), count))
        keywords.create_table(connection)
        return keywords.add_passages(connection, self._told("writing", cut.wholes(), count))

    def _told(self, stage: str, rows: Iterable[_Row], count: int) -> Iterator[_Row]:
        for number, row in enumerate(rows, start=1):
            yield row
            if number % _TOLD_EVERY == 0 or number == count:
                self._tell(stage, number, count)

    def _offered(self) -> set[str]:
        book = offers.OfferBook(self._folder)
        try:
            return set(book.offers())
        finally:
            book.close()

    def _forget_old_offers(self, moments: Mapping[str, float]) -> None:
        book = offers.OfferBook(self._folder)
        try:
            book.forget_before(moments)
        finally:
            book.close()
