"""shop.toml: what the shop says of itself. Every key is optional; a wrong one is named with what was expected."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from knowledge_base.catalog import ShopProfile
from knowledge_base.errors import ContentError
from knowledge_base.money import CODES

_TEXTS = ("name", "currency", "url", "email", "phone", "hours", "address", "about")
_SPOKEN = ("hours", "address", "about")  # a text, or a table by language
_TABLES = ("greeting", "suggestions")


class _Fault(Exception):
    """A key whose value is not what was expected."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def read_profile(path: Path) -> ShopProfile:
    """The profile in `path`.

    Raises: ContentError naming file, line, key, expected and got.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        return _profile(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContentError(
            f'{path.name}:{_fault_line(error, data)}: expected TOML such as name = "My shop", got a fault: {error}'
        ) from error
    except _Fault as fault:
        found = re.search(rf"""^[ \t]*(?:\[\s*(?:shop\s*\.\s*)?)?["']?{re.escape(fault.key)}\b""", text, re.MULTILINE)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        raise ContentError(f"{path.name}:{line} [{fault.key}]: {fault}") from fault


def _profile(values: dict[str, Any]) -> ShopProfile:
    values = values["shop"] if isinstance(values.get("shop"), dict) and len(values) == 1 else values
    known = (*_TEXTS, "languages", *_TABLES)
    if unknown := [key for key in values if key not in known]:
        raise _Fault(unknown[0], f"expected one of the keys {', '.join(known)}, got {unknown[0]!r}")
    spoken = {name: _table(values, name) for name in _SPOKEN if isinstance(values.get(name), dict)}
    first = {name: next(iter(table.values()), "") for name, table in spoken.items()}
    texts = {name: _string(name, first.get(name, values.get(name, ""))) for name in _TEXTS}
    texts["currency"] = _currency(texts["currency"])
    return ShopProfile(
        **texts,
        languages=tuple(_strings("languages", values.get("languages", []))),
        translations=tuple((name, language, _string(name, text)) for name, table in spoken.items() for language, text in table.items()),
        greeting=tuple((language, _string("greeting", text)) for language, text in _table(values, "greeting").items()),
        suggestions=tuple((language, tuple(_strings("suggestions", listed))) for language, listed in _table(values, "suggestions").items()),
    )


def _fault_line(error: Exception, data: bytes) -> int:
    if isinstance(error, UnicodeDecodeError):
        return data[: error.start].count(b"\n") + 1
    stated = re.search(r"at line (\d+)", str(error))
    return int(stated[1]) if stated else data.rstrip().count(b"\n") + 1


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Fault(name, f"expected a text in quotes, got {value!r}")
    return value.strip()


def _strings(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise _Fault(name, f"expected a list of texts, got {value!r}")
    return [_string(name, item) for item in value]


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name, {})
    if not isinstance(table, dict):
        raise _Fault(name, f"expected a table by language such as en = …, got {table!r}")
    return table


def _currency(code: str) -> str:
    if code and code.upper() not in CODES:
        raise _Fault("currency", f"expected an ISO 4217 code such as EUR, got {code!r}")
    return code.upper()
