from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from chatbot.engines.prefixes import BLOCK, Prefixes

BLOCK_BYTES = BLOCK * 2 * 2 * 2 * 4  # two layers of one key head of size two, keys and values, in float32


def slot_of(ids: Sequence[int]) -> Callable[[int, int], Tensor]:
    """What a slot that holds `ids` gives: the keys and values of a position are its token."""
    kept = torch.tensor(ids, dtype=torch.float32).view(1, 1, 1, -1, 1).expand(2, 2, 1, -1, 2)
    return lambda start, end: kept[:, :, :, start:end].clone()


def tokens(kept: Tensor | None) -> list[int]:
    return [] if kept is None else [int(token) for token in kept[0, 0, 0, :, 0]]


def remembering(*texts: Sequence[int], blocks: int = 100) -> Prefixes:
    prefixes = Prefixes(blocks * BLOCK_BYTES)
    for ids in texts:
        prefixes.remember(ids, slot_of(ids))
    return prefixes


def test_a_text_asked_again_is_known_but_for_the_token_whose_scores_are_needed() -> None:
    ids = list(range(4 * BLOCK))
    prefixes = remembering(ids)
    assert tokens(prefixes.recall(ids)) == ids[:-1]
    assert prefixes.known(ids) == len(ids) - 1


def test_a_beginning_that_two_texts_share_is_kept_once() -> None:
    rules = list(range(3 * BLOCK))
    prefixes = remembering([*rules, *range(100, 100 + BLOCK)], [*rules, *range(200, 200 + BLOCK)])
    assert prefixes.blocks == 5


def test_a_block_that_only_begins_alike_is_used_as_far_as_it_goes() -> None:
    ids = list(range(2 * BLOCK))
    other = [*ids[: BLOCK + 5], 900, 901, 902]
    assert tokens(remembering(ids).recall(other)) == ids[: BLOCK + 5]


def test_what_a_slot_holds_already_is_not_handed_out_again() -> None:
    ids = list(range(3 * BLOCK))
    assert tokens(remembering(ids).recall([*ids, 7], BLOCK + 3)) == ids[BLOCK + 3 :]
    assert remembering(ids).recall([*ids, 7], 3 * BLOCK) is None


def test_nothing_is_known_of_a_text_that_begins_otherwise() -> None:
    assert remembering(list(range(BLOCK))).recall([500, *range(1, BLOCK)]) is None


def test_the_least_recently_used_goes_first_and_never_the_beginning_of_what_stays() -> None:
    old, busy = list(range(2 * BLOCK)), list(range(1000, 1000 + 2 * BLOCK))
    prefixes = remembering(old, busy, blocks=4)
    prefixes.recall(busy)
    prefixes.remember([7] * BLOCK, slot_of([7] * BLOCK))
    assert tokens(prefixes.recall(busy)) == busy[:-1]
    assert tokens(prefixes.recall([*old, 1])) == old[:BLOCK]
    assert prefixes.size <= 4 * BLOCK_BYTES


def test_a_model_whose_keys_cannot_be_read_is_not_remembered() -> None:
    prefixes = Prefixes()
    prefixes.remember(list(range(40)), lambda start, end: None)
    assert prefixes.recall(list(range(40))) is None


def test_without_room_for_a_single_block_nothing_is_kept() -> None:
    assert remembering(list(range(40)), blocks=0).blocks == 0


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=5 * BLOCK), min_size=1, max_size=12), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
@pytest.mark.slow
def test_whatever_is_recalled_is_a_beginning_and_the_budget_is_kept(texts: list[list[int]], blocks: int) -> None:
    prefixes = Prefixes(blocks * BLOCK_BYTES)
    for ids in texts:
        prefixes.remember(ids, slot_of(ids))
        assert prefixes.blocks <= blocks
        for asked in texts:
            found = tokens(prefixes.recall(asked))
            assert found == asked[: len(found)]
            assert len(found) < len(asked)
