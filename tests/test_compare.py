"""Two runs side by side: pairs, the exact test, the figures' differences, and the questions that changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.settings import Settings
from chatbot.training.compare import Comparison, mcnemar, pairs_of, rows_of, score
from chatbot.training.evaluate import Answered
from chatbot.training.questions import Question
from tests.open_shop import shop_settings, write_content


def answered(
    q: str, reply: str = "It costs €49.", *, right: bool = True, kind: str = "product", shop: str = "", finish: str = "stop"
) -> Answered:
    return Answered(q, kind, reply, finish, "model", () if right else ("49",), (), (), 0, 100.0, 200.0, shop=shop, claims=1)


@pytest.mark.parametrize(
    ("gained", "lost", "p"), [(0, 0, 1.0), (5, 5, 1.0), (1, 8, 0.0390625), (8, 1, 0.0390625), (10, 0, 0.001953125), (3, 4, 1.0)]
)
def test_mcnemars_test_is_that_of_a_fair_coin(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p)


def test_the_same_question_is_paired_whatever_the_order_and_others_are_left_out() -> None:
    new, old = [answered("a"), answered("b"), answered("only new")], [answered("b", "B"), answered("a", "A"), answered("only old")]
    assert [(pair.new.q, pair.old.reply) for pair in pairs_of(new, old)] == [("a", "A"), ("b", "B")]


def test_a_question_that_was_asked_twice_or_after_other_words_is_paired_with_its_own() -> None:
    first = replace(answered("and how much?"), earlier=("the kettle?",))
    second = replace(answered("and how much?"), earlier=("the tent?",))
    pairs = pairs_of([second, first, answered("a"), answered("a")], [first, second, answered("a", "one"), answered("a", "two")])
    assert [(pair.new.earlier, pair.old.earlier) for pair in pairs[:2]] == [(("the tent?",),) * 2, (("the kettle?",),) * 2]
    assert [pair.old.reply for pair in pairs[2:]] == ["one", "two"]


def test_shops_are_told_apart_where_both_runs_name_them() -> None:
    new = [answered("a", shop="garden"), answered("a", shop="kitchen")]
    assert [pair.old.shop for pair in pairs_of(new, [answered("a", shop="kitchen")])] == ["kitchen"]
    assert len(pairs_of(new, [answered("a")])) == 1


def test_a_comparison_has_each_figure_with_its_difference_and_its_p_value() -> None:
    new = [answered(f"q{number}") for number in range(10)]
    old = [answered(f"q{number}", right=number > 7) for number in range(10)]
    rows = {row.title: row for row in rows_of(pairs_of(new, old))}
    facts = rows["facts right"]
    assert (facts.points, facts.p) == (pytest.approx(80.0), pytest.approx(mcnemar(8, 0)))
    assert facts.new.startswith("100.0% (10/10") and facts.old.startswith("20.0% (2/10")
    assert "unanswerable answered honestly" not in rows, "nothing of the kind was asked"
    assert rows["grounded sentences"].p is None, "sentences are not the same ones on both sides"
    assert rows["first word, median ms"].new == "100"


def test_a_question_changed_for_the_better_for_the_worse_or_in_words_only() -> None:
    new = [answered("a"), answered("b", right=False), answered("c", "It costs €49 today."), answered("d")]
    old = [answered("a", right=False), answered("b"), answered("c"), answered("d")]
    comparison = Comparison("tuned", "raw", tuple(pairs_of(new, old)))
    assert [[pair.new.q for pair in comparison.changed(how)] for how in ("better", "worse", "reworded", "")] == [["a"], ["b"], ["c"], ["d"]]
    told = json.loads(json.dumps(comparison.told()))
    assert [(row["q"], row["changed"]) for row in told["changed"]] == [("b", "worse"), ("a", "better")]
    assert told["questions"] == 4


@pytest.mark.slow
def test_the_score_of_settings_is_the_summary_of_asking_their_shop(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"q": "how much is the otter kettle?", "must": ["49"], "kind": "product"}\n')
    settings: Settings = shop_settings(tmp_path)
    figures = score(settings, [asked, Question(q="Who is your chief executive?", must=[["couldn't find"]], kind="unanswerable")])
    assert (figures["questions"], figures["facts_right"]["count"], figures["honest_refusals"]["count"]) == (2, 1, 1)
    other = write_content(tmp_path / "other")
    (other / "products.csv").write_text("name,price,sku,stock\nOtter Kettle,77,OK-1,5\n")
    assert score(settings, [asked], other)["facts_right"]["count"] == 0
