"""The page docs/cli.md: every command with its options, read from the commands themselves, so that it cannot be old."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperArgument, TyperOption

from chatbot.__main__ import ELSEWHERE, ORDER, app, load

_INTRODUCTION = """# The command line

Made by `python -m chatbot.command_pages` from the commands themselves. Exit codes: 0 done, 1 not found or not healthy, 2 the settings or
the content cannot be used. Settings that have no option here are environment variables: see [settings](settings.md).
"""


def command_page() -> str:
    """The whole page in Markdown."""
    here: Any = typer.main.get_command(app)
    parts = [_INTRODUCTION]
    for name in ORDER:
        command = load(name) if name in ELSEWHERE else here.commands[name]
        parts += _described(f"chatbot {name}", command)
    return "\n".join(parts)


def _described(title: str, command: Any) -> Iterator[str]:
    yield f"## `{title}`\n"
    yield f"{_text(command.help)}\n"
    rows = [_row(parameter) for parameter in command.params if parameter.name not in ("help", "install_completion", "show_completion")]
    if rows:
        yield "| option | default | meaning |\n|---|---|---|"
        yield "\n".join(rows) + "\n"
    for name, inner in getattr(command, "commands", {}).items():
        yield from _described(f"{title} {name}", inner)


def _row(parameter: Any) -> str:
    if isinstance(parameter, TyperArgument):
        name, meaning = f"`{str(parameter.name).upper()}`", parameter.help
    else:
        assert isinstance(parameter, TyperOption)
        name, meaning = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts)), parameter.help
    default = parameter.default if isinstance(parameter.default, int | float | str) and parameter.default not in ("", False) else None
    shown = "required" if parameter.required else f"`{default}`" if default is not None else ""
    return f"| {name} | {shown} | {_text(meaning).replace('|', chr(92) + '|')} |"


def _text(words: str | None) -> str:
    text = " ".join((words or "").split())
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    typer.echo(command_page(), nl=False)
