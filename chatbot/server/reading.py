"""One reading of an answer by the shop's own model, in a process of its own: nothing of it stays, neither weights nor libraries.

In a thread of the server each reading left 50 MB behind, and the first one 200 MB of libraries besides. Knows which model is live, and
nothing of replies. Invariant: when it returns or raises, the process has ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatbot.attribution import Attribution
from chatbot.engine import ChatMessage
from chatbot.errors import ChatbotError, EngineError, EngineUnavailable
from chatbot.promotion import read_live
from chatbot.settings import Settings
from chatbot.weights import Progress, adapter_folder, quiet, writer_folder

SECONDS = 300.0  # a reading that takes longer is given up
_ROOT = Path(__file__).resolve().parents[2]
_NOT_HERE = {
    "remote": "the model that writes runs on another server, which does not show what it looks at",
    "quoting": "no model is set, so none reads the reply",
}
_TROUBLES: dict[str, type[EngineError]] = {"EngineError": EngineError, "EngineUnavailable": EngineUnavailable}


class NoReader(ChatbotError):
    """The settings name no model of this machine, so nothing can be read with it."""


def read_again(settings: Settings, messages: Sequence[ChatMessage], answer: str, progress: Progress = quiet) -> Attribution:
    """How much each word of the answer rests on each word of the last message. Blocks for seconds.

    Raises NoReader, WeightsError, PromotionError, EngineUnavailable, and EngineError when the texts are too long.
    """
    if settings.engine != "local":
        why = _NOT_HERE.get(settings.engine, "its model is not on this machine")
        raise NoReader(f"{why} (CHATBOT_ENGINE: expected local, got {settings.engine}); passages and each sentence's source need none")
    live = read_live(settings.data)
    settings = live.settings(settings) if live is not None else settings
    adapter = adapter_folder(settings)
    asked = {"folder": str(writer_folder(settings, progress)), "adapter": str(adapter or ""), "answer": answer}
    return _attribution(_in_child(asked | {"messages": [(message.role, message.content) for message in messages]}))


def _in_child(asked: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "chatbot.engines.attribution"]
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=json.dumps(asked), capture_output=True, text=True, timeout=SECONDS, env={**os.environ, "PYTHONPATH": paths}
        )
    except subprocess.TimeoutExpired as error:
        raise EngineUnavailable(f"the reading did not end within {SECONDS:.0f} s") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["nothing was said; the system may have been short of memory"]
        raise EngineUnavailable(f"the reading ended with status {done.returncode}: {last[0]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _attribution(found: dict[str, Any]) -> Attribution:
    if "trouble" in found:
        raise _TROUBLES.get(found["trouble"], EngineError)(found["message"])
    rows, weights = (tuple(map(tuple, found[name])) for name in ("rows", "weights"))
    return Attribution(rows, tuple(found["answer"]), weights, found["model"], found["method"], found["seconds"])
