"""shop.toml: what the shop says of itself. Every key is optional; a wrong one is named with what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from knowledge_base.catalog import ShopProfile
from knowledge_base.errors import ContentError
from knowledge_base.importers.amounts import CODES

_TEXTS = ("name", "currency", "url", "email", "phone", "hours", "address", "about")
_TABLES = ("greeting", "suggestions")


def read_profile(path: Path) -> ShopProfile:
    """The profile in `path`.

    Raises: ContentError naming file, key, expected and got.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContentError(f'{path.name}: expected TOML such as name = "My shop", got a fault: {error}') from error
    values = values.get("shop", values) if isinstance(values.get("shop"), dict) else values
    unknown = set(values) - {*_TEXTS, *_TABLES, "languages"}
    if unknown:
        raise ContentError(f"{path.name}: unknown key {sorted(unknown)[0]!r}; known are {', '.join((*_TEXTS, 'languages', *_TABLES))}")
    texts = {name: _text(path, values, name) for name in _TEXTS}
    texts["currency"] = _currency(path, texts["currency"])
    return ShopProfile(
        **texts,
        languages=tuple(_strings(path, "languages", values.get("languages", []))),
        greeting=tuple((language, _string(path, "greeting", text)) for language, text in _table(path, values, "greeting").items()),
        suggestions=tuple(
            (language, tuple(_strings(path, "suggestions", texts_))) for language, texts_ in _table(path, values, "suggestions").items()
        ),
    )


def _text(path: Path, values: dict[str, Any], name: str) -> str:
    return _string(path, name, values.get(name, ""))


def _string(path: Path, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ContentError(f"{path.name} [{name}]: expected a text in quotes, got {value!r}")
    return value.strip()


def _strings(path: Path, name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ContentError(f"{path.name} [{name}]: expected a list of texts, got {value!r}")
    return [_string(path, name, item) for item in value]


def _table(path: Path, values: dict[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name, {})
    if not isinstance(table, dict):
        raise ContentError(f"{path.name} [{name}]: expected a table by language such as en = …, got {table!r}")
    return table


def _currency(path: Path, code: str) -> str:
    if code and code.upper() not in CODES:
        raise ContentError(f"{path.name} [currency]: expected an ISO 4217 code such as EUR, got {code!r}")
    return code.upper()
