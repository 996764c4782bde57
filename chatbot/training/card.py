"""The card of a trained model: what it is, what it was trained on and how, what it can, and what it cannot. Markdown.

Knows the files of a run as plain dictionaries. Invariant: every figure in it is one that the run wrote down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEMPLATE = """---
base_model: {base}
library_name: {library}
pipeline_tag: text-generation
language: [{languages}]
tags: [shop-assistant, grounded-answers, {kind}]
---

# {name}

{what}

It answers a shopper's question from the lines of text in its prompt and says so when they do not tell. It was trained for the prompt of
`chatbot.prompts.training_prompt` and for nothing else.

## Use

```sh
{use}
chatbot models promote {run}    # makes it live in a running server, if it answers at least as well as the model in use
```

## Figures

Held out: {held_out}. Loss is per token of the answers, in nats.

| | before | best (step {best_step}) | at the end |
|---|---|---|---|
| loss on what was held out | {loss} |
| tokens right there | {accuracy} |

![Loss and tokens right, step by step](curves.png)

| | |
|---|---|
| steps | {steps} |
| time | {minutes:.1f} minutes on {device} |
| tokens read | {tokens:,} ({alone:,} had every question been read alone; {padding:.1%} more with padding) |
| peak memory | {memory:,} MB |
| trained parameters | {trained:,} of {parameters:,} |

## Data

{scenes:,} scenes with {questions:,} questions, sha256 `{sha256}`.

| kind | questions | | language | questions | | shop | questions |
|---|---|---|---|---|---|---|---|
{counts}

## Settings

```sh
{command}
```

{settings}

Made with {versions}; commit `{commit}`.

## Limits

It is a small model: it can copy a wrong line, mix two figures up or miss a "not". What it writes is held against the evidence before a
shopper sees it, and it should not be used without that. Languages that are not in the table above were not trained.
"""
_SHOWN = 12  # rows of the table of counts


def model_card(run: str, settings: Mapping[str, Any], data: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """`run` is the name of the folder; the others are what is in settings.json, data.json and metrics.json."""
    recipe = settings["recipe"]
    full = recipe["full"]
    where = f"runs/{run}/" + ("model" if full else "adapter")
    held_out = data["held_out"]
    return _TEMPLATE.format(
        base=recipe["model"].split("#")[0],
        library="transformers" if full else "peft",
        kind="full-fine-tuning" if full else "lora",
        languages=", ".join(data["by_language"]),
        name=recipe["name"],
        what=_what(recipe),
        use=f"CHATBOT_MODEL={where} chatbot serve" if full else f"CHATBOT_ADAPTER={where} chatbot serve",
        run=f"runs/{run}",
        held_out=f"{held_out['scenes']} scenes of {held_out['shops']} shops that were not trained on"
        if held_out["by"] == "shop"
        else f"{held_out['scenes']} scenes of the same shop",
        best_step=metrics["best_step"],
        loss=" | ".join(f"{metrics['held_out_loss'][when]:.3f}" for when in ("before", "best", "after")),
        accuracy=" | ".join(f"{metrics['held_out_accuracy'][when]:.1%}" for when in ("before", "best", "after")),
        steps=metrics["steps"],
        minutes=metrics["minutes"],
        device=metrics["device"],
        tokens=metrics["tokens"],
        alone=metrics["tokens_alone"],
        padding=metrics["tokens_padded"] / metrics["tokens"] - 1,
        memory=metrics["peak_memory_mb"],
        trained=metrics["parameters_trained"],
        parameters=metrics["parameters"],
        scenes=data["scenes"],
        questions=data["questions"],
        sha256=data["sha256"],
        counts=_counts(data),
        command=settings["command"],
        settings=", ".join(f"{name} {value}" for name, value in recipe.items() if name not in ("model", "name") and value != ""),
        versions=", ".join(f"{name} {version}" for name, version in settings["versions"].items()),
        commit=settings["commit"] or "unknown",
    )


def _what(recipe: Mapping[str, Any]) -> str:
    if recipe["full"]:
        return f"All weights of {recipe['model'].split('#')[0]}, fine-tuned."
    return f"A LoRA adapter of rank {recipe['rank']} in all linear layers of {recipe['model'].split('#')[0]}."


def _counts(data: Mapping[str, Any]) -> str:
    columns = [list(data[name].items()) for name in ("by_kind", "by_language", "by_shop")]
    rows = []
    for number in range(min(_SHOWN, max(map(len, columns)))):
        cells = [(column[number][0] or "–", f"{column[number][1]:,}") if number < len(column) else ("", "") for column in columns]
        rows.append("| " + " | | ".join(" | ".join(cell) for cell in cells) + " |")
    left = [len(column) - _SHOWN for column in columns]
    if max(left) > 0:
        rows.append("| " + " | | ".join(f"and {more} more | " if more > 0 else " | " for more in left) + " |")
    return "\n".join(rows)
