"""Evaluations that were kept: read again, put together by group of shops, and what cannot be used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.training.evaluate import Answered, as_rows
from chatbot.training.kept_evaluations import Evaluation, EvaluationFileError, put_together, read_evaluation
from chatbot.training.scores import summary


def answered(q: str, *, right: bool = True, shop: str = "", group: str = "") -> Answered:
    missing = () if right else ("49",)
    return Answered(q, "product", "It costs €49.", "stop", "model", missing, (), (), 0, 100.0, 200.0, shop=shop, group=group, claims=1)


def kept(folder: Path, title: str, *items: Answered) -> Path:
    folder.mkdir()
    path = folder / "evaluation.json"
    path.write_text(json.dumps({"setup": {"title": title}, "replies": as_rows(items)}), "utf-8")
    return path


def test_an_evaluation_that_was_kept_is_read_again_also_one_of_an_earlier_version(tmp_path: Path) -> None:
    path = tmp_path / "run" / "evaluation.json"
    path.parent.mkdir()
    rows = as_rows([replace(answered("a", shop="garden"), ungrounded=("It flies.",))])
    path.write_text(json.dumps({"setup": {"title": "raw"}, "replies": rows}))
    assert read_evaluation(path) == Evaluation("raw", (replace(answered("a", shop="garden"), ungrounded=("It flies.",)),))
    for new in ("ungrounded", "claims", "shop", "group", "language"):
        del rows[0][new]
    path.write_text(json.dumps({"replies": rows}))
    run = read_evaluation(path)
    assert (run.title, run.answered[0].claims, run.answered[0].right) == ("run", 0, True)


@pytest.mark.parametrize("text", ["not json", "[]", '{"figures": {}}', '{"replies": [{"q": "a"}]}', '{"replies": [7]}'])
def test_a_file_that_is_no_evaluation_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text(text)
    with pytest.raises(EvaluationFileError, match=r"evaluation\.json: expected an evaluation\.json as"):
        read_evaluation(path)
    with pytest.raises(EvaluationFileError, match=r"gone\.json: cannot be read"):
        read_evaluation(tmp_path / "gone.json")


def test_results_of_several_shops_are_put_together_each_under_its_group(tmp_path: Path) -> None:
    sample = kept(tmp_path / "sample", "tuned", answered("a", shop="sample"), answered("b", shop="sample"))
    garden = kept(tmp_path / "garden", "tuned", answered("a", shop="garden", right=False), answered("c", shop="garden"))
    mixed = kept(tmp_path / "mixed", "tuned", answered("d", shop="tea", group="other language"))
    run = put_together([f"unseen={garden}", f"trained = {sample}", str(mixed)])
    assert (run.title, [(item.shop, item.group) for item in run.answered]) == (
        "tuned",
        [("garden", "unseen"), ("garden", "unseen"), ("sample", "trained"), ("sample", "trained"), ("tea", "other language")],
    )
    groups: dict[str, Any] = summary(run.answered)["groups"]
    assert {name: figures["facts_right"]["text"].partition(",")[0] for name, figures in groups.items()} == {
        "trained": "100.0% (2/2",
        "unseen": "50.0% (1/2",
        "other language": "100.0% (1/1",
    }


def test_a_path_with_an_equals_sign_is_no_group(tmp_path: Path) -> None:
    path = kept(tmp_path / "seed=1", "tuned", answered("a"))
    assert put_together([str(path)]).answered == (answered("a"),)


def test_results_of_two_assistants_or_the_same_result_twice_are_not_put_together(tmp_path: Path) -> None:
    tuned, raw = kept(tmp_path / "tuned", "tuned", answered("a")), kept(tmp_path / "raw", "raw", answered("a"))
    with pytest.raises(EvaluationFileError, match=r"raw.evaluation\.json: expected a result of the same assistant, tuned, got one of raw"):
        put_together([f"trained={tuned}", f"unseen={raw}"])
    with pytest.raises(EvaluationFileError, match=r"tuned.evaluation\.json: expected each result once, got it twice"):
        put_together([f"trained={tuned}", f"unseen={tuned}"])
