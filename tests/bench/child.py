"""One part of the measurements in a process of its own: its memory is watched there, and given back when it ends.

The child is a module of this folder that prints its figures as the last line, a JSON object. Knows nothing of what they are.
Invariant: when a call returns or raises, no child is left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.peer_watch import Watch, favour

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 1800.0
WORDS = 1500  # of a child's complaint


class ChildError(RuntimeError):
    """A measurement failed; the message has its last words."""


def in_child(module: str, options: Sequence[str] = (), seconds: float = SECONDS) -> dict[str, Any]:
    """The figures of `python -m tests.bench.MODULE OPTIONS`, with `peak_mb` and the share of the machine that `others` took meanwhile.

    What the child shows of its progress goes to our stderr. Raises ChildError.
    """
    command = [sys.executable, "-m", f"tests.bench.{module}", *options]
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        favour(child.pid)
        try:
            with Watch(child.pid) as watch:
                told, _ = child.communicate(timeout=seconds)
        except BaseException as error:
            child.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise ChildError(f"{module}: was not done within {seconds:.0f} s") from error
            raise
    if child.returncode or not told.strip():
        raise ChildError(f"{module}: ended with status {child.returncode}: {told.strip()[-WORDS:] or 'see above'}")
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return {**found, "peak_mb": round(watch.megabytes), "others": round(watch.others, 3)}
