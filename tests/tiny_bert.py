"""A BERT of a few kilobytes in a sentence-transformers folder, made on the spot: random weights, words of letters as tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")]
_MODULES = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")


def build_tiny_bert(folder: Path, **changes: Any) -> Path:
    """`changes` are fields of the configuration that differ."""
    from tokenizers.implementations import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = BertWordPieceTokenizer({word: number for number, word in enumerate(_WORDS)}, lowercase=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40, "max_position_embeddings": 32}
    torch.manual_seed(3)
    BertModel(BertConfig(vocab_size=len(_WORDS), initializer_range=0.4, **sizes)).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))
    modules = [
        {"idx": number, "path": path, "type": f"sentence_transformers.models.{kind}"} for number, (kind, path) in enumerate(_MODULES)
    ]
    write_json(folder / "modules.json", modules)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 16, "do_lower_case": False})
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 24, "pooling_mode_mean_tokens": True})
    return folder


def write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
