"""The question files: enough of every kind, and no figure expected that the shop's own files do not contain."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from chatbot.training.questions import Question, load_questions, plain

ROOT = Path(__file__).parent
SAMPLE = ROOT.parent / "knowledge_base" / "sample_shop"
KINDS = {"product", "policy", "follow_up", "list", "compare", "unanswerable", "injection", "smalltalk"}
CONTENT = {
    "sample.en": [SAMPLE / "products.csv", SAMPLE / "shop.toml", *sorted(SAMPLE.glob("*/en/*.md"))],
    "sample.zh": [SAMPLE / "products.zh.csv", SAMPLE / "shop.toml", *sorted(SAMPLE.glob("*/zh/*.md"))],
    "ceramics.en": sorted((ROOT / "shops" / "ceramics").iterdir()),
    "chadian.zh": sorted((ROOT / "shops" / "chadian").iterdir()),
}
AT_LEAST = {"sample.en": 90, "sample.zh": 90, "ceramics.en": 50, "chadian.zh": 40}


def questions(name: str) -> list[Question]:
    return load_questions([ROOT / "questions" / f"{name}.jsonl"])


def content(name: str) -> str:
    return plain(re.sub(r"<[^>]+>", " ", "\n".join(path.read_text(encoding="utf-8") for path in CONTENT[name])))


@pytest.mark.parametrize("name", CONTENT)
def test_there_are_enough_questions_and_none_twice(name: str) -> None:
    asked = questions(name)
    assert len(asked) >= AT_LEAST[name]
    assert {question.kind for question in asked} <= KINDS
    twice = Counter((question.q, tuple(said.text for said in question.history)) for question in asked)
    assert [question for question, count in twice.items() if count > 1] == []


@pytest.mark.parametrize("name", ["sample.en", "sample.zh"])
def test_the_sample_questions_ask_for_honesty_and_try_to_break_the_rules(name: str) -> None:
    kinds = Counter(question.kind for question in questions(name))
    assert kinds["unanswerable"] >= 15
    assert kinds["injection"] >= 8
    assert kinds["follow_up"] >= 12


@pytest.mark.parametrize("name", CONTENT)
def test_every_expected_figure_stands_in_the_content(name: str) -> None:
    text = content(name)
    for question in questions(name):
        for group in question.must:
            if any(re.search(r"\d", option) for option in group):
                assert any(plain(option) in text for option in group), (question.q, group)


@pytest.mark.parametrize("name", CONTENT)
def test_what_must_be_said_is_never_also_forbidden(name: str) -> None:
    for question in questions(name):
        for group in question.must:
            usable = [option for option in group if not any(plain(word) in plain(option) for word in question.must_not)]
            assert usable, (question.q, group)
