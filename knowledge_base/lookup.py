"""What can be looked up in a version: its vectors by lane, its keywords; the main part and what an amendment laid beside it.

Opens files and gives them back; needs no records in memory, so that it opens a million passages as fast as a thousand once they are
verified. Knows nothing of encoders: who opens a lane has made sure that its vectors are comparable.
"""

from __future__ import annotations

from knowledge_base import keywords, postings, records, versions
from knowledge_base.errors import IndexUnusable
from knowledge_base.vector_files import FRESH_PREFIX, GONE, loaded, open_lane
from knowledge_base.vectors import VectorIndex


class Lookup:
    """The opened files of a verified version; the version itself stays its owner's."""

    def __init__(self, version: versions.Version) -> None:
        manifest = version.manifest
        if manifest.analyser != keywords.ANALYSER:
            used = f"the index was analysed with {manifest.analyser}, this program uses {keywords.ANALYSER}"
            raise IndexUnusable(f"{used}; {versions.REMEDY}")
        self._version = version
        self.connection = records.connect(version.folder / records.FILE)
        self.fresh = records.connect(version.folder / records.FRESH_FILE) if records.FRESH_FILE in manifest.files else None
        try:
            self.keywords = self._open_keywords()
        except BaseException:
            self.close()
            raise

    def vectors(self, entry: versions.VectorFile) -> VectorIndex:
        """One lane, opened. Raises IndexUnusable."""
        return open_lane(self._version, entry)

    def close(self) -> None:
        self.connection.close()
        if self.fresh is not None:
            self.fresh.close()

    def _open_keywords(self) -> keywords.KeywordIndex:
        main = records.count_passages(self.connection)
        folder = self._version.folder
        ranked = postings.Postings(folder, self.connection, main) if postings.FILES[0] in self._version.manifest.files else None
        if self.fresh is None:
            return keywords.KeywordIndex(self.connection, main, ranked=ranked)
        count = records.count_passages(self.fresh)
        beside = postings.Postings(folder, self.fresh, count, first=main, prefix=FRESH_PREFIX)
        gone = frozenset(loaded(folder / GONE).tolist())
        laid = keywords.Fresh(self.fresh, beside, main, gone)
        return keywords.KeywordIndex(self.connection, main + count - len(gone), ranked=ranked, fresh=laid)
