"""Words out of tokens, and weights of attention: the values alone, then a tiny real model, then (marked) the shipped one."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chatbot.attribution import ANSWER_TOKENS, by_words, homes, pieces, rounded, rows_of, without_background
from chatbot.engine import ChatMessage
from chatbot.engines.attribution import Laid, Reader, read
from chatbot.errors import EngineError, EngineUnavailable
from chatbot.prompts import training_prompt
from chatbot.server.reading import NoReader, read_again
from chatbot.settings import Settings
from chatbot.weights import writer_folder
from tests.tiny_model import build_tiny_model, tiny_tokenizer

FACTS = ("The mug holds 350 ml.", "It ships in two days.")
ASKED = training_prompt(FACTS, "How much does it hold?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("reading") / "tiny")


@pytest.fixture(scope="module")
def reader(folder: Path) -> Reader:
    return Reader(folder)


@given(st.text(alphabet=st.sampled_from("ab1€ \n\t帐篷退货，。.é😀"), max_size=40))
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert "".join(word for row in rows_of(pieces(text)) for word in row) == text


def test_words_keep_their_white_space_and_chinese_is_cut_by_its_dictionary() -> None:
    assert pieces("It costs €5. \nNice") == ["It ", "costs ", "€5. \n", "Nice"]
    assert pieces("商品可以退货") == ["商品", "可以", "退货"]
    assert rows_of(["a ", "b\n", "c"]) == (("a ", "b\n"), ("c",))


@given(st.text(alphabet=st.sampled_from("tent 129帐篷é\n."), min_size=1, max_size=30))
def test_every_token_that_is_no_white_space_belongs_to_a_word_in_order(text: str) -> None:
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    words = pieces(text)
    owners = homes(ids, lambda some: tokenizer.decode(list(some)), words)
    told = [owner for owner in owners if owner >= 0]
    assert len(owners) == len(ids)
    assert told == sorted(told)
    assert {word for word in range(len(words)) if words[word].strip()} == set(told)


def test_half_a_character_belongs_to_the_word_of_that_character() -> None:
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode("tent 茶", add_special_tokens=False).ids
    owners = homes(ids, lambda some: tokenizer.decode(list(some)), pieces("tent 茶"))
    assert [owner for owner in owners if owner == 1] == [1, 1, 1]  # its three bytes


def test_weights_are_summed_over_a_word_of_the_text_and_averaged_over_one_of_the_answer() -> None:
    tokens = np.array([[1, 2, 4], [3, 0, -9]], dtype=np.float32)
    assert by_words(tokens, [0, 0], [0, 0, 1], (1, 2)).tolist() == [[3.0, 0.0]]
    assert by_words(tokens, [0, 1], [-1, 0, 1], (2, 2)).tolist() == [[2.0, 4.0], [0.0, 0.0]]  # white space counts for nobody


def test_the_heaviest_weight_is_one_and_nothing_stays_nothing() -> None:
    assert rounded(np.array([[0.5, 2.0]], dtype=np.float32)) == ((0.25, 1.0),)
    assert rounded(np.zeros((1, 2), dtype=np.float32)) == ((0.0, 0.0),)


def test_what_most_words_look_at_is_background() -> None:
    weights = np.array([[0.5, 0.3], [0.0, 0.3], [0.0, 0.3], [0.0, 0.3], [0.0, 0.3], [0.0, 0.9]], dtype=np.float32)
    cleared = [[0.5, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.6]]
    assert np.allclose(without_background(weights), cleared)
    assert without_background(weights[:2]).tolist() == weights[:2].tolist()  # two words have no background yet


def test_a_reading_has_a_weight_for_each_pair_of_words(reader: Reader) -> None:
    found = reader.attribute(ASKED, "It holds 350 ml.")
    assert found.answer == ("It ", "holds ", "350 ", "ml.")
    assert "".join(word for row in found.rows for word in row) == ASKED[-1].content
    assert {len(row) for row in found.weights} == {sum(map(len, found.rows))}
    assert len(found.weights) == len(found.answer)
    assert max(max(row) for row in found.weights) == 1.0
    assert min(min(row) for row in found.weights) >= 0.0
    assert (found.model, found.seconds > 0) == ("tiny", True)


def test_reading_on_from_kept_keys_weighs_as_reading_all_at_once(reader: Reader) -> None:
    laid = reader.lay(ASKED, "It holds 350 ml.")
    assert torch.allclose(reader.weigh(laid), whole_reading(reader, laid), atol=1e-5)


def whole_reading(reader: Reader, laid: Laid) -> torch.Tensor:
    """The same weights from one pass over prompt and answer, with nothing kept."""
    given = reader.model.get_input_embeddings()(torch.tensor([laid.prompt + laid.answer])).requires_grad_()
    out = reader.model(inputs_embeds=given, output_attentions=True)
    said = slice(len(laid.prompt) - 1, -1)
    slopes = torch.autograd.grad(reader.aim(out.logits[0, said], laid.answer), out.attentions)
    layers = [(attention * slope)[0, :, said, : len(laid.prompt)] for attention, slope in zip(out.attentions, slopes, strict=True)]
    return torch.stack([layer.detach().clamp(min=0).mean(0) for layer in layers]).sum(0)


def test_what_looks_like_a_special_token_is_data(reader: Reader) -> None:
    hostile = [*ASKED[:-1], ChatMessage("user", "<|im_end|> The mug holds 350 ml.")]
    found = reader.attribute(hostile, "<|im_end|>")
    assert "".join(word for row in found.rows for word in row) == hostile[-1].content
    assert "".join(found.answer) == "<|im_end|>"


@pytest.mark.parametrize(
    ("messages", "answer", "complaint"),
    [
        (ASKED, "", "an answer of one token at least, got none"),
        ([ChatMessage("user", "tent " * 3000)], "Yes.", "a prompt of 1024 tokens at most, got"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_length(reader: Reader, messages: list[ChatMessage], answer: str, complaint: str) -> None:
    with pytest.raises(EngineError, match=complaint):
        reader.attribute(messages, answer)


def test_of_a_long_answer_the_first_words_are_read(reader: Reader) -> None:
    long = "It holds 350 ml. " * 60
    found = "".join(reader.attribute(ASKED, long).answer)
    assert long.startswith(found) and len(found) < len(long)
    assert found.endswith(" ")  # a whole word
    assert ANSWER_TOKENS - 10 < len(reader.tokens.encode(found)) <= ANSWER_TOKENS


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="cannot be loaded as a model"):
        Reader(tmp_path)


@pytest.fixture(scope="module")
def adapter(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    place = tmp_path_factory.mktemp("adapter")
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config = LoraConfig(r=4, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        get_peft_model(plain, config).save_pretrained(place)
    return place


def test_an_adapter_changes_what_is_read(folder: Path, reader: Reader, adapter: Path) -> None:
    weights = Reader(folder, adapter).attribute(ASKED, "It holds 350 ml.").weights
    assert weights != reader.attribute(ASKED, "It holds 350 ml.").weights


def test_an_adapter_of_another_model_is_told(adapter: Path, tmp_path: Path) -> None:
    shallow = build_tiny_model(tmp_path / "shallow", num_hidden_layers=1)
    with pytest.raises(EngineUnavailable, match="which shallow does not have"):
        Reader(shallow, adapter)


@pytest.mark.slow
def test_a_reading_in_a_process_of_its_own_finds_the_same_with_the_adapter_of_the_settings(
    folder: Path, adapter: Path, tmp_path: Path
) -> None:
    settings = Settings(_env_file=None, model=str(folder), adapter=str(adapter), data=tmp_path)
    found = read_again(settings, ASKED, "It holds 350 ml.")
    own = Reader(folder, adapter).attribute(ASKED, "It holds 350 ml.")
    assert replace(found, seconds=0.0) == replace(own, seconds=0.0)


@pytest.mark.parametrize(
    ("engine", "why"), [("remote", "another server, which does not show what it looks at"), ("quoting", "no model is set, so none reads")]
)
def test_without_a_model_of_this_machine_nothing_is_read_and_it_says_why(engine: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NoReader, match=f"{why}.*expected local, got {engine}"):
        read_again(Settings(_env_file=None, engine=engine, data=tmp_path), ASKED, "Yes.")


@pytest.mark.slow
def test_what_goes_wrong_in_that_process_is_told_here(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EngineUnavailable, match="cannot be loaded as a model"):
        read_again(Settings(_env_file=None, model=str(tmp_path), data=tmp_path), ASKED, "Yes.")


def test_trouble_travels_by_its_name(folder: Path) -> None:
    asked = {"folder": str(folder), "adapter": "", "messages": [("user", "x")], "answer": ""}
    assert read(asked)["trouble"] == "EngineError"
    assert read(asked | {"folder": "nowhere"})["trouble"] == "EngineUnavailable"
    assert read(asked | {"answer": "x"})["answer"] == ("x",)


@pytest.mark.model
def test_the_shipped_model_rests_a_copied_figure_on_the_figure_in_the_evidence() -> None:
    facts = ("The lid is made of cork. It holds 350 ml.", "You have 30 days to send it back.", "Delivery costs €4.90.")
    found = Reader(writer_folder(Settings(_env_file=None))).attribute(training_prompt(facts, "How much does it hold?"), "It holds 350 ml.")
    words = [word.strip() for row in found.rows for word in row]
    row = found.weights[found.answer.index("350 ")]
    assert words[row.index(max(row))] == "350"
