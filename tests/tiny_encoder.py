"""A BERT of a few kilobytes that knows whole words, in a sentence-transformers folder: enough to learn to fill a gap and to find a passage."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.tiny_bert import write_json

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_TOKENS = {"[PAD]": "pad_token", "[UNK]": "unk_token", "[CLS]": "cls_token", "[SEP]": "sep_token", "[MASK]": "mask_token"}
_MODULES = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
_SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 48, "max_position_embeddings": 64}


def build_tiny_encoder(folder: Path, texts: Iterable[str]) -> Path:
    """Its vocabulary is the words and signs of `texts`, and letters."""
    import torch
    from tokenizers.implementations import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel

    letters = [form for letter in "abcdefghijklmnopqrstuvwxyz0123456789" for form in (letter, f"##{letter}")]
    words = list(dict.fromkeys([*_SPECIAL, *letters, *re.findall(r"[a-z0-9]+|[^\sa-z0-9]", " ".join(texts).lower())]))
    folder.mkdir(parents=True, exist_ok=True)
    BertWordPieceTokenizer({word: number for number, word in enumerate(words)}, lowercase=True).save(str(folder / "tokenizer.json"))
    about = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 64}
    write_json(folder / "tokenizer_config.json", about | {_TOKENS[name]: name for name in _SPECIAL})
    torch.manual_seed(3)
    BertModel(BertConfig(vocab_size=len(words), initializer_range=0.2, **_SIZES)).save_pretrained(folder)
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (kind, path) in enumerate(_MODULES)
    ]
    write_json(folder / "modules.json", modules)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": False})
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 24, "pooling_mode_mean_tokens": True})
    return folder
