"""What a model looked at while it said an answer: a second reading, with the answer given, that tells each word's weight.

Knows no shop and no evidence; run as a program it makes one reading and ends (`server/reading.py`). Invariants: an adapter is merged in
float32, which changes nothing in what the model says beside weights in four bits; text can never become a special token.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chatbot.attribution import ANSWER_TOKENS, PROMPT_TOKENS, Attribution, by_words, homes, pieces, rounded, rows_of
from chatbot.engine import ChatMessage
from chatbot.engines.adapter import Adapter
from chatbot.engines.tokens import read_tokens
from chatbot.engines.transformers_decoder import merge
from chatbot.errors import EngineError, EngineUnavailable

# Of nine ways to weigh (`tests/bench/attribution.py`), with the shipped adapter, as the map shows them: 80% of the weights lie on the words
# that the answer copies (nine cases), 74% by the slope of log-probabilities, 68% by attention alone, 22% by roll-out, 14% by chance.
# Without the heaviest words a token of the answer loses 2.9 nats (four cases), 3.0, 2.6 by attention alone and 0.5 at random. What Captum
# offers for this took ten to fifty times as long (14 to 64 s) and told no more in the one case that all nine were tried on.
METHOD = "attention weighted by its gradient"
_NICEST = 19


@dataclass(frozen=True, slots=True)
class Laid:
    """Token ids of the prompt and of the answer; the last message's text is `text`, at `start` in the prompt."""

    prompt: list[int]
    answer: list[int]
    start: int
    text: list[int]

    @property
    def stretch(self) -> slice:
        return slice(self.start, self.start + len(self.text))


class Reader:
    """A model of a folder that is read with a given answer. Holds its weights in float32 for as long as it lives; one thread at a time.

    Raises EngineUnavailable when the folder cannot be loaded or the adapter does not fit.
    """

    def __init__(self, folder: Path, adapter: Path | None = None) -> None:
        self.name = folder.name
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tokens = read_tokens(folder, json.loads((folder / "config.json").read_text("utf-8")))
                self.model: Any = _load(folder)
        except (OSError, ValueError, LookupError, RuntimeError, TypeError, ImportError) as error:
            raise EngineUnavailable(f"{folder}: cannot be loaded as a model ({error})") from error
        if adapter is not None:
            self._merge(adapter)

    def _merge(self, adapter: Path) -> None:
        try:
            merge(self.model, Adapter(adapter))
        except LookupError as error:
            raise EngineUnavailable(f"{adapter}: changes {error}, which {self.name} does not have") from error

    def attribute(self, messages: Sequence[ChatMessage], answer: str) -> Attribution:
        """How much each word of the answer rests on each word of the last message. Blocks for seconds. Long answers are cut.

        Raises EngineError when there is nothing to weigh, or the prompt is longer than what is read.
        """
        started = time.perf_counter()
        laid = self.lay(messages, answer)
        text, said = (pieces(self.tokens.decode(ids)) for ids in (laid.text, laid.answer))
        found = self.weigh(laid)[:, laid.stretch].numpy()
        at_answer, at_text = (homes(ids, self.tokens.decode, words) for ids, words in ((laid.answer, said), (laid.text, text)))
        weights = by_words(found, at_answer, at_text, (len(said), len(text)))
        seconds = round(time.perf_counter() - started, 2)
        return Attribution(rows_of(text), tuple(said), rounded(weights), self.name, METHOD, seconds)

    def lay(self, messages: Sequence[ChatMessage], answer: str) -> Laid:
        """Raises EngineError."""
        prompt, said, text = self.tokens.prompt(messages), self._beginning(answer), self.tokens.encode(messages[-1].content)
        if not said:
            raise EngineError("an attribution needs an answer of one token at least, got none")
        if len(prompt) > PROMPT_TOKENS:
            raise EngineError(f"an attribution needs a prompt of {PROMPT_TOKENS} tokens at most, got {len(prompt)}")
        return Laid(prompt, said, _last(prompt, text), text)

    def _beginning(self, answer: str) -> list[int]:
        """The ids of the answer's first words, as many as are read."""
        words, ids = pieces(answer), self.tokens.encode(answer)
        while len(ids) > ANSWER_TOKENS:
            words.pop()
            ids = self.tokens.encode("".join(words))
        return ids

    def weigh(self, laid: Laid) -> Tensor:
        """How much each token of the answer rests on each of the prompt: (answer, prompt), at least 0."""
        logits, attentions = self.read(laid)
        slopes = torch.autograd.grad(self.aim(logits, laid.answer), attentions)
        found = torch.zeros(len(laid.answer), len(laid.prompt))
        for attention, slope in zip(attentions, slopes, strict=True):
            found += (attention * slope).detach().clamp(min=0)[0].mean(0)[:, : len(laid.prompt)]
        return found

    @staticmethod
    def aim(logits: Tensor, answer: Sequence[int]) -> Tensor:
        """What the attention is weighed by: how far the answer's tokens score above the mean of all.

        Not their log-probability, whose slope vanishes where the model is sure, as a tuned one mostly is.
        """
        return (logits.gather(1, torch.tensor(answer).unsqueeze(1))[:, 0] - logits.mean(-1)).sum()

    def read(self, laid: Laid) -> tuple[Tensor, Sequence[Tensor]]:
        """Logits (answer, words) and attentions, one (1, heads, answer, prompt + answer) a layer, of the positions that said the answer."""
        with torch.no_grad():
            known = self.model(torch.tensor([laid.prompt[:-1]]), use_cache=True, logits_to_keep=1).past_key_values
        ids = torch.tensor([[laid.prompt[-1], *laid.answer[:-1]]])
        given = self.model.get_input_embeddings()(ids).requires_grad_()
        out = self.model(inputs_embeds=given, past_key_values=known, output_attentions=True)
        return out.logits[0], out.attentions


def _load(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, use_safetensors=True, attn_implementation="eager"
    )
    return model.eval().requires_grad_(False)


def _last(prompt: Sequence[int], text: Sequence[int]) -> int:
    for start in range(len(prompt) - len(text), -1, -1):
        if prompt[start : start + len(text)] == text:
            return start
    raise EngineError("the chat template changes the last message, so its words cannot be told apart from the template's")


def read(asked: Mapping[str, Any]) -> dict[str, Any]:
    """One reading as JSON has it: folder, adapter (or ""), messages as [role, content] and answer; an `Attribution`, or its trouble."""
    try:
        reader = Reader(Path(asked["folder"]), Path(asked["adapter"]) if asked["adapter"] else None)
        return asdict(reader.attribute([ChatMessage(role, content) for role, content in asked["messages"]], asked["answer"]))
    except EngineError as error:
        return {"trouble": type(error).__name__, "message": str(error)}


def main() -> None:
    """What is asked comes on stdin, what is found goes to stdout; whoever else wants the processor goes first."""
    os.nice(_NICEST)
    sys.stdout.write(json.dumps(read(json.load(sys.stdin))) + "\n")


if __name__ == "__main__":
    main()
