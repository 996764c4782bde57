"""From files of reviews with verdicts to a trained head in a folder, with its card: what `chatbot sentiment fit` does.

A verdict is the file's own column (recommended, label), else the stars: four and more praise, two and fewer complain, three say neither.
A plain list of reviews, a line each, says its verdict by its name: …_pos, …_neg. Files that begin alike are one trade. What came as
a list says nothing of trades and is parted by subject, so that what is measured and calibrated is always a trade that the head did not see.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from chatbot.sentiment.card import Made, Measured, card_of
from chatbot.sentiment.fit import ALWAYS, Examples, Flags, fit
from chatbot.sentiment.head import FILE, Floats
from chatbot.sentiment.made_sentences import made_sentences
from chatbot.sentiment.measures import accuracy, calibration_error, macro_f1
from chatbot.sentiment.reviews_file import Review, ReviewsFile, ReviewsUnusable
from chatbot.sentiment.shop_reviews import Encoding
from knowledge_base.encoders import Encoder
from knowledge_base.languages import detect_language, has_han

MADE = "made sentences"
_SUBJECTS = 4
_BATCH = 64
_MADE_WEIGHT = 2.0
_LEAST = 20
_FOLDS, _HELD = 5, 0.1
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    praises: bool
    language: str
    trade: str
    listed: bool = False  # in a plain list of reviews of any trades


@dataclass(frozen=True, slots=True)
class TunedPart:
    """An encoder that was tuned to judge, and where praise lies among its vectors."""

    encoder: Encoder
    direction: Floats
    bias: float


Tune = Callable[[Sequence[str], Sequence[bool]], TunedPart]


def fit_files(
    files: Sequence[Path], out: Path, encoding: Encoding, *, made: int, tell: Tell, tune: Tune | None = None, told: str = ""
) -> str:
    """Train on the files, write head and card to `out`, and return the card. Raises ReviewsUnusable for files that cannot be used.

    `tune` makes an encoder of its own for these reviews; `told` is the rest of the command, for the card."""
    found = [one for file in files for one in labelled(file)]
    _check(files, found)
    found += [
        Labelled(text, praises, "zh", f"{MADE} (zh)") if has_han(text) else Labelled(text, praises, "en", MADE)
        for text, praises in made_sentences(made)
    ]
    examples, trades = examples_of(found, encoding, tell)
    own = tune is not None or len({one.trade for one in found if not one.trade.startswith(MADE)}) == 1
    numbers, is_made = examples.groups, np.array([one.trade.startswith(MADE) for one in found])
    if own:
        examples = of_one_trade(examples, ~is_made, tuned=tune is not None)
    if tune is not None:
        examples = with_tuned(examples, ~is_made, tune, tell)
    fitted = fit(examples, tell)
    fitted.head.save(out)
    seen = examples.groups == ALWAYS
    parts = [(trade, (numbers == number) & ~seen) for number, trade in enumerate(trades)]
    measured = [_measure(trade, examples, fitted.unseen, there) for trade, there in parts if there.any()]
    sizes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    card = card_of(measured, sizes, (out / FILE).stat().st_size, Made(made, own, tune is not None, told))
    (out / "README.md").write_text(card, encoding="utf-8")
    return card


def of_one_trade(examples: Examples, own: Flags, *, tuned: bool) -> Examples:
    """The same for a head that judges the shop of its `own` reviews: what its parts must not have seen is drawn by chance among them, and
    praise is as frequent as it is there. What is not own is always learned. For a tuned encoder, which is trained once, a tenth is held
    out."""
    drawn = np.random.default_rng(1).random(len(examples.texts))
    groups = np.where(drawn < _HELD, 0, ALWAYS) if tuned else (drawn * _FOLDS).astype(np.int64)
    return replace(examples, groups=np.where(own, groups, ALWAYS), balanced=False)


def with_tuned(examples: Examples, own: Flags, tune: Tune, tell: Tell) -> Examples:
    """The examples with the vectors of an encoder that was tuned on the `own` ones that are always learned."""
    learned = np.flatnonzero(own & (examples.groups == ALWAYS))
    part = tune([examples.texts[place] for place in learned.tolist()], examples.praises[learned].tolist())
    rows = encoded(examples.texts, np.ones(len(examples.texts), dtype=bool), part.encoder, tell)
    name = part.encoder.name
    return replace(examples, vectors={**examples.vectors, name: rows}, directions={name: (part.direction, part.bias)})


def labelled(path: Path) -> Iterator[Labelled]:
    """The reviews of one file that have a verdict."""
    name = re.sub(r"(\.(gz|zip|csv|tsv|txt))+$", "", path.name)
    trade = re.sub(r"[_-](pos|neg)$", "", name)
    listed = re.search(r"[_-](pos|neg)$", name)
    with closing(_opened(path)) as stream:
        if listed:
            lines = (line.decode("utf-8", "replace").strip() for line in stream)
            yield from (Labelled(text, listed[1] == "pos", detect_language(text), trade, True) for text in lines if text)
            return
        for review in ReviewsFile(stream, path.name):
            praises = verdict_of(review)
            if praises is not None and review.body:
                yield Labelled(review.text, praises, review.language or detect_language(review.text), trade)


def verdict_of(review: Review) -> bool | None:
    if review.verdict is not None:
        return review.verdict
    return None if review.rating is None or 2 < review.rating < 4 else review.rating >= 4


def examples_of(found: Sequence[Labelled], encoding: Encoding, tell: Tell) -> tuple[Examples, list[str]]:
    """What `fit` takes, and the names of the trades in the order of their numbers."""
    texts = [one.text for one in found]
    english = np.array([one.language == "en" for one in found])
    everyone, for_english = encoding.encoders(""), encoding.encoders("en")
    vectors = {everyone.name: encoded(texts, np.ones(len(texts), dtype=bool), everyone, tell)}
    if for_english.name != everyone.name and english.any():
        vectors[for_english.name] = encoded(texts, english, for_english, tell)
    names = _parted(found, vectors[everyone.name])
    trades = sorted(set(names))
    groups = np.array([trades.index(name) for name in names], dtype=np.int64)
    weights = np.array([_MADE_WEIGHT if one.trade.startswith(MADE) else 1.0 for one in found], dtype=np.float32)
    praises, languages = np.array([one.praises for one in found]), ["zh" if one.language == "zh" else "en" for one in found]
    return Examples(texts, praises, languages, groups, vectors, weights), trades


def encoded(texts: Sequence[str], use: NDArray[np.bool_], encoder: Encoder, tell: Tell) -> Floats:
    """A row per text, zeros where it is not used; texts of one length go together."""
    order = sorted(np.flatnonzero(use).tolist(), key=lambda place: len(texts[place]))
    rows = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        rows[batch] = encoder.encode([texts[place] for place in batch], role="passage")
        if start % (100 * _BATCH) == 0:
            tell(f"{encoder.name}: {start:,} of {len(order):,} reviews encoded")
    return rows


def _parted(found: Sequence[Labelled], vectors: Floats) -> list[str]:
    """The trade of each text; what came as a list, which says nothing of trades, is parted by subject."""
    from sklearn.cluster import KMeans

    names = [one.trade for one in found]
    for trade in sorted({one.trade for one in found if one.listed}):
        places = [place for place, one in enumerate(found) if one.trade == trade]
        if len(places) >= _SUBJECTS * _LEAST:
            subjects = KMeans(_SUBJECTS, n_init=2, random_state=0).fit_predict(vectors[places])
            for place, subject in zip(places, subjects.tolist(), strict=True):
                names[place] = f"{names[place]}, subject {subject + 1}"
    return names


def _measure(trade: str, examples: Examples, unseen: Floats, there: Flags) -> Measured:
    praise, praises = unseen[there], examples.praises[there]
    scores = accuracy(praise, praises), macro_f1(praise, praises), calibration_error(praise, praises)
    return Measured(trade, examples.languages[int(np.flatnonzero(there)[0])], int(there.sum()), float(praises.mean()), *scores)


def _check(files: Sequence[Path], found: Sequence[Labelled]) -> None:
    praise = sum(one.praises for one in found)
    if min(praise, len(found) - praise) < _LEAST:
        names = ", ".join(path.name for path in files)
        raise ReviewsUnusable(
            f"{names}: expected at least {_LEAST} reviews of praise and {_LEAST} of complaint, got {praise} and {len(found) - praise}"
        )


def _opened(path: Path) -> IO[bytes]:
    try:
        if path.suffix == ".zip":
            archive = zipfile.ZipFile(path)
            table = next((name for name in archive.namelist() if name.lower().endswith((".csv", ".tsv")) and "/._" not in name), "")
            if not table:
                raise ReviewsUnusable(f"{path}: expected an archive with a CSV file, got one without")
            return archive.open(table)
        return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except (OSError, zipfile.BadZipFile) as error:
        raise ReviewsUnusable(f"{path}: expected a file of reviews, got none that can be read ({error})") from error
