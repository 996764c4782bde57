"""A change of a large index that is laid beside it: a few passages added, replaced or gone, in the time that those few take.

The new version links to the main files of the one that serves and adds fresh ones: records, postings and flat vectors of what is new, and
the numbers of what is gone. The next amendment writes the fresh files again, whole; once they are a share of the main part (`Sizes`), a
build writes everything anew. Readers of the old version are not disturbed: its files are the same ones. Knows no content folders.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base import keywords, offers, records, vector_files, versions
from knowledge_base.catalog import Document
from knowledge_base.cutting import Cutter
from knowledge_base.encoders import Encoders, default_encoders
from knowledge_base.encoding import Encoding
from knowledge_base.errors import ContentError, IndexUnusable
from knowledge_base.previous import Difference, Previous
from knowledge_base.records import Facts
from knowledge_base.sizes import Sizes
from knowledge_base.vector_files import FRESH_PREFIX, GONE


@dataclass(frozen=True, slots=True)
class Amendment:
    """All in which a version differs from the main part of another: the documents that it has not or has otherwise, and those of it that
    are no longer so."""

    facts: Facts
    newer: Sequence[Document]
    left_out: Sequence[str]
    content_hash: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is written: the index, the folder of the version in the making, and the version that it is laid beside."""

    index_folder: Path
    built: Path
    before: Previous


@dataclass(frozen=True, slots=True)
class AmendReport:
    """What an amendment did. `fresh` and `gone` count passages beside the main part and taken out of it, earlier amendments included."""

    version: str
    embedded: int
    fresh: int
    gone: int


def stamped(content_hash: str, vectors: tuple[versions.VectorFile, ...], amended: int = 0) -> dict[str, Any]:
    """What a manifest says beside its files."""
    built_at = datetime.now(UTC).isoformat(timespec="seconds")
    facts = {"built_at": built_at, "analyser": keywords.ANALYSER, "content_hash": content_hash, "vectors": vectors}
    return facts | {"amended": amended}


@dataclass(frozen=True, slots=True)
class Change:
    """Documents to add or to put in the place of those with the same id, and ids of documents to remove."""

    documents: Sequence[Document] = ()
    removed: Sequence[str] = ()


def amend_index(index_folder: Path, change: Change, *, encoders: Encoders | None = None, sizes: Sizes | None = None) -> AmendReport:
    """Change an index while others read it. Raises IndexUnusable, also where it has changed too much to be laid beside the main part, and
    ContentError where a document to remove is not there."""
    with versions.building(index_folder) as built, ExitStack() as opened:
        before = Previous(versions.open_current(index_folder, verified=False))
        opened.callback(before.close)
        amendment = _merged(before, change)
        difference = Difference(tuple(document.id for document in amendment.newer), tuple(amendment.left_out))
        if not difference.fits(sizes or Sizes(), before.main_documents()):
            count = len(difference.newer) + len(difference.left_out)
            raise IndexUnusable(f"{index_folder}: {count} changed documents are too many to be laid beside the index; {versions.REMEDY}")
        encoding = Encoding(index_folder, before.stores(), lambda *_: None)
        report = write_amendment(Site(index_folder, built, before), amendment, encoders or default_encoders(), encoding)
    _forget_offers(index_folder, change.documents)
    return report


def write_amendment(site: Site, amendment: Amendment, encoders: Encoders, encoding: Encoding) -> AmendReport:
    """Write and publish it, encoding what no one has encoded yet."""
    linked = _link_main(site)
    cut = Cutter(site.built, encoders, name=records.FRESH_FILE, first=site.before.main_passages())
    try:
        for document in amendment.newer:
            cut.add(document, None)
        if not site.before.has_lanes(cut.lanes()):
            raise IndexUnusable(f"{site.index_folder}: has no vectors of these languages and encoders; {versions.REMEDY}")
        encoding.complete(cut)
        gone = site.before.main_numbers(amendment.left_out)
        _write_fresh(site, cut, encoding, gone)
        cut.records.finish(cut.facts(amendment.facts), site.before.average_length(), amendment.left_out)
    finally:
        cut.close()
    site.before.close()  # so that it can be swept
    changed = cut.records.passages + len(gone)
    manifest = versions.publish(
        site.index_folder, site.built, stamped(amendment.content_hash, site.before.manifest.vectors, changed), linked
    )
    encoding.forget()
    return AmendReport(manifest.version, encoding.embedded, cut.records.passages, len(gone))


def _link_main(site: Site) -> dict[str, str]:
    """The main files under the same names in the new folder; their SHA-256."""
    before = site.before
    linked = {name: digest for name, digest in before.manifest.files.items() if not name.startswith(FRESH_PREFIX) and name != GONE}
    for name in linked:
        os.link(before.version.folder / name, site.built / name)
    return linked


def _write_fresh(site: Site, cut: Cutter, encoding: Encoding, gone: Sequence[int]) -> None:
    for lane in site.before.lanes():
        vector_files.write_fresh(site.built, lane, cut.rows(lane), encoding.known(lane))
    place = keywords.Place(site.built, FRESH_PREFIX, site.before.average_length())
    keywords.add_to_postings(cut.records.connection, place, cut.wholes())
    np.save(site.built / GONE, np.asarray(sorted(gone), dtype=np.int64))


def _forget_offers(index_folder: Path, documents: Sequence[Document]) -> None:
    """What was just given is the newest word on the prices and stock of these products."""
    products = [document.product for document in documents if document.product]
    now = time.time()
    book = offers.OfferBook(index_folder)
    try:
        book.forget_before({offers.key_of(variant.sku or variant.id): now for product in products for variant in product.variants})
    finally:
        book.close()


def _merged(before: Previous, change: Change) -> Amendment:
    """The amendment that the earlier one and this change come to together."""
    missing = [name for name in change.removed if not before.has(name)]
    if missing:
        raise ContentError(f"{missing[0]}: expected the id of a document in the index, to remove it; there is none")
    touched = {document.id for document in change.documents} | set(change.removed)
    earlier = records.read_documents(before.fresh) if before.fresh else []
    newer = [document for document in earlier if document.id not in touched] + list(change.documents)
    left_out = (records.left_out_ids(before.fresh) if before.fresh else set()) | before.main_has(touched)
    facts = records.read_facts(before.fresh or before.connection)
    told = repr((before.manifest.content_hash, newer, sorted(left_out))).encode("utf-8", "surrogatepass")
    return Amendment(facts, newer, sorted(left_out), hashlib.sha256(told).hexdigest())
