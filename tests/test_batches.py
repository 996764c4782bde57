"""What is held out and what a step trains on follow from the data, the seed and the step."""

from __future__ import annotations

import pytest

from chatbot.training.batches import TooFewScenes, epoch_batches, hold_out, in_batches, plan_steps, some_of, steps_in
from chatbot.training.scenes import Ask, Scene

LENGTHS = [37 * number % 300 + 20 for number in range(200)]


def scenes(*shops: str) -> list[Scene]:
    return [Scene((f"Fact {number}.",), (Ask("Q?", "A."),), shop=shop) for number, shop in enumerate(shops)]


def test_whole_shops_are_held_out() -> None:
    given = scenes(*(f"shop {number % 20}" for number in range(200)))
    split = hold_out(given, 0.1, seed=3)
    apart = {scene.shop for scene in split.held_out}
    assert (split.by, len(apart), len(split.held_out)) == ("shop", 2, 20)
    assert apart.isdisjoint(scene.shop for scene in split.training)
    assert len(split.training) + len(split.held_out) == len(given)
    assert hold_out(given, 0.1, seed=3) == split
    assert any(hold_out(given, 0.1, seed).held_out != split.held_out for seed in range(4, 8))


def test_of_two_shops_one_is_held_out_and_of_one_shop_some_scenes() -> None:
    two = hold_out(scenes("a", "a", "b"), 0.1, 1)
    assert two.by == "shop"
    assert len({scene.shop for scene in two.training}) == 1
    one = hold_out(scenes("a", "a", "a"), 0.1, 1)
    assert (one.by, len(one.training), len(one.held_out)) == ("scene", 2, 1)
    with pytest.raises(TooFewScenes, match="expected at least two scenes"):
        hold_out(scenes("a"), 0.1, 1)


def test_at_most_so_many_scenes_are_measured_with() -> None:
    given = scenes(*"abcdefgh")
    some = some_of(given, 3, 1)
    assert len(some) == 3
    assert list(some) == sorted(some, key=given.index)
    assert some_of(given, 9, 1) == tuple(given)


def test_an_epoch_has_every_sequence_once_and_no_batch_over_its_bound() -> None:
    batches = epoch_batches(LENGTHS, 1200, seed=5, epoch=0)
    assert sorted(number for batch in batches for number in batch) == list(range(200))
    assert all(len(batch) * max(LENGTHS[number] for number in batch) <= 1200 for batch in batches)
    padded = sum(len(batch) * max(LENGTHS[number] for number in batch) for batch in batches)
    assert padded < 1.1 * sum(LENGTHS)  # neighbours in length stand together


def test_a_sequence_longer_than_a_batch_stands_alone() -> None:
    assert list(in_batches([0, 1, 2], [50, 900, 50], 120)) == [[0], [1], [2]]
    assert list(in_batches([0, 1, 2], [50, 60, 60], 120)) == [[0, 1], [2]]


def test_the_same_seed_gives_the_same_steps_and_a_longer_plan_begins_with_a_shorter_one() -> None:
    plan = plan_steps(LENGTHS, 1200, 5, steps=90)
    assert plan == plan_steps(LENGTHS, 1200, 5, steps=90)
    assert plan[:40] == plan_steps(LENGTHS, 1200, 5, steps=40)
    assert plan != plan_steps(LENGTHS, 1200, 6, steps=90)
    first, second = epoch_batches(LENGTHS, 1200, 5, 0), epoch_batches(LENGTHS, 1200, 5, 1)
    assert plan[: len(first)] == first
    assert first != second


def test_epochs_are_counted_in_their_own_batches() -> None:
    counts = [len(epoch_batches(LENGTHS, 1200, 5, epoch)) for epoch in range(3)]
    assert steps_in(LENGTHS, 1200, 5, 2) == counts[0] + counts[1]
    assert steps_in(LENGTHS, 1200, 5, 1.5) == counts[0] + round(0.5 * counts[1])
    assert steps_in(LENGTHS, 1200, 5, 0.001) == 1
    assert len(plan_steps(LENGTHS, 1200, 5, epochs=2)) == counts[0] + counts[1]
