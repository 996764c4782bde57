"""A scene as one sequence of tokens: what its questions share is read once, and every question with its answer is a branch of it.

Order: the longest common beginning of the prompts (the template, the rules, the text), then for each question the rest of its prompt and
the answer. Prompts are encoded by the engine's own `Tokens`, so training reads what answering reads. Knows ids and masks, no model.
Invariant: a branch sees the shared beginning and itself, at the positions it would have alone, so every question gets the very scores
that it gets without the others; only the tokens of answers, and the one that ends them, are learnt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from chatbot.engines.tokens import Tokens
from chatbot.prompts import training_prompt
from chatbot.training.scenes import Scene

IGNORED = -100  # the target of a position from which nothing is learnt
_SHARED, _PADDING = 0, -1  # who a position belongs to, where it is not one of the branches 1, 2, …


@dataclass(frozen=True, slots=True)
class Turn:
    """One question as the model reads it, and what it is to write; the last token of `answer` ends it."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def tokens(self) -> int:
        """What is read of it when it stands alone. The token that ends an answer is learnt, and nobody reads it."""
        return len(self.prompt) + len(self.answer) - 1


@dataclass(frozen=True, slots=True)
class Packed:
    """One sequence. `branches` says whom each token belongs to: 0 all questions, 1, 2, … one of them. `targets` is the token that
    follows where that is to be learnt. `alone` is how many tokens the same questions have one by one."""

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    branches: tuple[int, ...]
    targets: tuple[int, ...]
    questions: int
    alone: int

    def __len__(self) -> int:
        return len(self.ids)


def turns_of(scene: Scene, tokens: Tokens) -> list[Turn]:
    """Raises EngineError when the model's chat template refuses the prompt."""
    return [
        Turn(tuple(tokens.prompt(training_prompt(scene.facts, ask.question))), (*tokens.encode(ask.answer), tokens.end))
        for ask in scene.asks
    ]


def pack_scene(scene: Scene, tokens: Tokens, longest: int) -> list[Packed]:
    """One sequence, or as many as `longest` makes necessary. A question that is longer than that by itself is left out."""
    fitting = [turn for turn in turns_of(scene, tokens) if turn.tokens <= longest]
    return [pack_turns(group) for group in _groups(fitting, longest)]


def pack_turns(turns: Sequence[Turn]) -> Packed:
    """All of them in one sequence, whatever its length."""
    shared = _shared([turn.prompt for turn in turns])
    ids = list(turns[0].prompt[:shared])
    positions, branches, targets = list(range(shared)), [_SHARED] * shared, [IGNORED] * shared
    for number, turn in enumerate(turns, start=1):
        rest = turn.prompt[shared:]
        ids += [*rest, *turn.answer[:-1]]
        positions += range(shared, turn.tokens)
        branches += [number] * (turn.tokens - shared)
        targets += [*[IGNORED] * (len(rest) - 1), *turn.answer]
    return Packed(tuple(ids), tuple(positions), tuple(branches), tuple(targets), len(turns), sum(turn.tokens for turn in turns))


def _groups(turns: Sequence[Turn], longest: int) -> Iterator[list[Turn]]:
    shared = _shared([turn.prompt for turn in turns]) if turns else 0
    group: list[Turn] = []
    length = shared
    for turn in turns:
        if group and length + turn.tokens - shared > longest:
            yield group
            group, length = [], shared
        group.append(turn)
        length += turn.tokens - shared
    if group:
        yield group


def _shared(prompts: Sequence[Sequence[int]]) -> int:
    """How many tokens all of them begin with. The last of a prompt is never among them: it is where the answer is learnt from."""
    same = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))
    return min(sum(1 for _ in same), min(len(prompt) for prompt in prompts) - 1)


def batch_of(packed: Sequence[Packed], pad: int) -> dict[str, Tensor]:
    """Sequences padded to the longest: input_ids, position_ids and targets (n, length), and attention_mask (n, 1, length, length), which
    is added to the scores of attention: 0 where a token sees another, the least float where it does not."""
    branches = _padded((one.branches for one in packed), _PADDING)
    seen = (branches[:, None, :] == _SHARED) | (branches[:, None, :] == branches[:, :, None])
    seen &= torch.ones(seen.shape[1:], dtype=torch.bool).tril()
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
    return {
        "input_ids": _padded((one.ids for one in packed), pad),
        "position_ids": _padded((one.positions for one in packed), 0),
        "attention_mask": mask[:, None],
        "targets": _padded((one.targets for one in packed), IGNORED),
    }


def _padded(rows: Iterable[Sequence[int]], value: int) -> Tensor:
    tensors = [torch.tensor(row, dtype=torch.long) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=value)
