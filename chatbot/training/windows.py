"""Texts as the windows of tokens that a model reads, with every token predicted in one window only.

A text longer than a window is read through a window that slides by `stride` tokens; what it shares with the one before is there to be
read and not to be predicted, so that no token counts twice, in training or in a perplexity. Knows tokenizers, but no model. A language
that the vocabulary spells letter by letter or not at all is left out, and `Carried` says why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from chatbot.training.texts import ShopText, TextFileError

Batch = dict[str, torch.Tensor]
Window = dict[str, Any]  # what transformers' collators take: input_ids, special_tokens_mask, offset_mapping
IGNORED = -100  # the label of what is not predicted
_SAMPLE = 40_000  # characters of a language that are looked at
_MOST_TOKENS = 1.0  # per character; where it takes more, letters are spelled in bytes
_MOST_UNKNOWN = 0.02


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read: `window` tokens at once, `stride` further each time."""

    window: int = 256
    stride: int = 192

    def __post_init__(self) -> None:
        if self.window < 8 or not 1 <= self.stride <= self.window - 4:
            raise TextFileError(
                f"expected a window of at least 8 tokens and a stride at least 4 below it, got {self.window} and {self.stride}"
            )


@dataclass(frozen=True, slots=True)
class Carried:
    """The texts in the languages that a vocabulary carries, and for each other language why it is left out."""

    texts: tuple[ShopText, ...]
    left_out: dict[str, str]


def carried(tokenizer: Any, texts: Sequence[ShopText]) -> Carried:
    """Sort out the languages. Raises TextFileError where none is left."""
    samples: defaultdict[str, str] = defaultdict(str)
    for text in texts:
        if len(samples[text.language]) < _SAMPLE:
            samples[text.language] += text.text + "\n"
    reasons = {language: _reason(tokenizer, sample) for language, sample in samples.items()}
    left_out = {language: reason for language, reason in reasons.items() if reason}
    kept = tuple(text for text in texts if text.language not in left_out)
    if not kept:
        raise TextFileError("; ".join(f"{language}: {reason}" for language, reason in left_out.items()) or "there are no texts")
    return Carried(kept, left_out)


def _reason(tokenizer: Any, sample: str) -> str:
    ids = tokenizer(sample, add_special_tokens=False, verbose=False)["input_ids"]
    unknown = sum(token == tokenizer.unk_token_id for token in ids) / max(1, len(ids)) if tokenizer.unk_token_id is not None else 0.0
    per_character = len(ids) / max(1, len(sample))
    if unknown > _MOST_UNKNOWN:
        return f"the model does not know {unknown:.0%} of its tokens"
    return f"the model spells it with {per_character:.1f} tokens a character" if per_character > _MOST_TOKENS else ""


def windows(tokenizer: Any, texts: Iterable[ShopText], reading: Reading) -> list[Window]:
    """The windows of all texts, in order. `special_tokens_mask` is 1 for what is not to be predicted."""
    special = tokenizer.num_special_tokens_to_add()
    overlap = reading.window - reading.stride
    overlap = min(overlap, reading.window - special - 1)
    read = tokenizer(
        [text.text for text in texts],
        truncation=True,
        max_length=reading.window,
        stride=overlap,
        return_overflowing_tokens=True,
        return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )
    owners = read["overflow_to_sample_mapping"]
    return [
        _window(read, number, overlap if number and owners[number] == owners[number - 1] else 0)
        for number in range(len(owners))
        if len(read["input_ids"][number]) > special + 1
    ]


def _window(read: Mapping[str, Any], number: int, seen: int) -> Window:
    """`seen` tokens at the beginning were predicted in the window before."""
    closed = list(read["special_tokens_mask"][number])
    own = [place for place, special in enumerate(closed) if not special]
    for place in own[:seen]:
        closed[place] = 1
    offsets = [tuple(span) for span in read["offset_mapping"][number]]
    return {"input_ids": list(read["input_ids"][number]), "special_tokens_mask": closed, "offset_mapping": offsets}


class CausalCollator:
    """Windows to a batch for a causal model: padded on the right, labels where a token is to be predicted."""

    def __init__(self, padding: int) -> None:
        self._padding = padding

    def __call__(self, rows: Sequence[Window]) -> Batch:
        longest = max(len(row["input_ids"]) for row in rows)
        ids = torch.full((len(rows), longest), self._padding)
        mask, labels = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
        for number, row in enumerate(rows):
            size = len(row["input_ids"])
            ids[number, :size] = torch.tensor(row["input_ids"])
            mask[number, :size] = 1
            closed = torch.tensor(row["special_tokens_mask"], dtype=torch.bool)
            labels[number, :size] = ids[number, :size].masked_fill(closed, IGNORED)
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def batches(rows: Sequence[Window], size: int) -> Iterator[list[Window]]:
    """Windows of about the same length together, the longest first."""
    ordered = sorted(rows, key=lambda row: -len(row["input_ids"]))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
