"""Pastes the commands of the page about the HTTP interface into a shell, one after the other as a reader would, against a running server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.server.api_document import operations
from tests.open_shop import PASSWORD, OpenShop

CURL = shutil.which("curl")
_SETTINGS = 'silent\nmax-time = 30\nwrite-out = "%{stderr}%{http_code} %{content_type}\\n"\n'


@dataclass(frozen=True)
class Pasted:
    """What a command printed, and the status and type of the answer that curl says it got."""

    name: str
    label: str
    operation: dict[str, Any]
    status: str
    kind: str
    said: str


def pasted(shop: OpenShop, folder: Path) -> Iterator[Pasted]:
    """Every command of every operation: the login first, the logout last. `folder` is where the shell stands."""
    (folder / ".curlrc").write_text(_SETTINGS, encoding="utf-8")
    found = list(operations(shop.client.get("/openapi.json").json()))
    for path, method, operation in sorted(found, key=lambda one: (not one[0].endswith("/login"), one[0].endswith("/logout"))):
        for sample in operation["x-codeSamples"]:
            said, told = _in_a_shell(sample["source"], folder)
            status, _, kind = (told.strip().splitlines() or ["none"])[-1].partition(" ")
            yield Pasted(f"{method.upper()} {path}", sample["label"], operation, status, kind.partition(";")[0], said)


def _in_a_shell(command: str, folder: Path) -> tuple[str, str]:
    """An open stream is left sooner than a reader would leave it; nothing else is changed."""
    command = re.sub(r"--max-time \d+", "--max-time 1", command)
    environment = {"PATH": os.environ["PATH"], "CURL_HOME": str(folder), "CHATBOT_CONSOLE_PASSWORD": PASSWORD, "no_proxy": "*"}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr
