"""Texts for pretraining: what is read, that nothing is there twice, and a split that keeps what belongs together on one side."""

import gzip
import json
from pathlib import Path

import pytest

from chatbot.training.texts import ShopText, TextFileError, counts, distinct, file_texts, fingerprint, shop_texts, split
from knowledge_base.passages import base_id

SAMPLE = Path(__file__).parents[1] / "knowledge_base" / "sample_shop"


@pytest.fixture(scope="module")
def sample() -> list[ShopText]:
    return shop_texts(SAMPLE)


def _text(group: str, text: str = "", kind: str = "faq", language: str = "en") -> ShopText:
    return ShopText(group, kind, language, text or f"about {group}")


def test_a_shop_gives_products_questions_policies_and_reviews_in_both_languages(sample: list[ShopText]) -> None:
    found = counts(sample)
    assert {"product en", "product zh", "faq en", "faq zh", "policy en", "policy zh", "review en", "review zh"} <= set(found)
    assert found["product en"] > 100 and found["review en"] > 100


def test_prices_and_stock_are_left_out_of_products(sample: list[ShopText]) -> None:
    tent = next(text.text for text in sample if text.group == "product:ridgeline-2-tent" and text.language == "en")
    assert "Ridgeline 2 Tent" in tent and "3000 mm" in tent and "249" not in tent


def test_files_give_their_lines_rows_and_sections(tmp_path: Path) -> None:
    lines = [
        {"text": "Plain text."},
        {"question": "Do you ship abroad?", "answer": "Yes, to Canada."},
        {"messages": [{"role": "user", "content": "Is it warm?"}, {"role": "assistant", "content": "To minus five."}]},
        {"facts": ["The lamp is blue."], "asks": [{"question": "Colour?", "answer": "Blue."}]},
    ]
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "b.csv").write_text("id,instruction,response\n1,Cancel my order,Go to your orders\n")
    (tmp_path / "c.md").write_text("\n\n".join(f"Paragraph {number}. " + "word " * 300 for number in range(8)))
    found = file_texts([tmp_path / name for name in ("a.jsonl.gz", "b.csv", "c.md")])
    said = [text.text for text in found]
    assert said[:4] == [
        "Plain text.",
        "Do you ship abroad?\nYes, to Canada.",
        "Is it warm?\nTo minus five.",
        "The lamp is blue.\nColour?\nBlue.",
    ]
    assert said[4] == "Cancel my order\nGo to your orders"
    assert len(said) > 6 and "".join(said[5:]).count("Paragraph") == 8


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", '{"text": "fine"}\n{"nothing": 1}\n', r"a\.jsonl:2: expected a JSON object with text, question and answer"),
        ("a.jsonl", '{"messages": [{"role": "user"}]}\n', r"a\.jsonl:1: expected"),
        ("a.csv", "id,price\n1,2\n", r"a\.csv:1: expected a column named .*, got id, price"),
        ("a.pdf", "x", r"a\.pdf: expected one of \.txt, \.md, \.csv, \.jsonl"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(TextFileError, match=says):
        file_texts([tmp_path / name])


def test_a_text_is_there_once_whatever_its_spaces_and_capitals() -> None:
    assert [text.group for text in distinct([_text("a", "Good  boots"), _text("b", "good boots"), _text("c", "…")])] == ["a"]


def test_a_tenth_of_every_kind_is_held_out_and_both_languages_of_a_document_with_it(sample: list[ShopText]) -> None:
    parts = split(sample)
    assert len(parts.train) + len(parts.held_out) == len(sample)
    assert not {text.group for text in parts.train} & {text.group for text in parts.held_out}
    assert {text.kind for text in parts.held_out} == {"product", "faq", "policy", "review"}
    assert 0.08 < len(parts.held_out) / len(sample) < 0.12
    assert all(text.group == base_id(text.group) for text in sample)


def test_the_split_does_not_depend_on_the_order_of_the_texts() -> None:
    texts = [_text(f"t{number}") for number in range(40)]
    assert set(split(texts).held_out) == set(split(texts[::-1]).held_out)
    assert fingerprint(texts) == fingerprint(texts[::-1]) != fingerprint(texts[1:])


def test_two_texts_are_split_and_one_is_refused() -> None:
    assert len(split([_text("a"), _text("b")]).held_out) == 1
    with pytest.raises(TextFileError, match="at least two texts"):
        split([_text("a")])
