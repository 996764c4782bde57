"""Pastes the commands of the page about the HTTP interface into a shell, one after the other as a reader would, against a running server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from chatbot.server.api_document import operations
from tests.open_shop import PASSWORD, OpenShop

CURL = shutil.which("curl")
_SETTINGS = 'silent\ndump-header = "headers.txt"\n'


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
            (folder / "headers.txt").unlink(missing_ok=True)
            said = _in_a_shell(sample["source"], folder)
            status, kind = _head((folder / "headers.txt").read_text(encoding="utf-8"))
            yield Pasted(f"{method.upper()} {path}", sample["label"], operation, status, kind, said)


def _in_a_shell(command: str, folder: Path) -> str:
    """What is printed; a stream is left after its first event, as a reader would leave it some time."""
    environment = {"PATH": os.environ["PATH"], "CURL_HOME": str(folder), "CHATBOT_CONSOLE_PASSWORD": PASSWORD, "no_proxy": "*"}
    shell = subprocess.Popen(["sh", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert shell.stdout is not None
    lines = iter(shell.stdout.readline, "")
    said = "".join(takewhile(str.strip, lines) if "curl -N " in command else lines)
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGTERM)
    shell.stdout.close()
    shell.wait(30)
    return said


def _head(headers: str) -> tuple[str, str]:
    """The last answer's status and type."""
    return re.findall(r"^HTTP/\S+ (\d+)", headers, re.MULTILINE)[-1], re.findall(
        r"^content-type: ([\w./+-]+)", headers, re.MULTILINE | re.IGNORECASE
    )[-1]
