"""An image-captioning model of the real architecture, made tiny here: its words become what the picture shows, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.copywriter.facts import facts_of
from chatbot.engines.captioning import Captioner, opened, read_picture
from chatbot.errors import WeightsError
from tests.test_copywriter import product


@pytest.fixture(scope="module")
def tiny_captioner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor

    folder = tmp_path_factory.mktemp("blip")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "blue", "jug", "on", "table"]
    (folder / "vocab.txt").write_text("\n".join(words))
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = size | {
        "vocab_size": len(words),
        "encoder_hidden_size": 16,
        "bos_token_id": 2,
        "sep_token_id": 3,
        "eos_token_id": 3,
        "pad_token_id": 0,
    }
    config = BlipConfig(text_config=text, vision_config=size | {"image_size": 16, "patch_size": 8}, projection_dim=8)
    config.image_text_hidden_size = 16
    BlipForConditionalGeneration(config).save_pretrained(folder)
    pictures = BlipImageProcessor(size={"height": 16, "width": 16})
    BlipProcessor(pictures, BertTokenizer(str(folder / "vocab.txt"))).save_pretrained(folder)
    return folder


def picture(folder: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (32, 24), "blue").save(folder / "jug.png")
    return folder / "jug.png"


@pytest.mark.slow
def test_a_captioning_model_says_what_a_picture_shows_the_same_each_time(tiny_captioner: Path, tmp_path: Path) -> None:
    caption = Captioner(str(tiny_captioner))
    said = caption(str(picture(tmp_path)))
    assert isinstance(said, str) and said == caption(str(picture(tmp_path)))


def test_what_is_no_captioning_model_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="image-captioning model"):
        Captioner(str(tmp_path))


def test_what_is_no_picture_is_an_error_of_its_row(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("not a picture")
    with pytest.raises(ValueError, match="expected a picture"):
        opened(read_picture(str(tmp_path / "x.png")))
    with pytest.raises(OSError, match="gone"):
        read_picture(str(tmp_path / "gone.png"))


def test_a_caption_is_a_fact_of_the_picture() -> None:
    facts = facts_of(product("Jug"), "en", captions=("a blue jug on a table.",))
    assert [(fact.field, fact.value) for fact in facts.of("caption")] == [("image", "a blue jug on a table")]
