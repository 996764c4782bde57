"""Token buckets and counted sockets, with a clock that the test moves."""

from __future__ import annotations

import pytest

from chatbot.server import limits as limits_module
from chatbot.server.limits import Limits, Rate


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_the_seconds_to_wait_are_told() -> None:
    clock = Clock()
    limits = Limits(conversation=Rate(0.5, 3), clock=clock)
    assert [limits.message("c", "s", "a") for _ in range(3)] == [0, 0, 0]
    assert limits.message("c", "s", "a") == 2.0
    clock.now += 1.5
    assert limits.message("c", "s", "a") == pytest.approx(0.5)
    clock.now += 0.5
    assert limits.message("c", "s", "a") == 0


def test_a_refusal_costs_nothing() -> None:
    clock = Clock()
    limits = Limits(conversation=Rate(1, 1), clock=clock)
    limits.message("c", "s", "a")
    for _ in range(100):
        assert limits.message("c", "s", "a") > 0
    clock.now += 1.0
    assert limits.message("c", "s", "a") == 0


@pytest.mark.parametrize("name", ["conversation", "shopper", "address"])
def test_each_of_conversation_shopper_and_address_has_its_own_bucket(name: str) -> None:
    wide = Rate(1000, 1000)
    limits = Limits(**({"conversation": wide, "shopper": wide, "address": wide} | {name: Rate(1, 2)}), clock=Clock())  # type: ignore[arg-type]
    keys = {"conversation": "c", "shopper": "s", "address": "a"}
    assert limits.message(*keys.values()) == limits.message(*keys.values()) == 0
    assert limits.message(*(keys | {name: "another"}).values()) == 0
    assert limits.message(*keys.values()) > 0


def test_the_defaults_let_a_fast_typist_and_a_busy_office_through() -> None:
    clock = Clock()
    limits = Limits(clock=clock)
    for second in range(60):
        clock.now += 2.0
        assert limits.message("typist", "typist", "office") == 0
        assert [limits.message(f"c{second}-{n}", f"s{second}-{n}", "office") for n in range(15)] == [0.0] * 15


def test_a_sixth_socket_of_one_shopper_is_refused_until_one_leaves() -> None:
    limits = Limits()
    assert [limits.enter("s") for _ in range(6)] == [True] * 5 + [False]
    assert limits.enter("other")
    limits.leave("s")
    assert limits.enter("s")


def test_handshakes_and_frames_are_counted_apart() -> None:
    clock = Clock()
    limits = Limits(connects=Rate(1, 1), frames=Rate(1, 1), clock=clock)
    assert (limits.connect("a"), limits.frame("c"), limits.connect("b")) == (0, 0, 0)
    assert limits.connect("a") > 0
    assert limits.frame("c") > 0


def test_buckets_are_forgotten_when_they_are_full_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "_MOST_BUCKETS", 100)
    clock = Clock()
    limits = Limits(connects=Rate(1, 2), clock=clock)
    for number in range(1_000):
        clock.now += 0.1
        limits.connect(f"address {number}")
    assert len(limits._connects._levels) <= 100
    clock.now += 0.0
    for number in range(1_000):
        limits.connect(f"attacker {number}")
    assert len(limits._connects._levels) <= 100
