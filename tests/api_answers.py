"""Writes chatbot/server/api_answers.json, the answers that the page about the HTTP interface shows: those of the small shop, shortened.

    python -m tests.api_answers

Every command of the page is pasted once. Lists keep their first entry, long texts their beginning, and what is secret or random is not kept.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from chatbot.server.api_document import ANSWERS
from tests.open_shop import open_shop
from tests.pasted import pasted
from tests.tiny_model import build_tiny_model

_LONG, _DEEP = 120, 6
_ALIKE = {"token": "Qd1mJ0w-…", "site_key": "Xk2-7hQwPz1a"}
_RANDOM = re.compile(r"\b[0-9a-f]{32}\b")


def shortened(value: Any, name: str = "", depth: int = 0) -> Any:
    """A value as an example: of the same shape, and short enough to be read."""
    if isinstance(value, dict):
        kept = dict(list(value.items())[: 4 if depth >= _DEEP else None])
        return {key: shortened(inner, key, depth + 1) for key, inner in kept.items()}
    if isinstance(value, list):
        return [shortened(inner, name, depth + 1) for inner in value[: 1 if isinstance(value[0], dict | list) else 3]] if value else []
    if isinstance(value, str):
        text = _ALIKE.get(name) or _RANDOM.sub(lambda found: found[0][:8], value)
        return text if len(text) <= _LONG else f"{text[:_LONG].rstrip()}…"
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    answers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = str(build_tiny_model(folder / "tiny", window=1200))
        with open_shop(folder, engine="local", model=model, precision="fp32") as shop:
            (folder / "shell").mkdir()
            for one in pasted(shop, folder / "shell"):
                if one.kind == "application/json" and one.name not in answers:
                    answers[one.name] = shortened(json.loads(one.said))
    ANSWERS.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
