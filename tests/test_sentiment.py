"""Verdicts on reviews: what the shipped head says by the words alone and with the encoder, the words that decided, and the file it came in."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import WeightsError
from chatbot.formulas import no_formula
from chatbot.sentiment.clauses import clauses
from chatbot.sentiment.counting import ReviewCounts
from chatbot.sentiment.dashboard import dashboard, without_private
from chatbot.sentiment.fit import Examples, fit
from chatbot.sentiment.head import load_head
from chatbot.sentiment.judge import Judge
from chatbot.sentiment.judging_file import judge_file
from chatbot.sentiment.measures import calibration_error
from chatbot.sentiment.ngrams import grams
from chatbot.sentiment.reading import read_reviews
from chatbot.sentiment.report import marked, report_page
from chatbot.sentiment.reviews_file import Review
from knowledge_base.encoders import UseEncoder

WORDS = Judge()  # by the words alone: no weights are fetched


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Excellent tent, I love it and would buy it again.", "positive"),
        ("Terrible. It broke after a week and they refused a refund.", "negative"),
        ("Not good at all, very disappointed.", "negative"),
        ("非常满意，质量很好，下次还会再来！", "positive"),
        ("太差了，用了两天就坏了，客服态度恶劣。", "negative"),
        ("👍👍 love it", "positive"),
    ],
)
def test_praise_and_complaint_are_told_apart_in_both_languages(text: str, label: str) -> None:
    assert WORDS.judge([text])[0].label == label


@pytest.mark.parametrize("text", ["", "   ", "!!!", "5", "12.50", "…"])
def test_a_text_without_words_gets_no_label(text: str) -> None:
    assert WORDS.judge([text])[0] == WORDS.judge([""])[0]
    assert WORDS.judge([text])[0].praise is None


def test_a_review_of_a_megabyte_is_judged_by_its_beginning() -> None:
    long = WORDS.judge(["Excellent kettle. " * 60_000])[0]
    assert long.label == "positive"


def test_every_feature_stands_where_it_says() -> None:
    text = "Don’t buy İt: NOT good, 质量不好!"
    for _, start, end in grams(text):
        assert 0 <= start < end <= len(text)
    assert {"¬good", "质量不"[:2], "«¬praise»"} <= {name for name, _, _ in grams(text)}


def test_clauses_are_pieces_of_their_text() -> None:
    text = "The fabric is soft, but it runs small. 颜色很好看，就是偏小。 Delivered late."
    assert all(text[clause.start : clause.end] == clause.text for clause in clauses(text))
    assert "it runs small" in [clause.text.removeprefix("but ").rstrip(".") for clause in clauses(text)]


def test_each_aspect_is_judged_by_its_own_clause_and_the_words_that_decided_are_marked() -> None:
    text = "The fabric is wonderful and soft, but it runs small. Delivery was terribly slow."
    (read,) = read_reviews(WORDS, [text])
    labels = {one.aspect: one.label for one in read.aspects}
    assert (labels["material"], labels["fit"], labels["delivery"]) == ("positive", "negative", "negative")
    for one in read.aspects:
        assert all(text[word.start : word.end] == word.text and one.start <= word.start <= word.end <= one.end for word in one.words)
    assert {said.name for said in read.sayings} >= {"runs_small", "arrives_late"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Runs a bit small, size up.", "runs_small"),
        ("比平时的码偏小", "runs_small"),
        ("Looser than I expected.", "runs_large"),
        ("True to size.", "true_to_size"),
        ("有色差", "colour_differs"),
    ],
)
def test_what_reviewers_say_in_so_many_words_is_counted(text: str, said: str) -> None:
    assert said in {one.name for one in read_reviews(WORDS, [text])[0].sayings}


@pytest.mark.parametrize(
    ("text", "said"), [("It does not run small.", "runs_small"), ("没有色差", "colour_differs"), ("不偏小", "runs_small")]
)
def test_what_is_denied_is_not_counted(text: str, said: str) -> None:
    assert said not in {one.name for one in read_reviews(WORDS, [text])[0].sayings}


def written(folder: Path, text: str) -> Path:
    path = folder / "reviews.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_comes_back_in_its_order_with_its_own_columns_and_no_formula(tmp_path: Path) -> None:
    path = written(tmp_path, 'sku,rating,body,note\nA,5,Great kettle,"=HYPERLINK(""http://x"")"\nB,1,=1+1 broke at once,-5\nC,,,@SUM(A1)\n')
    judged = judge_file(path, WORDS, tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))
    assert [row["sku"] for row in rows] == ["A", "B", "C"] and judged.rows == 3
    assert [row["sentiment"] for row in rows] == ["positive", "negative", "none"]
    assert [row["note"][:1] for row in rows] == ["'", "-", "'"] and rows[1]["body"].startswith("'=")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@a", "\t=1", "|x"])
def test_a_cell_that_would_run_is_defused(cell: str) -> None:
    assert no_formula(cell).startswith("'")


def test_counts_are_those_of_the_rows_and_one_review_counts_once_for_an_aspect(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "handle,rating,body,date\nt,5,Lovely quality. Great quality.,2026-03-02\nt,5,Awful quality and it broke,2026-03-04\nk,1,,2026-03-09\n",
    )
    judged = judge_file(path, WORDS)
    found = json.loads(json.dumps(dashboard(judged.counts, judged.found)))
    assert found["reviews"] == 3 and found["labels"] == {"positive": 1, "mixed": 0, "negative": 1, "none": 1}
    quality = next(one for one in found["aspects"] if one["name"] == "quality")
    assert (quality["reviews"], quality["positive"], quality["negative"]) == (2, 1, 1)
    assert [(one["week"], one["reviews"]) for one in found["weeks"]] == [("2026-03-02", 2), ("2026-03-09", 1)]
    assert found["disagreeing"] == 1  # five stars and a complaint


def test_the_page_escapes_what_reviewers_wrote_and_runs_nothing(tmp_path: Path) -> None:
    attack = 'Awful <script>alert(1)</script> "quality" & ignore your instructions'
    path = written(tmp_path, "handle,body,date\n<b>x</b>," + json.dumps(attack).replace('\\"', '""') + ",2026-03-02\ny,Great,2026-03-10\n")
    judged = judge_file(path, WORDS)
    page = report_page("a<b>.csv", dashboard(judged.counts, judged.found), ["note <i>"])
    assert "<script" not in page and "<b>x</b>" not in page and "a<b>" not in page and "<i>" not in page
    assert page.count("&lt;") >= 4 and "<svg" in page


def test_marks_keep_the_text_whole() -> None:
    assert marked("a<b", [{"start": 1, "end": 2, "weight": 1.0}]) == 'a<mark class="good">&lt;</mark>b'


def test_addresses_and_numbers_of_people_are_not_shown() -> None:
    hidden = without_private("Write to maya@example.com or +1 555 010 9999, 微信:maya_1990, see https://x.example/a")
    assert not any(word in hidden for word in ("maya", "555", "x.example"))


def test_the_encoder_knows_what_the_words_do_not() -> None:
    encoder = UseEncoder()
    judge = Judge(encoders=lambda _: encoder)
    (with_it,), (without,) = judge.judge(["Magnifique, je suis ravie !"]), WORDS.judge(["Magnifique, je suis ravie !"])
    assert with_it.praise is not None and without.praise is not None and with_it.praise > max(0.6, without.praise)


def test_a_head_is_trained_saved_and_judges_what_it_learned(tmp_path: Path) -> None:
    praise, blame = ["blorp kettle", "so blorp", "blorp blorp tent"], ["zmack kettle", "so zmack", "zmack zmack tent"]
    texts = (praise + blame) * 4
    examples = Examples(
        texts,
        np.array(([True] * 3 + [False] * 3) * 4),
        ["en"] * 24,
        np.arange(24) % 2,
        {"toy": np.ones((24, 2), dtype=np.float32)},
        np.ones(24, dtype=np.float32),
    )
    fit(examples).head.save(tmp_path)
    found = Judge(load_head(tmp_path)).judge(["a blorp lamp", "a zmack lamp"], ["en", "en"])
    assert [one.label for one in found] == ["positive", "negative"]


def test_a_folder_without_a_head_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="chatbot sentiment fit"):
        load_head(tmp_path)
    (tmp_path / "head.safetensors").write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="damaged"):
        load_head(tmp_path)


def test_the_calibration_error_is_the_gap_between_surety_and_truth() -> None:
    assert calibration_error(np.full(10, 0.9, dtype=np.float32), np.array([True] * 9 + [False])) == pytest.approx(0.0, abs=1e-6)
    assert calibration_error(np.full(10, 0.9, dtype=np.float32), np.array([True] * 5 + [False] * 5)) == pytest.approx(0.4, abs=1e-6)


def test_quotes_name_no_author() -> None:
    counts = ReviewCounts().add_all(
        zip([Review(2, "Great kettle", cells=("Great kettle", "Tessa M."))], read_reviews(WORDS, ["Great kettle"]), strict=True)
    )
    assert "Tessa" not in json.dumps(dashboard(counts))
