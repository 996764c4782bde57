"""`chatbot settings`: every setting as a table, or as the page docs/settings.md. Both come from the fields of Settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.console import Console
from rich.table import Table

from chatbot.settings import SAMPLE_SHOP, Settings


def show_settings(*, markdown: bool) -> None:
    console = Console()
    if markdown:
        console.print(settings_page(), end="", markup=False, highlight=False, soft_wrap=True)
        return
    now, table = Settings(), Table("variable", "now", "meaning", title="Settings: environment, then .env, then the default")
    for name, field in Settings.model_fields.items():
        value = getattr(now, name)
        changed = value != default_of(field)
        table.add_row(variable(name), f"[bold]{shown(value)}[/bold]" if changed else shown(value), field.description or "")
    console.print(table)


def settings_page() -> str:
    """The Markdown page: variable, values it takes, default, meaning."""
    lines = [
        "# Settings",
        "",
        "Made by `chatbot settings --markdown` from `chatbot/settings.py`. Each is an environment variable, or a line of a file `.env` in",
        "the folder the program is started in; the options of `chatbot serve` come before both.",
        "",
        "| variable | value | default | meaning |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = shown(default_of(field))
        cells = (f"`{variable(name)}`", kind_of(field.annotation), f"`{default}`" if default else "", field.description or "")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def variable(name: str) -> str:
    return f"CHATBOT_{name.upper()}"


def default_of(field: FieldInfo) -> Any:
    made: Any = field.get_default(call_default_factory=True)
    return "" if made is PydanticUndefined else made


def shown(value: Any) -> str:
    """A value as one would write it; secrets and this machine's paths stay out of it."""
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    if value == SAMPLE_SHOP:
        return "the sample shop"
    if isinstance(value, Path):
        home = str(Path.home())
        return str(value).replace(home, "~", 1) if home != "/" and str(value).startswith(home) else str(value)
    return ", ".join(value) if isinstance(value, list) else str(value)


def kind_of(annotation: Any) -> str:
    if get_args(annotation) and get_origin(annotation) is not list:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    names = {int: "number", str: "text", Path: "folder", SecretStr: "text (secret)"}
    return names.get(annotation, "texts separated by commas")
