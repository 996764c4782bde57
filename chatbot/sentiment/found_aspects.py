"""Aspects that the reviews themselves name: nouns that many of them judge and that no known aspect has ("zip", "battery", "拉链").

No tagger and no dictionary of a trade: in English a word counts where it stands as the thing that is judged ("the zip caught", "great zip"),
in Chinese where it stands before a degree or a denial ("拉链很滑") and jieba's dictionary knows it. A word is kept when at least `LEAST`
reviews and `SHARE` of all judge it. Memory is bounded: rare words are forgotten as more come.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from chatbot.sentiment.aspects import named_in
from chatbot.sentiment.clauses import Clause
from chatbot.sentiment.lexicon import BLAME_EN, BLAME_ZH, CONTRAST, INTENSE_EN, NEGATION_EN, PRAISE_EN, PRAISE_ZH
from knowledge_base.chinese import chinese_dictionary
from knowledge_base.languages import has_han

LEAST = 3
SHARE = 0.01
MOST = 20
_MOST_KEPT = 20_000
_BEFORE = r"(?:the|this|its|it's|their|my|his|her|these|those|both|each)"
_VERB = (
    r"(?:is|are|was|were|isn't|wasn't|aren't|weren't|looks?|looked|feels?|felt|works?|worked|seems?|seemed|has|have|had|came|comes|stays?|stayed|"
    r"keeps?|kept|broke|breaks|caught|catches|fell|falls|could|does|do|did|slides?|sits?|holds?|held|needs?|needed|shows?|showed|lasts?|gets?|got)"
)
_JUDGED_EN = re.compile(rf"\b{_BEFORE} (?:\w+ ){{0,1}}?([a-z]{{3,18}}) {_VERB}\b|^([a-z]{{3,18}}) {_VERB}\b")
_JUDGED_ZH = re.compile(r"(?<![一-鿿])([一-鿿]{2,4}?)(?:也|都|还|就)?(?:很|太|非常|真|有点|有些|挺|比较|特别|超级?|不|没|好|十分|相当)")
_COMMON_EN = frozenset(
    """it this that they them these those there here what which who everything everyone nothing something anything one ones two thing things
    time times way day days week weeks month months year years people person someone lot bit rest end product products item items order
    review reviews star stars company store shop brand place man woman friend friends husband wife son daughter kid kids child children
    mother father sister brother family reason problem issue only first second last page and but also then now still just really very much
    she her his you your our not picture pictures photo website same other others another top half whole most few some all both side part
    parts set pair kind sort type model body person home house work life world night morning evening afternoon today yesterday""".split()
)
_COMMON_ZH = frozenset(
    "感觉 总体 整体 这个 那个 东西 宝贝 商品 产品 老板 自己 孩子 朋友 家人 妈妈 爸爸 老公 老婆 这款 这次 一次 真的 其他 别的 价格 买的 可以 还是 就是 但是 不过 "
    "而且 因为 所以 如果 已经 一直 以后 之前 现在 时候 今天 昨天 这里 那里 什么 怎么 我们 他们 大家 确实 第一 一个 一点 一般 希望 觉得 个人 应该 可能 "
    "使用 用了 收到 发现 看到 还有 没有 非常 比较 特别 效果".split()
)
_NO_NOUNS = PRAISE_EN | BLAME_EN | NEGATION_EN | INTENSE_EN | CONTRAST | _COMMON_EN
_NO_NOUNS_ZH = frozenset([*PRAISE_ZH, *BLAME_ZH]) | _COMMON_ZH


class FoundAspects:
    """Counts what clauses judge, and says which words are aspects of these reviews."""

    def __init__(self) -> None:
        self._reviews: Counter[str] = Counter()
        self._read = 0

    def read(self, found: Sequence[Clause]) -> None:
        """Learn from the clauses of one review."""
        self._read += 1
        for word in {word for clause in found for word in judged(clause.text)}:
            self._reviews[word] += 1
        if len(self._reviews) > _MOST_KEPT:
            self._reviews = Counter(dict(self._reviews.most_common(_MOST_KEPT // 2)))

    def names(self) -> list[str]:
        """The aspects that were found, the commonest first."""
        least = max(LEAST, SHARE * self._read)
        return [word for word, reviews in self._reviews.most_common(MOST) if reviews >= least]


def judged(clause: str) -> Iterator[str]:
    """The words of a clause that stand as what is judged and belong to no known aspect."""
    if has_han(clause):
        words = (match[1] for match in _JUDGED_ZH.finditer(clause))
        yield from (word for word in words if word not in _NO_NOUNS_ZH and _is_new(word) and chinese_dictionary().has(word))
    else:
        pairs = (match[1] or match[2] for match in _JUDGED_EN.finditer(clause.lower()))
        yield from (word for word in map(singular, pairs) if word not in _NO_NOUNS and _is_new(word))


def singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 4 else word


def where(word: str, clause: str) -> tuple[int, int] | None:
    """Where a clause names a found aspect."""
    pattern = re.escape(word) if has_han(word) else rf"\b{re.escape(word)}s?\b"
    match = re.search(pattern, clause, re.IGNORECASE)
    return match.span() if match else None


def _is_new(word: str) -> bool:
    return next(named_in(word), None) is None
