"""Postings: the same ranking as FTS5 where all is read, and a fixed amount of reading where words are common."""

import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import postings
from knowledge_base.errors import IndexUnusable
from knowledge_base.keywords import Fresh, KeywordIndex, Place, add_passages, add_to_postings, create_table
from knowledge_base.postings import Postings

_WORDS = [f"word{number}" for number in range(60)]
Row = tuple[int, str, str]


def _passages(count: int, first: int = 0) -> list[Row]:
    """Words of very different rarity, in headings and in texts of different length."""
    chance = random.Random(first + 1)
    weights = [1 / (rank + 1) for rank in range(len(_WORDS))]
    return [
        (number, " ".join(chance.choices(_WORDS, weights, k=2)), " ".join(chance.choices(_WORDS, weights, k=chance.randrange(5, 30))))
        for number in range(first, first + count)
    ]


def _fts5(rows: list[Row]) -> KeywordIndex:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    create_table(connection)
    add_passages(connection, rows)
    return KeywordIndex(connection, len(rows))


def _ranked(folder: Path, rows: list[Row]) -> KeywordIndex:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    add_to_postings(connection, Place(folder), rows)
    return KeywordIndex(connection, len(rows), ranked=Postings(folder, connection, len(rows)))


@pytest.mark.parametrize("question", [["word50"], ["word55", "word30", "word3"], ["word0", "word1"], ["word40", "unheard"]])
def test_postings_rank_as_fts5_does(question: list[str], tmp_path: Path) -> None:
    rows = _passages(800)
    theirs, ours = _fts5(rows).search(question, 20), _ranked(tmp_path, rows).search(question, 20)
    assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], rel=2e-3)
    assert len({number for number, _ in ours} & {number for number, _ in theirs}) >= 0.9 * len(theirs)


def test_weights_and_contents_are_the_same_as_of_fts5(tmp_path: Path) -> None:
    rows = _passages(100)
    theirs, ours = _fts5(rows), _ranked(tmp_path, rows)
    question = ["word0", "word20", "unheard"]
    assert ours.weights(question) == theirs.weights(question)
    assert ours.contents([3, 7]) == theirs.contents([3, 7])


def test_a_question_without_known_words_finds_nothing(tmp_path: Path) -> None:
    index = _ranked(tmp_path, _passages(10))
    assert index.search(["unheard"], 5) == []
    assert index.search([], 5) == []


def test_common_terms_only_rank_what_rare_ones_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*_passages(500), (500, "", "rare word20 word25"), (501, "", "rare")]
    index = _ranked(tmp_path, rows)
    monkeypatch.setattr(postings, "MOST_READ", 5)
    monkeypatch.setattr(postings, "_SHORT", 5)
    found = index.search(["word20", "word25", "rare"], 10)
    assert [number for number, _ in found] == [500, 501]
    assert found == index.search(["rare", "word25", "word20"], 10)
    assert found[0][1] > found[1][1]


def test_leaving_out_what_cannot_be_among_the_best_changes_no_ranking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, chance = _passages(3_000), random.Random(5)
    index = _ranked(tmp_path, rows)
    questions = [chance.sample(_WORDS, chance.randrange(1, 9)) for _ in range(60)]
    whole = [index.search(question, 10) for question in questions]
    monkeypatch.setattr(postings, "_SHORT", 50)
    read: list[int] = []
    reading = Postings._list
    monkeypatch.setattr(Postings, "_list", lambda self, span: read.append(span[1]) or reading(self, span))  # type: ignore[func-returns-value]
    for question, expected in zip(questions, whole, strict=True):
        found = index.search(question, 10)
        assert [score for _, score in found] == pytest.approx([score for _, score in expected])
    postings_of = {term: span[1] for term, span in index._ranked.spans(_WORDS).items()}  # type: ignore[union-attr]
    assert sum(read) < 0.7 * sum(postings_of[term] for question in questions for term in question)


def test_of_a_term_that_nearly_all_have_the_foremost_are_found_the_first_time_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    add_to_postings(
        connection, Place(tmp_path), [(number, "", "lamp " * (1 + number % 7) + "shade " * (number % 5)) for number in range(400)]
    )
    whole = Postings(tmp_path, connection, 400).search({"lamp": 1.0}, 40)
    monkeypatch.setattr(postings, "MOST_READ", 100)
    monkeypatch.setattr(postings, "_SHORT", 100)
    monkeypatch.setattr(postings, "_RANKED", 60)
    cut = Postings(tmp_path, connection, 400)
    for _ in range(2):
        assert [score for _, score in cut.search({"lamp": 1.0}, 40)] == [score for _, score in whole]
    best = whole[0][0]
    cut.leave_out(np.array([best]))
    assert best not in dict(cut.search({"lamp": 1.0}, 40))


def test_many_blocks_come_to_the_same_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _passages(200)
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    whole = _ranked(tmp_path / "one", rows)
    monkeypatch.setattr(postings, "_BLOCK", 7)
    assert _ranked(tmp_path / "many", rows).search(["word9", "word1"], 30) == whole.search(["word9", "word1"], 30)
    for name in postings.FILES:
        assert np.array_equal(np.load(tmp_path / "one" / name), np.load(tmp_path / "many" / name))
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == sorted(postings.FILES)


def test_what_is_fresh_is_ranked_beside_the_rest_and_what_is_gone_is_not(tmp_path: Path) -> None:
    rows, newer = _passages(300), _passages(10, first=300)
    main, beside = sqlite3.connect(":memory:", check_same_thread=False), sqlite3.connect(":memory:", check_same_thread=False)
    average = add_to_postings(main, Place(tmp_path), rows)
    add_to_postings(beside, Place(tmp_path, "fresh-", average), newer)
    gone = frozenset(number for number, _, text in rows if "word30" in text.split())
    fresh = Fresh(beside, Postings(tmp_path, beside, 10, first=300, prefix="fresh-"), 300, gone)
    index = KeywordIndex(main, 310 - len(gone), ranked=Postings(tmp_path, main, 300), fresh=fresh)
    found = dict(index.search(["word30", "word2"], 310))
    assert gone and not gone & set(found)
    assert {number for number in found if number >= 300} == {
        number for number, *text in newer if {"word30", "word2"} & set(" ".join(text).split())
    }
    assert set(index.contents([2, 305])) == {2, 305}


def test_missing_and_differing_files_are_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(IndexUnusable, match=r"keyword postings cannot be read .*chatbot index build"):
        Postings(tmp_path, connection, 1)
    add_to_postings(connection, Place(tmp_path), _passages(5))
    np.save(tmp_path / postings.FILES[1], np.zeros(3, dtype=np.float16))
    with pytest.raises(IndexUnusable, match="with 3 weights"):
        Postings(tmp_path, connection, 5)
