"""Price limits in plain English and Chinese: "under $50", "between 20 and 40", "50元以下", "一百到两百块".

Deterministic. A number counts as a price only with a currency or where no other unit follows ("under 2 kg" is a weight), and never where
the sentence speaks of the order's total ("free shipping over $50"). Knows nothing of the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_SIGN = r"(?:us\$|\$|£|€|¥|￥|usd|eur|gbp|cny|rmb|chf)"
_WORD = r"(?:dollars?|bucks?|euros?|pounds?|quid|yuan|rmb|usd|eur|gbp|cny|chf|francs?|kronor|€|£|\$|元|块钱?)"
_UNIT = (
    r"(?!\s*-?\s*(?:kgs?|kilos?|kilograms?|g|grams?|lbs?|oz|ounces?|pounds? heavy|cm|mm|m|km|metres?|meters?|inch(?:es)?|"
    r"in\b(?=\s*(?:long|wide|tall|high))|ft|feet|l|ml|litres?|liters?|days?|hours?|hrs?|weeks?|months?|years?|minutes?|mins?|seconds?|people|persons?|adults?|degrees?|°|%|percent|"
    r"items?|pieces?|pcs|pairs?|units?|watts?|w|v|mah|wh|gb|tb|stars?|times|business|working|o'?clock|am|pm|\d)\b|[\"”%°])"
)
_AMOUNT = rf"(?P<sign>{_SIGN})?\s?(?P<number>{_DIGITS})(?![\d.,]*\d)(?:\s?(?P<word>{_WORD})(?!\w))?{_UNIT}"
_BELOW = r"under|below|less than|cheaper than|lower than|not over|no more than|not more than|at most|up to|within|max(?:imum)?(?: of)?|<=?"
_ABOVE = r"over|above|more than|pricier than|at least|starting (?:at|from)|no less than|min(?:imum)?(?: of)?|>=?"
_STRICT = frozenset({"under", "below", "less than", "cheaper than", "lower than", "<", "over", "above", "more than", "pricier than", ">"})
_ORDER = re.compile(
    r"\b(?:orders?|spend(?:ing)?|cart|basket|checkout|total|purchases?|shipping|delivery|ships?|coupon|voucher|gift cards?|invoice|refunds?"
    r"|paid)\b"
)
_LIMIT = re.compile(rf"(?:(?<=\W)|^)(?P<comparison>{_BELOW}|{_ABOVE})\s*(?:about\s*)?{_AMOUNT}")
_FIRST_AMOUNT = _AMOUNT.replace("sign>", "sign1>").replace("number>", "low>").replace("word>", "word1>").replace(_UNIT, "")
_RANGE = re.compile(
    rf"(?:\b(?P<lead>between|from)\s+)?{_FIRST_AMOUNT}"
    rf"\s*(?:and|to|-|–|—|~)\s*{_AMOUNT.replace('number>', 'high>')}"
)
_AFTER = re.compile(
    rf"{_AMOUNT}\s*(?:(?P<down>or (?:less|under|below|cheaper)|max\b|tops\b|maximum)|(?P<up>or more|and up|and above|or over|\+))"
)
_AROUND = re.compile(rf"\b(?:around|about|approximately|roughly|circa)\s+{_AMOUNT}")

_HAN_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_ZH_NUMBER = r"(?:\d[\d,]*(?:\.\d{1,2})?\s?[千万百]?|[零〇一二两三四五六七八九十百千万]+)"
_YUAN = r"\s?(?:元|块钱|块|人民币|rmb|圆|美元|美金|欧元|英镑)"
_ZH_RANGE = re.compile(
    rf"[¥￥$]?(?P<low>{_ZH_NUMBER})(?:{_YUAN})?\s?(?:到|至|-|~|—|–|和|与)\s?[¥￥$]?(?P<high>{_ZH_NUMBER})(?:{_YUAN}|之间|的价)"
)
_ZH_BELOW_AFTER = re.compile(rf"[¥￥$]?(?P<number>{_ZH_NUMBER})(?:{_YUAN})?(?:以下|以内|之内|之下|以里|内(?!存))")
_ZH_BELOW = re.compile(
    rf"(?P<comparison>低于|不到|少于|小于|不超过|不高于|最多|至多|便宜于|不多于|比)\s?[¥￥$]?"
    rf"(?P<number>{_ZH_NUMBER})(?:{_YUAN}|便宜|$|(?=[的，。？！ ]))"
)
_ZH_ABOVE_AFTER = re.compile(rf"[¥￥$]?(?P<number>{_ZH_NUMBER})(?:{_YUAN})?(?:以上|之上|往上|起(?!订))")
_ZH_ABOVE = re.compile(
    rf"(?P<comparison>高于|超过|大于|至少|不低于|不少于|起码|贵于)\s?[¥￥$]?(?P<number>{_ZH_NUMBER})(?:{_YUAN}|$|(?=[的，。？！ ]))"
)
_ZH_AROUND = re.compile(rf"[¥￥$]?(?P<number>{_ZH_NUMBER})(?:{_YUAN})\s?(?:左右|上下|附近)")
_ZH_STRICT = frozenset({"低于", "不到", "少于", "小于", "便宜于", "比", "高于", "超过", "大于", "贵于"})
_ZH_ORDER = re.compile(r"订单|运费|包邮|免邮|免运|凑单|满|消费|下单|购物|减\d|优惠券|退款|礼品卡|发票")


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """Bounds on a price; `exclusive` where the bound itself is outside ("under 50")."""

    low: Decimal | None = None
    high: Decimal | None = None
    exclusive: bool = False


def price_limits(folded: str) -> PriceLimits:
    """The limits a folded (lower-case) text states, English or Chinese; none where it states none."""
    return _english(folded) or _chinese(folded) or PriceLimits()


def _english(text: str) -> PriceLimits | None:
    if (found := _RANGE.search(text)) and (found["lead"] or _is_money(found, "1") or _is_money(found)) and not _of_order(text, found):
        low, high = _decimal(found["low"]), _decimal(found["high"])
        return PriceLimits(min(low, high), max(low, high))
    below: Decimal | None = None
    above: Decimal | None = None
    strict = False
    for found in _LIMIT.finditer(text):
        if _of_order(text, found) or (found["comparison"] == "within" and not _is_money(found)):
            continue
        strict = strict or found["comparison"] in _STRICT
        if re.fullmatch(_BELOW, found["comparison"]):
            below = _decimal(found["number"])
        else:
            above = _decimal(found["number"])
    if above is not None or below is not None:
        return PriceLimits(above, below, strict)
    return _english_after(text)


def _english_after(text: str) -> PriceLimits | None:
    if (found := _AFTER.search(text)) and _is_money(found) and not _of_order(text, found):
        number = _decimal(found["number"])
        return PriceLimits(high=number) if found["down"] else PriceLimits(low=number)
    if (found := _AROUND.search(text)) and _is_money(found) and not _of_order(text, found):
        return _around(_decimal(found["number"]))
    return None


def _is_money(found: re.Match[str], number: str = "") -> bool:
    return bool(found["sign" + number] or found["word" + number])


def _of_order(text: str, found: re.Match[str]) -> bool:
    """Whether the amount belongs to an order, a payment or a delivery rather than to a product's price."""
    return _ORDER.search(text[max(0, found.start() - 30) : found.start()]) is not None


