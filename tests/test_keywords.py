"""One analyser for text and question, and BM25 that no question can break."""

import sqlite3

import pytest

from knowledge_base.keywords import KeywordIndex, add_passages, create_table, fold, stem, terms


@pytest.fixture
def index() -> KeywordIndex:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    create_table(connection)
    add_passages(
        connection,
        [
            (0, "Trail running shoes", "Light shoes for stony trails."),
            (1, "Returns", "Send shoes and everything else back within 30 days."),
            (2, "防水登山靴", "适合雨天徒步，鞋底防滑。"),
            (3, "MacBook 支架", "铝合金支架，适合 MacBook Pro。"),
        ],
    )
    return KeywordIndex(connection, 4)


def test_english_words_meet_in_their_stem() -> None:
    assert terms("Running shoes") == terms("run shoe")
    assert stem("batteries") == stem("battery")


def test_stop_words_and_signs_leave_nothing() -> None:
    assert terms("Do you have the ...?!") == []


def test_a_model_number_is_found_with_and_without_its_hyphen() -> None:
    assert "xr200" in terms("XR-200")
    assert "xr200" in terms("xr200")


def test_full_width_letters_and_accents_are_folded() -> None:
    assert fold("ＵＬ２ Café") == "ul2 cafe"


def test_chinese_is_analysed_alike_in_text_and_question() -> None:
    assert set(terms("登山靴")) & set(terms("这款防水登山靴多少钱"))
    assert "防水" in terms("防水登山靴")


def test_a_heading_outranks_a_mention(index: KeywordIndex) -> None:
    assert [number for number, _ in index.search(terms("shoes"), 5)] == [0, 1]


@pytest.mark.parametrize(
    ("question", "number"), [("雨天能穿的登山靴", 2), ("macbook支架有吗", 3), ("Do you have a stand for MacBook 支架", 3)]
)
def test_chinese_and_mixed_questions_find_their_passage(index: KeywordIndex, question: str, number: int) -> None:
    assert index.search(terms(question), 3)[0][0] == number


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "'; DROP TABLE words;--",
        "NEAR(a b)",
        "AND OR NOT",
        "*",
        "a:b",
        "(",
        "^x",
        "{y}",
        "\x00",
        "🙂",
        "-x +y",
        "𠀀",
        "“引号”",
        "\ud800",
    ],
)
def test_no_question_can_raise(index: KeywordIndex, question: str) -> None:
    index.search(terms(question), 5)
    index.weights(terms(question))


def test_rare_terms_weigh_more_than_common_ones(index: KeywordIndex) -> None:
    weights = index.weights(["shoe", stem("trail"), "unheard"])
    assert weights["unheard"] == 1
    assert weights["unheard"] > weights[stem("trail")] > weights["shoe"]


def test_the_terms_of_a_passage_can_be_read_back(index: KeywordIndex) -> None:
    heading, body = index.contents([1])[1]
    assert heading == frozenset(terms("Returns"))
    assert "30" in body
