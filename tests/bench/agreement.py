"""How often the engine's own precision takes the same next token as transformers in float32: `python -m tests.bench.agreement [--texts N]`.

Teacher-forced: float32 answers the prompts that the sample shop's questions lead to (with the real index and the real planner), and the
engine is asked after every token of those answers, as it writes (a token a step) and as it reads (all in one). Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import torch

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling
from chatbot.engines.decoder import Decoder
from chatbot.engines.model import LanguageModel, Loading, load_model
from chatbot.engines.pieces import Piece
from chatbot.messages import Conversation, Message
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant
from chatbot.weights import minilm_folder, writer_folder

QUESTIONS = Path(__file__).resolve().parents[1] / "questions" / "sample.en.jsonl"
ANSWER = 48  # tokens


class Listener:
    """An engine that writes nothing and keeps what it was asked."""

    name = "listener"
    context_window = 8192

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.prompts: list[list[ChatMessage]] = []

    def count_tokens(self, text: str) -> int:
        return len(self._model.encode(text))

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        self.prompts.append(list(messages))
        yield Chunk("", 0, "stop")

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        return {choice: 1 / len(choices) for choice in choices}

    async def close(self) -> None:
        pass


def prompts_of(model: LanguageModel, most: int) -> list[list[int]]:
    """The token ids of the first prompts to which the sample shop's questions and products lead."""
    from knowledge_base.build import build_index
    from knowledge_base.encoders import default_encoders
    from knowledge_base.search import KnowledgeBase

    settings, listener = Settings(), Listener(model)
    encoders = default_encoders(minilm_folder(settings))
    with tempfile.TemporaryDirectory() as folder:
        build_index(settings.content, Path(folder), encoders=encoders)
        base = KnowledgeBase.open(Path(folder), encoders)
        asyncio.run(_ask(ShopAssistant(base, listener), [*_asked(), *_described(base)], listener, most))
        base.close()
    return [model.prompt(messages) for messages in listener.prompts[:most]]


async def _ask(assistant: ShopAssistant, questions: Sequence[str], listener: Listener, most: int) -> None:
    for question in questions:
        if len(listener.prompts) >= most:
            return
        async for _ in assistant.reply(Conversation("agreement", (Message("shopper", question),))):
            pass


def _asked() -> list[str]:
    found = [json.loads(line)["q"] for line in QUESTIONS.read_text("utf-8").splitlines()]
    return [question if isinstance(question, str) else question[-1] for question in found]


def _described(base: Any) -> list[str]:
    titles = dict.fromkeys(passage.heading for passage in base.all_passages() if passage.kind == "product" and passage.language == "en")
    return [f"Tell me about the {title}." for title in titles]


def compare(folder: Path, most: int) -> dict[str, Any]:
    """Shares of agreement over the answers' tokens, and over everything that was read."""
    from transformers import AutoModelForCausalLM

    model = load_model(folder, Loading(cache=Settings().cache / "machine"))
    assert isinstance(model.decoder, Decoder), f"{folder.name}: is not run by the lean decoder"
    prompts = prompts_of(model, most)
    exact: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    counts = {"written": [0, 0], "read": [0, 0]}
    for prompt in prompts:
        with torch.inference_mode():
            text = exact.generate(torch.tensor([prompt]), max_new_tokens=ANSWER, do_sample=False, pad_token_id=2)[0].tolist()
            expected = exact(torch.tensor([text])).logits[0].argmax(-1)
        start = len(prompt) - 1
        _count(counts["written"], written(model.decoder, text, start), expected[start:])
        _count(counts["read"], read(model.decoder, text), expected)
    return {
        "precision": model.precision, "texts": len(prompts), "tokens": counts["written"][1],
        "written": counts["written"][0] / counts["written"][1], "read": counts["read"][0] / counts["read"][1],
    }  # fmt: skip


def _count(counts: list[int], found: torch.Tensor, expected: torch.Tensor) -> None:
    counts[0] += int((found == expected).sum())
    counts[1] += len(expected)


def written(decoder: Decoder, text: Sequence[int], start: int) -> torch.Tensor:
    """The likeliest word after each token from `start` on, a token a step after a prompt that was read in one."""
    decoder.clear(0)
    if start:
        decoder.forward([Piece(0, list(text[:start]))])
    return torch.cat([_likeliest(decoder, Piece(0, [token])) for token in text[start:]])


def read(decoder: Decoder, text: Sequence[int]) -> torch.Tensor:
    """The likeliest word after each token, all in one."""
    decoder.clear(0)
    return _likeliest(decoder, Piece(0, list(text), branches=[len(text) - 1]))


def _likeliest(decoder: Decoder, piece: Piece) -> torch.Tensor:
    rows = decoder.forward([piece])
    assert rows is not None
    return rows[0].argmax(-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps(compare(writer_folder(Settings()), options.texts)))


if __name__ == "__main__":
    main()
