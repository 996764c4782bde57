"""The merchant's word: recommend.toml in the content folder, with what is shown first, never, together, and whether it is bought again.

    pin = ["glow-lantern"]            # shown first wherever products are recommended
    block = ["gift-card"]             # never recommended
    again = ["Coffee"]                # products or categories that shoppers buy again
    once = ["Tents"]                  # and those that nobody buys twice

    [[pair]]
    product = "ridgeline-2-tent"
    with = ["airlight-mat"]           # recommended with it first
    never = ["camp-chair"]            # and never with it

Every key is optional. Products are named by id, SKU or title, as orders name them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge_base.errors import ContentError

FILE = "recommend.toml"
_LISTS = ("pin", "block", "again", "once")
_PAIR = ("product", "with", "never")


@dataclass(frozen=True, slots=True)
class Rules:
    """Product ids; `again` and `once` hold product ids and folded categories."""

    pin: tuple[str, ...] = ()
    block: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: Mapping[str, frozenset[str]] = field(default_factory=dict)


def read_rules(folder: Path, codes: Mapping[str, str], kinds: frozenset[str]) -> Rules:
    """The rules in a content folder; none where there is no file. `codes` as of `codes_of`, `kinds` the folded categories.

    Raises: ContentError naming file, line, key, expected and got.
    """
    path = folder / FILE
    if not path.is_file():
        return Rules()
    try:
        return rules_of(path.read_bytes().decode("utf-8-sig"), codes, kinds)
    except UnicodeDecodeError as error:
        raise ContentError(f"{FILE}:1: expected UTF-8 text, got {error.reason} at byte {error.start}") from error


def rules_of(text: str, codes: Mapping[str, str], kinds: frozenset[str]) -> Rules:
    """The rules in a text. Raises ContentError as `read_rules`."""
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise ContentError(f'{FILE}:{found[1] if found else 1}: expected TOML such as pin = ["an-id"], got a fault: {error}') from error
    return _Reading(text, codes, kinds).rules(said)


class _Reading:
    def __init__(self, text: str, codes: Mapping[str, str], kinds: frozenset[str]) -> None:
        self._lines = text.splitlines()
        self._codes = codes
        self._kinds = kinds

    def rules(self, said: dict[str, Any]) -> Rules:
        for key in said:
            if key not in (*_LISTS, "pair"):
                raise self._fault(key, f"expected one of the keys {', '.join(_LISTS)} or [[pair]], got {key!r}")
        pairs: dict[str, tuple[str, ...]] = {}
        apart: dict[str, frozenset[str]] = {}
        for entry in self._tables(said.get("pair", [])):
            product = self._product("product", entry.get("product"))
            pairs[product] = (*pairs.get(product, ()), *self._products("with", entry.get("with", [])))
            apart[product] = apart.get(product, frozenset()) | set(self._products("never", entry.get("never", [])))
        return Rules(
            self._products("pin", said.get("pin", [])),
            frozenset(self._products("block", said.get("block", []))),
            frozenset(self._products("again", said.get("again", []), kinds=True)),
            frozenset(self._products("once", said.get("once", []), kinds=True)),
            pairs,
            apart,
        )

    def _tables(self, said: Any) -> list[dict[str, Any]]:
        if not isinstance(said, list) or not all(isinstance(entry, dict) for entry in said):
            raise self._fault("pair", f"expected [[pair]] with product and with, got {said!r}")
        for entry in said:
            for key in entry:
                if key not in _PAIR:
                    raise self._fault(key, f"expected product, with or never in [[pair]], got {key!r}")
        return said

    def _products(self, key: str, said: Any, *, kinds: bool = False) -> tuple[str, ...]:
        if not isinstance(said, list):
            raise self._fault(key, f'expected {key} = ["a product\'s id", …], got {said!r}')
        return tuple(self._product(key, name, kinds=kinds) for name in said)

    def _product(self, key: str, name: Any, *, kinds: bool = False) -> str:
        folded = name.strip().casefold() if isinstance(name, str) else ""
        if kinds and folded in self._kinds:
            return folded
        if folded in self._codes:
            return self._codes[folded]
        wanted = "a product's id, SKU or title" + (" or a category" if kinds else "")
        raise self._fault(str(name) if folded else key, f"{key}: expected {wanted}, got {name!r}, which the catalogue does not have")

    def _fault(self, word: str, reason: str) -> ContentError:
        line = next((number for number, text in enumerate(self._lines, start=1) if word in text.split("#")[0]), 1)
        return ContentError(f"{FILE}:{line}: {reason}")
