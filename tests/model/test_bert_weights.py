"""The English encoder's real weights: what is computed here against sentence-transformers."""

import numpy as np
import pytest

from chatbot.settings import Settings
from chatbot.training.questions import load_questions
from chatbot.weights import minilm_folder
from knowledge_base.bert import Bert, can_read
from tests.bench.turns import ROOT

pytestmark = pytest.mark.model


def test_questions_and_long_texts_have_the_vectors_of_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    folder = minilm_folder(Settings())
    assert can_read(folder)
    texts = [question.q for question in load_questions([ROOT / "tests/questions/sample.en.jsonl"])]
    texts += ["", " ", "帐篷防水吗？", "word " * 900, "Über café ①", "[SEP] [CLS] x"]
    texts += [path.read_text("utf-8") for path in sorted((ROOT / "knowledge_base/sample_shop").glob("*/en/*.md"))]
    found = Bert(folder, "cpu").encode(texts)
    expected = SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(texts, show_progress_bar=False)
    assert np.abs(found / np.linalg.norm(found, axis=1, keepdims=True) - expected).max() < 1e-5
