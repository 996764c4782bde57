"""Shoppers who ask at once are encoded in one pass, and a question asked again in none."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from fakes_knowledge import BagEncoder

from knowledge_base.encoders import Role, Vectors
from knowledge_base.encoding_together import EncoderForAll


@dataclass
class SlowEncoder(BagEncoder):
    """Tells when it is at work and goes on when it may. `passes` are the texts of each pass; a text that is "bad" fails."""

    passes: list[list[str]] = field(default_factory=list)
    at_work: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__()

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        self.passes.append(list(texts))
        self.at_work.set()
        assert self.may_go_on.wait(20)
        if "bad" in texts:
            raise RuntimeError("bad text")
        return super().encode(texts, role=role)


def _asking(encoder: EncoderForAll, texts: Sequence[str], heard: dict[str, object]) -> threading.Thread:
    def ask() -> None:
        try:
            heard[texts[0]] = encoder.encode(texts, role="query")
        except RuntimeError as error:
            heard[texts[0]] = str(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def _until_waiting(encoder: EncoderForAll, count: int) -> None:
    for _ in range(2000):
        if len(encoder._waiting) == count:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"expected {count} callers to wait, got {len(encoder._waiting)}")


def test_those_who_come_while_it_works_are_encoded_in_the_next_pass_together() -> None:
    inner = SlowEncoder()
    encoder, heard = EncoderForAll(inner), {}
    threads = [_asking(encoder, ["first"], heard)]
    assert inner.at_work.wait(20)
    threads += [_asking(encoder, texts, heard) for texts in (["tents", "stoves"], ["stoves", "boots"], ["lamps", "first"])]
    _until_waiting(encoder, 3)
    inner.may_go_on.set()
    for thread in threads:
        thread.join(20)
    assert [sorted(texts) for texts in inner.passes] == [["first"], ["boots", "lamps", "stoves", "tents"]]
    alone = BagEncoder().encode(["stoves", "boots"], role="query")
    assert np.array_equal(heard["stoves"], alone)


def test_what_fails_fails_for_those_of_its_pass_and_leaves_nothing_behind() -> None:
    inner = SlowEncoder()
    encoder, heard = EncoderForAll(inner), {}
    threads = [_asking(encoder, ["first"], heard)]
    assert inner.at_work.wait(20)
    threads += [_asking(encoder, texts, heard) for texts in (["bad"], ["tents"])]
    _until_waiting(encoder, 2)
    inner.may_go_on.set()
    for thread in threads:
        thread.join(20)
    assert heard["bad"] == heard["tents"] == "bad text"
    assert encoder.encode(["tents"], role="query").shape == (1, inner.dimension)
    assert not encoder._waiting


def test_one_who_brings_very_much_goes_alone() -> None:
    inner = SlowEncoder()
    encoder, heard = EncoderForAll(inner), {}
    threads = [_asking(encoder, ["first"], heard)]
    assert inner.at_work.wait(20)
    threads += [_asking(encoder, [f"{name} {n}" for n in range(count)], heard) for name, count in (("many", 60), ("few", 5))]
    _until_waiting(encoder, 2)
    inner.may_go_on.set()
    for thread in threads:
        thread.join(20)
    assert sorted(map(len, inner.passes)) == [1, 5, 60]


def test_a_question_asked_twice_is_encoded_once() -> None:
    inner = BagEncoder()
    encoder = EncoderForAll(inner)
    first = encoder.encode(["tents", "stoves"], role="query")
    again = encoder.encode(["stoves", "tents"], role="query")
    assert inner.encoded == ["tents", "stoves"]
    assert np.array_equal(first[::-1], again)


def test_passages_are_not_kept_and_old_questions_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge_base.encoding_together._KEPT", 8)
    inner = BagEncoder()
    encoder = EncoderForAll(inner)
    encoder.encode(["text"], role="passage")
    encoder.encode(["text"], role="passage")
    assert inner.encoded == ["text", "text"]
    encoder.encode(["first"], role="query")
    encoder.encode([f"question {number}" for number in range(7)], role="query")
    encoder.encode(["first"], role="query")  # asked again, so it is not the oldest
    encoder.encode(["one more"], role="query")
    encoder.encode(["first", "question 0"], role="query")
    assert inner.encoded.count("first") == 1
    assert inner.encoded.count("question 0") == 2
