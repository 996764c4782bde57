"""The card of a trained head: what it is, what it was trained on, how right it is on trades it did not see, and what it cannot.
Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One trade, judged by a head that had not seen it."""

    trade: str
    language: str
    reviews: int
    praise: float
    accuracy: float
    macro_f1: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Made:
    """How a head came about: the number of made sentences, whether it is for one shop alone, whether an encoder was tuned for it, and the
    rest of the command."""

    sentences: int
    own: bool
    tuned: bool
    told: str


_TEMPLATE = """# The head that judges reviews

A linear judge over the words of a review (hashed runs of one to three words or characters, denials, a lexicon of praise and complaint)
and over the vectors of the encoders that also find the shop's passages (all-MiniLM-L6-v2 for English, Universal Sentence Encoder
multilingual for every language). {size:,} bytes; `head.safetensors` holds it all. It gives the probability that a text praises, and what
each word adds to it.{tuned}

Trained by `chatbot sentiment fit {files} --made {made}{option} -o FOLDER`.

## Data

| file | sha256 |
|---|---|
{data}
{made:,} more sentences about things of many trades were made from tables written for this program (`made_sentences`, seed 1).

## Figures

{how}

| trade | language | reviews | praise among them | accuracy | macro-F1 | calibration error |
|---|---|---|---|---|---|---|
{rows}

## Limits

It knows praise and complaint, no third class: "mixed" means that the two are about as likely. Irony, comparisons with another product and
praise for something that is not sold here mislead it. Languages beside English and Chinese are judged by the multilingual vectors and the
signs in the text, which nobody measured. What a star rating says is not read: stars are told beside the verdict, and where they disagree.
"""


_STRANGERS = """Each trade was judged by parts that had been trained without it, blended and calibrated over all of them. What came as
a list of reviews of any trades was parted by subject (k-means over their vectors)."""
_OWN = """For the shop that these reviews are of: they were judged by parts that had not seen them, {held}, and blended and
calibrated on the same. On another shop's reviews it is less right."""
_TUNED = """

The folder `encoder` holds one more encoder, tuned on these reviews; its vectors are weighed with the others."""


def card_of(measured: Sequence[Measured], files: Mapping[str, str], size: int, made: Made) -> str:
    """The card. `files`: sha256 by name."""
    rows = "\n".join(
        f"| {one.trade} | {one.language} | {one.reviews:,} | {one.praise:.0%} | {one.accuracy:.3f} | {one.macro_f1:.3f} | "
        f"{one.calibration_error:.3f} |"
        for one in measured
    )
    data = "".join(f"| {name} | `{digest}` |\n" for name, digest in files.items())
    how = _OWN.format(held="a tenth drawn by chance" if made.tuned else "a fifth at a time, drawn by chance") if made.own else _STRANGERS
    return _TEMPLATE.format(
        size=size,
        files=" ".join(f"'{name}'" for name in files),
        data=data,
        rows=rows,
        made=made.sentences,
        how=how,
        tuned=_TUNED if made.tuned else "",
        option=made.told,
    )
