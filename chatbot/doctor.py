"""`chatbot doctor`: runs the checks, shows what was found and what to do about it.

Knows terminals. Invariant: the exit code is 0 only when nothing bad was found; a check that itself fails is a bad finding, never silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from rich.console import Console

from chatbot.checkup import Check, Finding, checks
from chatbot.settings import Settings

_MARKS = {"good": "[green]ok  [/green]", "note": "[yellow]note[/yellow]", "bad": "[red]bad [/red]"}


def examine(settings: Settings, url: str = "", console: Console | None = None) -> int:
    """Check this machine, or the running server at `url`; the exit code."""
    console = console or Console()
    bad = 0
    for finding in _outside(url) if url else _inside(settings):
        console.print(f"{_MARKS[finding.state]} {finding.subject:<12}", end=" ")
        console.print(finding.found, markup=False, highlight=False, soft_wrap=True)
        if finding.remedy:
            console.print(f"{'':17} → {finding.remedy}", markup=False, highlight=False, soft_wrap=True)
        bad += finding.state == "bad"
    console.print(f"{bad} to mend" if bad else "all well", style="red" if bad else "green")
    return 1 if bad else 0


def _inside(settings: Settings) -> Iterator[Finding]:
    for subject, check in checks():
        yield from _looked(subject, check, settings)


def _looked(subject: str, check: Check, settings: Settings) -> Iterator[Finding]:
    try:
        yield from check(settings)
    except Exception as error:  # whatever a check stumbles over is what the shop's server would stumble over
        yield Finding(subject, "bad", f"{type(error).__name__}: {error}", "this check could not be made; mend what it names first")


def _outside(url: str) -> Iterator[Finding]:
    from chatbot.visit import visit

    address = url if "://" in url else f"http://{url}"
    with asyncio.Runner() as runner:
        findings = visit(address.rstrip("/"))

        async def following() -> Finding | None:
            return await anext(findings, None)

        while (finding := runner.run(following())) is not None:
            yield finding
