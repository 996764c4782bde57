"""The index at size: built, opened, searched, changed, beside exact search and the peers' defaults, in one run.

    python -m tests.bench.passages DATA [--passages 100000] [--folder F] [--steps build,search,update,peers] [--out F.json]

DATA is a folder with icecat_products.jsonl.gz and Broad_Query_Set_rated.csv (Chorus); how passages are made from it is told in
passages_made.py. Each step runs in a process of its own, so that its memory is its own, and leaves what it measured in the folder; the
table shows all steps that were run there. Questions are 135 real searches and 200 held-out titles, one at a time. "vector" is ten
passages, "lane" the 400 that a search looks through, "both" a lane and 160 passages by keywords. Peers see the same vectors and words.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from knowledge_base import keywords, records, versions
from knowledge_base.amend import Change, amend_index
from knowledge_base.build import Builder, Writings
from knowledge_base.catalog import ShopProfile
from knowledge_base.lookup import Lookup
from knowledge_base.records import Facts
from knowledge_base.trained import exact_nearest, recall_of
from tests.bench.passages_made import Catalogue, MadeEncoder, catalogue_of, documents, encoders_of

STEPS = ("build", "search", "update", "peers")
_NEAREST = 10
_LANE = 400
_WORDS = 160
_ROUNDS = 3
_CHANGED = 5
_DIMENSION = 384


class Trial:
    """What every step works on."""

    def __init__(self, options: argparse.Namespace) -> None:
        from chatbot.settings import Settings
        from chatbot.weights import minilm_folder
        from knowledge_base.encoders import MiniLMEncoder

        real = MiniLMEncoder(minilm_folder(Settings()))
        self.catalogue: Catalogue = catalogue_of(options.data, options.distinct, real, options.cache)
        self.encoder = MadeEncoder(self.catalogue)
        self.passages: int = options.passages
        self.index: Path = options.folder / "index"
        self.terms = [keywords.terms(question) for question in self.catalogue.questions]


def build(trial: Trial) -> dict[str, Any]:
    """The whole build, with the seconds of each stage, the most memory in all and the most that was not a mapped file."""
    stages: dict[str, float] = {}
    watched = _Memory()
    count = trial.passages
    facts = Facts(ShopProfile(name="Made"), ("en",), "en")
    with _bar() as bar, watched:
        tasks: dict[str, TaskID] = {}
        began = time.perf_counter()

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)
            stages[stage] = time.perf_counter() - began

        writings = Writings(facts, documents(trial.catalogue, range(count)), count, count)
        report = Builder(trial.index, encoders_of(trial.encoder), tell).build(writings)
    version = versions.open_current(trial.index, verified=False)
    entry, sizes = version.manifest.vectors[0], {path.name: path.stat().st_size for path in version.folder.iterdir()}
    version.close()
    return {
        "seconds": report.seconds, "embedded": report.embedded, "passages": report.passages, "stage_ended_s": stages,
        "peak_mb": watched.peak, "peak_own_mb": watched.own, "index": entry.model_dump(), "bytes": sizes,
    }  # fmt: skip


class _Memory:
    """The most memory of this process: in all, and without what is mapped from files."""

    def __init__(self) -> None:
        self.peak = self.own = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            self.own = max(self.own, own_megabytes())


def own_megabytes() -> float:
    """Memory of this process that no file backs."""
    status = Path("/proc/self/status").read_text()
    return next(float(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon"))


def search(trial: Trial) -> dict[str, Any]:
    """Opening, then questions one by one; recall against comparing with every vector."""
    began = time.perf_counter()
    version = versions.open_current(trial.index)
    verified = time.perf_counter() - began
    lookup = Lookup(version)
    entry = version.manifest.vectors[0]
    index = lookup.vectors(entry)
    opened = time.perf_counter() - began
    found = [[number for number, _ in index.search(vector, _NEAREST)] for vector in trial.catalogue.asked]
    truth = exact_nearest(_exact(version.folder, entry), trial.catalogue.asked, _NEAREST)
    pairs = list(zip(trial.catalogue.asked, trial.terms, strict=True))
    result = {
        "verify_s": verified, "open_s": opened, "own_mb": own_megabytes(), "recall@10": recall_of(_padded(found), truth),
        "vector_ms": timed(lambda pair: index.search(pair[0], _NEAREST), pairs),
        "lane_ms": timed(lambda pair: index.search(pair[0], _LANE), pairs),
        "keyword_ms": timed(lambda pair: lookup.keywords.search(pair[1], _WORDS), pairs),
        "both_ms": timed(lambda pair: (index.search(pair[0], _LANE), lookup.keywords.search(pair[1], _WORDS)), pairs),
    }  # fmt: skip
    lookup.close()
    version.close()
    return result


def _padded(found: Sequence[Sequence[int]]) -> Any:
    return np.asarray([[*one, *[-1] * (_NEAREST - len(one))] for one in found])


def _exact(folder: Path, entry: versions.VectorFile) -> Any:
    """The vectors as they are compared; row and passage have the same number here."""
    path = folder / entry.file.replace(".faiss", ".exact.npy")
    if path.exists():
        return np.load(path, mmap_mode="r")
    flat: Any = faiss.read_index(str(folder / entry.file))
    return flat.reconstruct_n(0, flat.ntotal)


def timed(ask: Callable[[Any], object], questions: Sequence[Any]) -> dict[str, float]:
    """p50, p95 and p99 in ms over several rounds, after one that warms."""
    for question in questions:
        ask(question)
    times = []
    for _ in range(_ROUNDS):
        for question in questions:
            began = time.perf_counter()
            ask(question)
            times.append((time.perf_counter() - began) * 1000)
    return {f"p{share}": float(np.percentile(times, share)) for share in (50, 95, 99)}


def update(trial: Trial) -> dict[str, Any]:
    """A few passages added, replaced and removed by another process, while this one reads and then follows."""
    version = versions.open_current(trial.index)
    lookup = Lookup(version)
    index = lookup.vectors(version.manifest.vectors[0])
    pairs = list(zip(trial.catalogue.asked, trial.terms, strict=True))
    writer = subprocess.Popen([sys.executable, "-m", "tests.bench.passages", *sys.argv[1:], "--step", "amend"], stdout=subprocess.PIPE)
    times: list[float] = []
    while writer.poll() is None:
        for vector, terms in pairs[:20]:
            began = time.perf_counter()
            index.search(vector, _LANE)
            lookup.keywords.search(terms, _WORDS)
            times.append((time.perf_counter() - began) * 1000)
    told = json.loads(writer.communicate()[0]) if writer.stdout else {}
    began = time.perf_counter()
    with_new = versions.open_current(trial.index)
    newer = Lookup(with_new)
    vectors = newer.vectors(with_new.manifest.vectors[0])
    followed = time.perf_counter() - began
    added = trial.encoder._made(trial.passages)
    first, amended = vectors.search(added, 1)[0][0], timed(lambda pair: vectors.search(pair[0], _LANE), pairs)
    reading = {f"p{share}": float(np.percentile(times, share)) for share in (50, 99)}
    return {**told, "reader_ms_meanwhile": reading, "reader_follows_s": followed, "found_number": first, "lane_ms_after": amended}


def amend(trial: Trial) -> dict[str, Any]:
    """The change itself."""
    count = trial.passages
    added = tuple(documents(trial.catalogue, range(count, count + _CHANGED)))
    removed = tuple(f"product:p{number}" for number in range(_CHANGED))
    began = time.perf_counter()
    report = amend_index(trial.index, Change(added, removed), encoders=encoders_of(trial.encoder))
    return {"amend_s": time.perf_counter() - began, "fresh": report.fresh, "gone": report.gone}


def peers(trial: Trial) -> dict[str, Any]:
    """The same vectors in FAISS as its defaults have it, and the same words in FTS5 alone."""
    version = versions.open_current(trial.index, verified=False)
    entry, asked = version.manifest.vectors[0], trial.catalogue.asked
    exact = _exact(version.folder, entry)
    truth = exact_nearest(exact, asked, _NEAREST)
    found: dict[str, Any] = {}
    for name, peer in _peer_indexes(exact, version.folder / entry.file, entry.kind):
        _, rows = peer.search(asked, _NEAREST)
        times = timed(lambda vector, peer=peer: peer.search(vector.reshape(1, -1), _NEAREST), list(asked))  # type: ignore[misc]
        found[name] = {"recall@10": recall_of(rows, truth), "ms": times}
        print(name, found[name], file=sys.stderr)
    found["FTS5, every match ranked"] = {"ms": _fts5(trial, version.folder)}
    version.close()
    return found


def _peer_indexes(exact: Any, trained: Path, kind: str) -> Iterator[tuple[str, Any]]:
    flat: Any = faiss.IndexFlatIP(_DIMENSION)
    _add(flat, exact)
    yield "flat", flat
    if kind != "flat":
        lists: Any = faiss.read_index(str(trained))
        lists.nprobe = 1
        yield "IVF, nprobe 1", lists
    graph: Any = faiss.IndexHNSWFlat(_DIMENSION, 32, faiss.METRIC_INNER_PRODUCT)
    _add(graph, exact)
    yield "HNSW32, efSearch 16", graph


def _add(index: Any, exact: Any) -> None:
    for start in range(0, len(exact), 10_000):
        index.add(np.ascontiguousarray(exact[start : start + 10_000], dtype=np.float32))


def _fts5(trial: Trial, folder: Path) -> dict[str, float]:
    path = folder.parent.parent / "fts5.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF")
    keywords.create_table(connection)
    theirs = records.connect(folder / records.FILE)
    connection.executemany("INSERT INTO words(rowid, heading, body) VALUES (?, ?, ?)", theirs.execute("SELECT * FROM words"))
    connection.commit()
    index = keywords.KeywordIndex(connection, trial.passages)
    times = timed(lambda terms: index.search(terms, _WORDS), trial.terms[::5])
    connection.close()
    path.unlink()
    return times


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def table_of(result: dict[str, Any]) -> Table:
    """All figures, a line each."""
    table = Table("step", "figure", "value", title="The index at size")
    for step, figures in result.items():
        for name, value in figures.items() if isinstance(figures, dict) else [("", figures)]:
            table.add_row(
                step, name, json.dumps(value) if isinstance(value, dict) else f"{value:.4g}" if isinstance(value, float) else str(value)
            )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--distinct", type=int, default=8_000, help="rows that are encoded for real")
    parser.add_argument("--folder", type=Path, default=Path("reports/passages"), help="where the index is built and kept")
    parser.add_argument("--cache", type=Path, default=Path("reports/passages-vectors"), help="where real vectors are kept")
    parser.add_argument("--steps", default=",".join(STEPS))
    parser.add_argument("--step", choices=(*STEPS, "amend"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.step:
        print(json.dumps(globals()[options.step](Trial(options))))
        return
    kept = options.folder / "measured.json"
    result: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    for step in options.steps.split(","):
        command = [sys.executable, "-m", "tests.bench.passages", *sys.argv[1:], "--step", step]
        result[step] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        kept.write_text(json.dumps(result, indent=1))
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")
    Console().print(table_of(result))


if __name__ == "__main__":
    main()
