"""The same length, weight or volume in other units: a shop sells a rod of 213 cm, and a shopper asks for the 7 ft one.

Factors are the international foot, inch, pound and ounce (1959) and the US fluid ounce and gallon.
"""

from __future__ import annotations

import re

_KINDS: tuple[dict[str, float], ...] = (
    {"mm": 0.1, "cm": 1.0, "m": 100.0, "in": 2.54, "ft": 30.48, "yd": 91.44},  # centimetres
    {"g": 1.0, "kg": 1000.0, "oz": 28.3495, "lb": 453.592},  # grams
    {"ml": 1.0, "l": 1000.0, "oz": 29.5735, "gal": 3785.41},  # millilitres
)
_SPOKEN = {
    "mm": r"mm|millimet(?:re|er)s?",
    "cm": r"cm|centimet(?:re|er)s?",
    "m": r"m|met(?:re|er)s?",
    "in": r"in|inch(?:es)?|[\"″”]",
    "ft": r"ft|foot|feet|['′’]",
    "yd": r"yards?|yds?",
    "g": r"g|grams?",
    "kg": r"kg|kilos?",
    "oz": r"(?:fl\.? ?)?oz|ounces?",
    "lb": r"lbs?|pounds?",
    "ml": r"ml|millilit(?:re|er)s?",
    "l": r"l|lit(?:re|er)s?",
    "gal": r"gal|gallons?",
}
_CALLED = {"inch": "in", "inche": "in", "lbs": "lb"}
_NEAR = 0.02  # shops round: 7 ft is 213 cm, and 12 inches are 30 cm
_UNIT = "|".join(f"(?P<{unit}>{spoken})" for unit, spoken in _SPOKEN.items())
_SAID = re.compile(rf"(?<![\d.$€£¥])(\d+(?:\.\d+)?)[\s-]?({_UNIT})(?![a-z])", re.IGNORECASE)


def is_measured(text: str, value: float, unit: str) -> bool:
    """Whether a text states this measure in another unit of its kind, within 2%."""
    unit = _CALLED.get(unit.removesuffix("s"), unit)
    kinds = [kind for kind in _KINDS if unit in kind]
    for found in _SAID.finditer(text):
        said = next(name for name in _SPOKEN if found.group(name))
        for kind in kinds:
            if said in kind and said != unit and abs(float(found[1]) * kind[said] - value * kind[unit]) <= _NEAR * value * kind[unit]:
                return True
    return False
