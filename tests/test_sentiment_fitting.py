"""Heads that a shop trains on its own reviews: for its own trade, and with an encoder tuned for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chatbot.sentiment.fitting import TunedPart, fit_files
from chatbot.sentiment.head import TUNED_NAME, load_head
from chatbot.sentiment.judge import encoded_now
from chatbot.sentiment.shop_reviews import Encoding
from knowledge_base.encoders import UseEncoder, Vectors


def _written(folder: Path, text: str) -> Path:
    path = folder / "reviews.csv"
    path.write_text(text, encoding="utf-8")
    return path


class _OneWord:
    """An encoder that sees one word, and none other."""

    name, dimension, fingerprint = TUNED_NAME, 2, "one word"

    def encode(self, texts: Sequence[str], *, role: str) -> Vectors:
        return np.array([[1.0, 0.0] if "glorious" in text else [0.0, 1.0] for text in texts], dtype=np.float32)


def test_an_encoder_is_tuned_on_nine_tenths_of_a_shops_reviews_and_weighed_on_the_tenth(tmp_path: Path) -> None:
    praise, blame = ["a glorious kettle", "truly glorious", "glorious tent"], ["a kettle", "truly", "some tent"]
    rows = [f"{text},{stars}" for text, stars in zip((praise + blame) * 40, ([5] * 3 + [1] * 3) * 40, strict=True)]
    reviews = _written(tmp_path, "body,rating\n" + "\n".join(rows) + "\n")
    learned: list[int] = []

    def tune(texts: Sequence[str], praises: Sequence[bool]) -> TunedPart:
        learned.append(len(texts))
        return TunedPart(_OneWord(), np.array([2.0, -2.0], dtype=np.float32), 0.0)

    encoder = UseEncoder()
    encoding = Encoding(lambda _: encoder, encoded_now)
    card = fit_files([reviews], tmp_path / "head", encoding, made=20, tell=lambda _: None, tune=tune, told=" --tune --passes 1")
    assert 200 <= learned[0] < 240  # of 240, and none of the made sentences
    head = load_head(tmp_path / "head")
    assert head.blend("en", [TUNED_NAME]).vectors[TUNED_NAME] > 0
    assert head.blend("zh", [TUNED_NAME]) == head.blend("en", [TUNED_NAME])  # nothing Chinese was held out
    assert "a tenth drawn by chance" in card and "tuned on these reviews" in card
    assert "--made 20 --tune --passes 1 -o FOLDER" in card


def test_reviews_of_one_trade_make_a_head_for_that_trade(tmp_path: Path) -> None:
    rows = [f"{text},{stars}" for text, stars in (("a blorp kettle", 5), ("so blorp", 5), ("a zmack kettle", 1), ("so zmack", 1))] * 10
    encoder = UseEncoder()
    card = fit_files(
        [_written(tmp_path, "body,rating\n" + "\n".join(rows) + "\n")],
        tmp_path / "head",
        Encoding(lambda _: encoder, encoded_now),
        made=0,
        tell=lambda _: None,
    )
    assert "| reviews | en | 40 | 50% | 1.000 |" in card
