"""transformers on the same weights and prompts, in a process of its own: `python -m tests.bench.peer_transformers NAME --repeats N`.

    generate-fp32, generate-bf16      `generate`, conversations as one padded batch
    continuous-fp32, continuous-bf16  its built-in continuous batching, which takes requests as they come

Prints one line of JSON: the figures of `peer_rates.py`. Knows nothing of this program's own engine.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    ContinuousBatchingConfig,
    DynamicCache,
    GenerationConfig,
    StoppingCriteria,
    StoppingCriteriaList,
)

from tests.bench.peer_rates import TOGETHER, TOKENS, Written, conversation, decode_rate, figures

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Prompts:
    """The conversations as token ids."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    def __call__(self, number: int, salt: str = "") -> list[int]:
        messages = [{"role": message.role, "content": message.content} for message in conversation(number, salt)]
        return list(self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))


class Clock(StoppingCriteria):
    """Never stops; is asked after every step, and so knows when each token was there."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **others: Any) -> torch.BoolTensor:
        self.times.append(time.perf_counter())
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)  # type: ignore[return-value]


class Generate:
    """`generate` of a batch of prompts of one length. What is known of a prompt is kept as a cache that every text gets a copy of."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._known: tuple[list[int], DynamicCache] | None = None

    def learn(self, beginning: list[int]) -> None:
        cache = DynamicCache(config=self._model.config)
        with torch.inference_mode():
            self._model(torch.tensor([beginning], device=self._model.device), past_key_values=cache, logits_to_keep=1)
        self._known = beginning, cache

    def group(self, prompts: Prompts, count: int) -> list[list[int]]:
        """One conversation for all, all of it known but its last token: a batch is read for minutes here, and what counts is its writing."""
        self.learn(prompts(0)[:-1])
        return [prompts(0)] * count

    def write(self, prompts: Sequence[list[int]], tokens: int) -> list[Written]:
        ids, clock = torch.tensor(prompts, device=self._model.device), Clock()
        began = time.perf_counter()
        self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=False,
            pad_token_id=2,
            stopping_criteria=StoppingCriteriaList([clock]),
            **self._beginning(prompts),
        )
        return [Written(began, tuple(clock.times), tuple(range(1, tokens + 1)), len(prompt)) for prompt in prompts]

    def _beginning(self, prompts: Sequence[list[int]]) -> dict[str, Any]:
        if self._known is None or any(prompt[: len(self._known[0])] != self._known[0] for prompt in prompts):
            return {}
        cache = copy.deepcopy(self._known[1])
        cache.batch_repeat_interleave(len(prompts))
        return {"past_key_values": cache}


class Continuous:
    """The manager of transformers' continuous batching; it shares beginnings by itself, in whole pages."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def learn(self, beginning: list[int]) -> None:
        self.write([beginning], 2)

    def group(self, prompts: Prompts, count: int) -> list[list[int]]:
        return [prompts(number) for number in range(count)]

    def write(self, prompts: Sequence[list[int]], tokens: int) -> list[Written]:
        began = time.perf_counter()
        names = [self._manager.add_request(prompt, max_new_tokens=tokens, record_timestamps=True, eos_token_id=-1) for prompt in prompts]
        found: dict[str, Written] = {}
        while len(found) < len(names):
            output = self._manager.get_result(timeout=120)
            if output is None or output.error or len(output.generated_tokens) != tokens:
                raise RuntimeError(f"continuous batching: expected {tokens} tokens, got {output}")
            found[output.request_id] = Written(began, tuple(output.timestamps), tuple(range(1, tokens + 1)), len(output.prompt_ids))
        return [found[name] for name in names]


def manager_of(model: Any, tokens: int) -> AbstractContextManager[Any]:
    """On a GPU as it comes. Elsewhere with small pages, so that a known beginning is shared, and cache for sixteen conversations."""
    if model.device.type == "cuda":
        config = ContinuousBatchingConfig()
    else:  # 26,000 tokens of cache and 1,024 tokens a step: what there is to be had is not found out by itself without a GPU
        config = ContinuousBatchingConfig(page_size=32, num_blocks=820, max_batch_tokens=1024, use_cuda_graph=False)
    generation = GenerationConfig(do_sample=False, eos_token_id=-1, pad_token_id=2, max_new_tokens=tokens)
    return model.continuous_batching_context_manager(  # type: ignore[no-any-return]
        generation_config=generation, continuous_batching_config=config, warmup=False
    )


def shared(prompts: Sequence[list[int]]) -> list[int]:
    """The beginning that all prompts have in common."""
    differ = (place for place, tokens in enumerate(zip(*prompts, strict=False)) if len(set(tokens)) > 1)
    return prompts[0][: next(differ, min(map(len, prompts)))]


def measure(peer: Generate | Continuous, prompts: Prompts, repeats: int, groups: Sequence[int], tokens: int) -> dict[str, dict[str, float]]:
    """What is measured warm has been asked once before, as with the servers."""
    peer.write([prompts(0, "warm: ")], 4)
    cold = [peer.write([prompts(0, f"{number}: ")], 2)[0] for number in range(repeats)]
    asked = [prompts(number) for number in range(1, repeats + 2)]
    peer.learn(shared(asked))
    known = [peer.write([prompt], 2)[0] for prompt in asked[1:]]
    rates: dict[int, list[float]] = {}
    for count in groups:
        group = peer.group(prompts, count)
        peer.write(group, 4)
        rates[count] = [decode_rate(peer.write(group, tokens)) for _ in range(repeats)]
    return figures(cold, known, rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=[f"{way}-{kind}" for way in ("generate", "continuous") for kind in TYPES])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--together", type=int, nargs="+", default=list(TOGETHER), help="how many texts at once")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="of each text")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    torch.set_num_threads(options.threads)
    way, _, kind = options.name.partition("-")
    model: Any = AutoModelForCausalLM.from_pretrained(options.folder, dtype=TYPES[kind], attn_implementation="sdpa")
    model = model.to(options.device).eval()
    prompts = Prompts(options.folder)
    if way == "generate":
        found = measure(Generate(model), prompts, options.repeats, options.together, options.tokens)
    else:
        with manager_of(model, options.tokens) as manager:
            found = measure(Continuous(manager), prompts, options.repeats, options.together, options.tokens)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
