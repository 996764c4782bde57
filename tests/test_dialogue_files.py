"""Files of dialogues become scenes whose answers can be read, and what is wrong with a file is named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.training.dialogue_files import DialogueFileError, read_dialogues


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_pairs_without_facts_are_each_others_evidence(tmp_path: Path) -> None:
    lines = [f'{{"question": "What is {number}?", "answer": "It is {number}."}}' for number in range(6)]
    first, second = read_dialogues([written(tmp_path, "faq.jsonl", "\n".join(lines) + "\n\n")])
    assert first.facts == ("It is 0.", "It is 1.", "It is 2.", "It is 3.")
    assert [ask.question for ask in second.asks] == ["What is 4?", "What is 5?"]
    assert (first.language, first.shop, first.asks[0].kind) == ("en", "faq", "dialogue")
    assert all(ask.answer in scene.facts for scene in (first, second) for ask in scene.asks)


def test_languages_and_shops_are_not_mixed(tmp_path: Path) -> None:
    rows = (
        '{"question": "How long is delivery?", "answer": "Two days."}\n'
        '{"question": "多久可以送到？", "answer": "两天。"}\n'
        '{"question": "What is it?", "answer": "A tent.", "shop": "other", "kind": "product"}\n'
    )
    scenes = read_dialogues([written(tmp_path, "mixed.jsonl", rows)])
    assert [(scene.language, scene.shop, scene.facts) for scene in scenes] == [
        ("en", "mixed", ("Two days.",)),
        ("zh", "mixed", ("两天。",)),
        ("en", "other", ("A tent.",)),
    ]
    assert scenes[2].asks[0].kind == "product"


def test_facts_that_are_given_are_the_evidence(tmp_path: Path) -> None:
    row = '{"question": "Is it blue?", "answer": "No, green.", "facts": ["The tent is green.", "It is light."]}'
    (scene,) = read_dialogues([written(tmp_path, "a.jsonl", row)])
    assert scene.facts == ("The tent is green.", "It is light.")


def test_a_dialogue_of_openais_kind_is_read_turn_by_turn(tmp_path: Path) -> None:
    said = (
        '{"messages": [{"role": "system", "content": "The tent is green.\\n\\nIt costs 9 EUR."}, {"role": "user", "content": "Hi, is it blue?"},'
        ' {"role": "assistant", "content": "No, green."}, {"role": "user", "content": "And the price?"},'
        ' {"role": "assistant", "content": "9 EUR."}]}\n'
        '{"messages": [{"role": "user", "content": "Where are you?"}, {"role": "assistant", "content": "In Bonn."}]}'
    )
    grounded, bare = read_dialogues([written(tmp_path, "chat.jsonl", said)])
    assert grounded.facts == ("The tent is green.", "It costs 9 EUR.")
    assert [(ask.question, ask.answer) for ask in grounded.asks] == [("Hi, is it blue?", "No, green."), ("And the price?", "9 EUR.")]
    assert bare.facts == ("In Bonn.",)


def test_a_table_is_read_whatever_program_wrote_it(tmp_path: Path) -> None:
    text = '\ufeffQuestion, Answer ,facts\r\n"How much, please?","It is 9 EUR.","It costs 9 EUR.\r\nIt is blue."\r\nBlue?,Yes.,\r\n'
    given, own = read_dialogues([written(tmp_path, "t.CSV", text)])
    assert given.facts == ("It costs 9 EUR.", "It is blue.")
    assert own.facts == ("Yes.",)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '{"question": "a", "answer": "b"}\n{half', r"a\.jsonl:2: expected a JSON object"),
        ("a.jsonl", "[1]", r"a\.jsonl:1: expected a JSON object, got '\[1\]'"),
        ("a.jsonl", '{"question": "a"}', r"a\.jsonl:1: expected answer to be a text that is not empty, got None"),
        ("a.jsonl", '{"question": " ", "answer": "b"}', r"a\.jsonl:1: expected question to be a text"),
        ("a.jsonl", '{"question": "a", "answer": "b", "facts": 3}', r"a\.jsonl:1: expected facts to be a list of texts"),
        ("a.jsonl", '{"messages": "hello"}', r"a\.jsonl:1: expected messages to be a list of"),
        ("a.jsonl", '{"messages": [{"role": "user", "content": "x"}]}', r"a\.jsonl:1: expected a message of the user .*, got user"),
        ("a.jsonl", '{"messages": [{"role": "user"}]}', r"a\.jsonl:1: expected content to be a text"),
        ("a.jsonl", "\n", r"a\.jsonl: expected at least one question"),
        ("a.csv", "frage,antwort\nx,y\n", r"a\.csv:1: expected the columns question and answer, got frage, antwort"),
        ("a.csv", "", r"a\.csv:1: expected the columns question and answer, got nothing"),
        ("a.csv", "question,answer\nx,y\nz,\n", r"a\.csv:3: expected answer to be a text"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(DialogueFileError, match=says):
        read_dialogues([written(tmp_path, name, text)])


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(DialogueFileError, match="cannot be read as UTF-8 text"):
        read_dialogues([tmp_path / "none.jsonl"])
    (tmp_path / "latin.csv").write_bytes(b"question,answer\nOl\xe9?,S\xed\n")
    with pytest.raises(DialogueFileError, match="cannot be read as UTF-8 text"):
        read_dialogues([tmp_path / "latin.csv"])
