"""Tuning an encoder on pairs: pairs made from a shop, negatives that are wrong, folders the knowledge base reads, and an index that knows."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from chatbot.errors import SettingsError, WeightsError
from chatbot.server.opening import open_index
from chatbot.training.contrastive import Contrast, Found, Tuning, find
from chatbot.training.encoder_folder import write_encoder
from chatbot.training.lessons import Lessons
from chatbot.training.mining import Mining, hard_negatives, nearest
from chatbot.training.pairs import Pair, file_pairs, misspelt, pairs_of, shop_pairs, split_pairs, with_slips
from chatbot.training.texts import TextFileError
from knowledge_base.bert import can_read
from knowledge_base.catalog import Document, Product, Variant
from knowledge_base.encoders import MiniLMEncoder, Role, Vectors, unit
from knowledge_base.importers import read_folder
from knowledge_base.passages import documents_of, product_document
from tests.open_shop import shop_settings, write_content
from tests.tiny_encoder import build_tiny_encoder

SAMPLE = Path(__file__).parents[1] / "knowledge_base" / "sample_shop"
WORDS = ("tent", "lamp", "stove", "boot", "chair", "rug", "kettle", "bottle", "shirt", "scarf", "knife", "torch")
ASKED = ("where do i sleep", "what gives light", "how do i cook", "what for my feet", "may i sit", "what for the floor") * 2
PAIRS = [Pair(f"{asked} {word[0]}", f"we sell a {word}", word) for asked, word in zip(ASKED, WORDS, strict=True)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_encoder(tmp_path_factory.mktemp("encoder"), [text for pair in PAIRS for text in (pair.question, pair.passage)])


class WordsAsNumbers:
    """An encoder without weights: a number for each word it knows."""

    name, dimension, fingerprint = "words", 64, "words"

    def encode(self, texts: list[str], *, role: Role) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[sum(word.encode()) % self.dimension] += 1
        return unit(rows)


def _product() -> Product:
    attributes = (("Material", "Ripstop nylon"), ("Sleeps", "2 people"), ("About", "a long text that nobody would ever type into a field"))
    variants = (Variant("v1", (("Colour", "Moss"),)), Variant("v2", (("Colour", "Rust"),)))
    about = "A tent for people who walk to their campsite. Both sides open wide."
    return Product(
        "t", "Fellmark Ridgeline 2 Tent", "en", variants, about, brand="Fellmark", category="Camping > Tents", attributes=attributes
    )


def test_a_product_is_asked_for_by_title_brand_attribute_and_phrase() -> None:
    pairs = pairs_of([product_document(_product(), "product:t")], each=40)
    asked = [pair.question for pair in pairs]
    assert len(asked) == len(set(asked)) > 6 and all(pair.group == "product:t" and "Ripstop nylon" in pair.passage for pair in pairs)
    assert any("ridgeline" in question for question in asked) and "Fellmark tents" in asked
    assert any("moss" in q.lower() or "Ripstop" in q or "2 people" in q or "material" in q for q in asked)
    assert not any("nobody would" in question for question in asked)
    assert not any("2 tent" in question.lower() and "{" in question for question in asked)


def test_a_question_stands_beside_its_answer_and_a_sentence_beside_the_rest() -> None:
    pairs = pairs_of([Document("faq:x", "faq", "Do you ship abroad?", "We ship to Canada. It takes a week.", "en")])
    assert [(pair.question, pair.passage) for pair in pairs] == [
        ("Do you ship abroad?", "We ship to Canada. It takes a week."),
        ("We ship to Canada.", "Do you ship abroad?\nIt takes a week."),
        ("It takes a week.", "Do you ship abroad?\nWe ship to Canada."),
    ]


@pytest.mark.slow
def test_the_same_shop_gives_the_same_pairs_in_one_language_only() -> None:
    documents = [document for document in documents_of(read_folder(SAMPLE)) if document.language == "en"]
    pairs = shop_pairs(SAMPLE)
    assert pairs == pairs_of(documents, each=6, seed=1) != pairs_of(documents, each=6, seed=2)
    assert len(pairs) > 500 and all(pair.question.isascii() or "é" in pair.question or "°" in pair.question for pair in pairs[:200])


def test_pairs_about_one_thing_are_on_one_side_and_named_groups_are_held_out() -> None:
    train, held_out = split_pairs([Pair(f"{pair.question} {n}", pair.passage, pair.group) for pair in PAIRS for n in range(3)])
    assert len(held_out) == 3 and not {pair.group for pair in train} & {pair.group for pair in held_out}
    assert {pair.group for pair in split_pairs(PAIRS, frozenset(["rug", "elsewhere"]))[1]} == {"rug"}


def test_pairs_are_read_from_files_and_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"question": "Light?", "passage": "A lamp."}\n{"question": "Sleep?", "answer": "A tent.", "group": "t"}\n')
    assert file_pairs([path]) == [Pair("Light?", "A lamp.", "A lamp."), Pair("Sleep?", "A tent.", "t")]
    path.write_text('{"question": "Light?", "passage": "A lamp."}\n{"question": ""}\n')
    with pytest.raises(TextFileError, match=r"pairs\.jsonl:2: expected"):
        file_pairs([path])


def test_a_slip_of_a_finger_changes_one_place_and_only_the_share_asked_for() -> None:
    assert {misspelt("delivery", random.Random(seed)) for seed in range(30)} - {"delivery"}
    assert misspelt("12", random.Random(1)) == "12"
    slipped = with_slips(PAIRS * 50, 0.2)
    changed = sum(old.question != new.question for old, new in zip(PAIRS * 50, slipped, strict=True))
    assert 0.1 < changed / len(slipped) < 0.3 and [pair.passage for pair in slipped] == [pair.passage for pair in PAIRS * 50]


def test_what_looks_right_and_is_wrong_is_mined_and_what_answers_too_is_not() -> None:
    pairs = [
        Pair("red lamp", "red lamp from sweden with switch", "1"),
        Pair("lamp on table", "lamp stands on table", "2"),
        Pair("red rug", "red rug of wool", "3"),
        Pair("a red lamp", "another red lamp we sell", "4"),
        Pair("lamp again", "red lamp from sweden without switch", "1"),
    ]
    found = hard_negatives(pairs, WordsAsNumbers(), Mining(count=1, below=2.0))
    assert found[0] in [("lamp stands on table",), ("red rug of wool",)], "it shares a word; the other red lamps answer as well"
    assert all(len(wrong) == 1 for wrong in found)
    assert hard_negatives(pairs[:1], WordsAsNumbers(), Mining()) == [()]


def test_the_nearest_are_those_of_a_full_comparison() -> None:
    chance = np.random.default_rng(1)
    questions, passages = unit(chance.normal(size=(30, 16))), unit(chance.normal(size=(200, 16)))
    found = nearest(questions, passages, 5)
    assert [[row for row, _ in near] for near in found] == np.argsort(-(questions @ passages.T), axis=1)[:, :5].tolist()


@pytest.mark.slow
def test_tuning_finds_what_the_encoder_did_not(encoder: Path, tmp_path: Path) -> None:
    contrast = Contrast(encoder, Tuning(longest=16, slips=0.0, blend=1.0))
    contrast.step(PAIRS[:4])  # timing learns nothing
    before = find(MiniLMEncoder(encoder), PAIRS, [])
    contrast.learn(PAIRS, Lessons(tmp_path / "lessons", steps=60, batch=12, rate=5e-3, saves=1))
    out = contrast.write(tmp_path / "out")
    after = find(MiniLMEncoder(out), PAIRS, [])
    assert after.first > 0.8 > before.first and after.mrr > before.mrr
    assert can_read(out)
    assert not any((out / name).exists() for name in ("manifest.json", "README.md"))


@pytest.mark.slow
def test_many_pairs_at_once_are_computed_in_pieces(encoder: Path, tmp_path: Path) -> None:
    many = [
        Pair(f"{pair.question} {number}", f"{pair.passage} {number}", f"{pair.group} {number}") for pair in PAIRS for number in range(7)
    ]
    contrast = Contrast(encoder, Tuning(longest=16, mining=Mining(count=0)))
    contrast.learn(many, Lessons(tmp_path / "lessons", steps=2, batch=70, rate=1e-3))
    assert contrast.write(tmp_path / "out").is_dir()


def test_finding_counts_every_passage_about_the_same_thing_as_right() -> None:
    asked = [Pair("lamp of steel", "nothing in common", "lamp"), Pair("rug", "rug", "rug"), Pair("x", "lamp of steel and glass", "lamp")]
    assert find(WordsAsNumbers(), asked[:2], ["tent", "lamp of wood"]) == Found(0.5, pytest.approx(0.5 + 0.5 / 3), 2)
    assert find(WordsAsNumbers(), asked, []).first >= 2 / 3


def test_blending_lies_between_the_old_weights_and_the_tuned(encoder: Path, tmp_path: Path) -> None:
    old = load_file(encoder / "model.safetensors")
    tuned = {name: tensor + 1.0 for name, tensor in old.items()}
    half = load_file(write_encoder(encoder, tuned, tmp_path / "half", blend=0.5) / "model.safetensors")
    assert all(torch.allclose(half[name], tensor + 0.5) for name, tensor in old.items())
    with pytest.raises(WeightsError, match="expected tuned weights"):
        write_encoder(encoder, {"other": torch.zeros(1)}, tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_an_index_of_the_old_encoder_is_built_again_for_the_tuned_one(encoder: Path, tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    settings = shop_settings(tmp_path, encoder=str(encoder))
    first = open_index(settings)
    first.knowledge.close()
    tuned = write_encoder(encoder, {n: t * 1.1 for n, t in load_file(encoder / "model.safetensors").items()}, tmp_path / "tuned")
    again = open_index(settings.model_copy(update={"encoder": str(tuned)}))
    origins = {entry.fingerprint for entry in again.knowledge.manifest.vectors}
    again.knowledge.close()
    assert again.report.embedded > 0 and MiniLMEncoder(tuned).fingerprint in origins
    assert MiniLMEncoder(encoder).fingerprint not in origins


def test_an_encoder_that_is_named_and_not_there_stops_the_start(tmp_path: Path) -> None:
    settings = shop_settings(tmp_path, encoder=str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="CHATBOT_ENCODER"):
        open_index(settings)
