"""Pretraining with the real weights: the body is the encoder that the knowledge base runs, and the writer reads as it should."""

from pathlib import Path

import numpy as np
import pytest

from chatbot.settings import Settings
from chatbot.training.causal import Causal
from chatbot.training.encoder_folder import write_encoder
from chatbot.training.masked import Masked
from chatbot.training.texts import ShopText
from chatbot.training.windows import Reading
from chatbot.weights import WRITER, fetch, minilm_folder
from knowledge_base.encoders import MiniLMEncoder

pytestmark = pytest.mark.model
SAID = (
    "Standard delivery within the United States takes 3 to 5 business days.",
    "A two-person tent for people who walk to their campsite. Both sides open, and each has a porch deep enough for a pack and boots.",
    "You have 30 days from delivery to send back unused items.",
)
TEXTS = [ShopText(f"t{number}", "faq", "en", text) for number, text in enumerate(SAID)]


def test_the_body_gives_the_vectors_of_the_knowledge_base_and_is_written_back_unchanged(tmp_path: Path) -> None:
    folder = minilm_folder(Settings())
    masked = Masked(folder)
    found = masked.vectors(masked.rows(TEXTS, Reading()))
    assert np.abs(found - MiniLMEncoder(folder).encode(SAID, role="passage")).max() < 1e-5
    again = write_encoder(folder, masked.model.base_model.state_dict(), tmp_path / "again", blend=0.5)
    assert np.abs(MiniLMEncoder(again).encode(SAID, role="passage") - found).max() < 1e-5


def test_the_writer_expects_english_and_not_its_words_in_disorder() -> None:
    causal = Causal(fetch(WRITER, Settings().cache))
    disorder = [ShopText(text.group, "faq", "en", " ".join(sorted(text.text.split()))) for text in TEXTS]
    loss, worse = (causal.measure(causal.held_out(causal.rows(texts, Reading()))).loss for texts in (TEXTS, disorder))
    assert 1.5 < loss < 5.0 and worse > loss + 1.0