def _chinese(text: str) -> PriceLimits | None:
    if _ZH_ORDER.search(text):
        return None
    if found := _ZH_RANGE.search(text):
        return PriceLimits(_han_number(found["low"]), _han_number(found["high"]))
    if found := _ZH_AROUND.search(text):
        return _around(_han_number(found["number"]))
    low: Decimal | None = None
    high: Decimal | None = None
    strict = False
    for pattern in (_ZH_BELOW_AFTER, _ZH_BELOW):
        if found := pattern.search(text):
            high, strict = _han_number(found["number"]), strict or found.groupdict().get("comparison") in _ZH_STRICT
            break
    for pattern in (_ZH_ABOVE_AFTER, _ZH_ABOVE):
        if (found := pattern.search(text)) and not (high is not None and text[max(0, found.start() - 1) : found.start()] == "不"):
            low, strict = _han_number(found["number"]), strict or found.groupdict().get("comparison") in _ZH_STRICT
            break
    return PriceLimits(low, high, strict) if low is not None or high is not None else None


def _around(number: Decimal) -> PriceLimits:
    return PriceLimits(number * Decimal("0.8"), number * Decimal("1.2"))


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _han_number(text: str) -> Decimal:
    """ "200", "1,200", "2千", "两百五十", "一万二" (the last digit after a unit counts tenths of it)."""
    compact = text.replace(",", "").replace(" ", "")
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)([百千万]?)", compact):
        return Decimal(found[1]) * _HAN_UNITS.get(found[2], 1)
    total, section, digit, unit = 0, 0, 0, 1
    for char in compact:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
            unit = 1 if char in "零〇" else unit
        else:
            unit = _HAN_UNITS[char]
            if unit == 10_000:
                total, section = (total + section + digit) * unit, 0
            else:
                section += (digit or 1) * unit
            digit = 0
    shorthand = digit * unit // 10 if digit and unit >= 100 and compact[-1] in _HAN_DIGITS else digit
    return Decimal(total + section + shorthand)
