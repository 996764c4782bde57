"""The question files: enough of every kind, no figure expected that the shop's own files do not contain, and shops that can be read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from chatbot.training.questions import Question, load_questions, plain
from knowledge_base.importers import read_folder

ROOT = Path(__file__).parent
SAMPLE = ROOT.parent / "knowledge_base" / "sample_shop"
KINDS = {"product", "policy", "follow_up", "list", "compare", "unanswerable", "injection", "smalltalk"} | {
    "price", "stock", "options", "attribute", "yes_no", "several", "typo", "false_premise",
}  # fmt: skip
# Shops of authors who had not seen the code; see shops/README.md.
BLIND = {"garden.en": 110, "household.zh": 110, "clothing.en": 60, "desk.zh": 60, "kitchen.en": 90, "pets.zh": 90}
# Shops that nobody trains or tunes on; the third, tau2.en, is made from data that are not in the repository.
EXAM = {"bicycles.en": 90, "skincare.en": 90}
CONTENT = {
    "sample.en": [SAMPLE / "products.csv", SAMPLE / "shop.toml", *sorted(SAMPLE.glob("*/en/*.md"))],
    "sample.zh": [SAMPLE / "products.zh.csv", SAMPLE / "shop.toml", *sorted(SAMPLE.glob("*/zh/*.md"))],
    "ceramics.en": sorted((ROOT / "shops" / "ceramics").iterdir()),
    "chadian.zh": sorted((ROOT / "shops" / "chadian").iterdir()),
    **{name: sorted((ROOT / "shops" / name.partition(".")[0]).iterdir()) for name in (*BLIND, *EXAM)},
}
AT_LEAST = {"sample.en": 90, "sample.zh": 90, "ceramics.en": 50, "chadian.zh": 40, **BLIND, **EXAM}
# Their authors wrote prices with a unit or a sign ("$649", "259元") that the column of a table does not have, and one stock as "2件".
WITH_UNITS = {"household.zh", "kitchen.en", "pets.zh", *EXAM}
MOST_ALTERNATIVES = 12
SOLD_OUT = {"en": {"sold out", "out of stock", "not in stock", "unavailable"}, "zh": {"售罄", "缺货", "无货", "没货"}}


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


@pytest.mark.parametrize("name", sorted(CONTENT.keys() - WITH_UNITS))
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


@pytest.mark.parametrize("name", sorted(WITH_UNITS))
def test_every_expected_figure_with_a_unit_stands_in_the_content_without_it(name: str) -> None:
    given = set(re.findall(r"\d+(?:\.\d+)?", content(name)))
    for question in questions(name):
        for group in question.must:
            if all(re.search(r"\d", option) for option in group):
                assert any(number in given for option in group for number in re.findall(r"\d+(?:\.\d+)?", option)), (question.q, group)


@pytest.mark.parametrize("name", BLIND)
def test_the_shops_of_other_authors_are_asked_about_everything(name: str) -> None:
    kinds = Counter(question.kind for question in questions(name))
    assert kinds.keys() == {"product", "policy", "follow_up", "unanswerable", "injection"}
    assert all(question.must or question.must_not for question in questions(name))
    assert all(question.history for question in questions(name) if question.kind == "follow_up")


@pytest.mark.parametrize("name", BLIND)
def test_lists_of_alternatives_are_short_and_those_about_sold_out_things_keep_the_plain_words(name: str) -> None:
    plain_words = SOLD_OUT[name.partition(".")[2]]
    for question in questions(name):
        for group in question.must:
            assert len(group) <= MOST_ALTERNATIVES, (question.q, group)
            assert len(plain_words & set(group)) in (0, len(plain_words)), (question.q, group)


@pytest.mark.parametrize("name", [name for name in CONTENT if not name.startswith("sample.")])
def test_the_shop_behind_a_question_file_can_be_read_without_a_problem(name: str) -> None:
    shop = read_folder(ROOT / "shops" / name.partition(".")[0])
    assert shop.problems == ()
    assert len(shop.products) >= 20
    assert shop.profile.languages == (name.partition(".")[2],)
    assert {document.kind for document in shop.documents} >= {"faq"}
    assert {path.suffix for path in CONTENT[name]} == {".csv", ".md"}
