"""Words that claim nothing of a product: what sentences are joined with, and the words of the frames that code writes.

Small on purpose. A word such as "durable", "perfect" or "soft" is not here: the row must state it.
"""

from __future__ import annotations

import functools
import re

from chatbot.copywriter import wording_en, wording_zh
from chatbot.terms import words

_EN = frozenset(
    """a an the this that these those it its they them their we you your our us here there of to in on at by for from as with and or also too both
    is are was be been has have had does do comes come coming came features feature featuring offers offer offering includes include including
    what which who where while so now then thus one ones each is's it's that's here's let let's meet find get gets got see look called named known
    given made size sized colour color material weight brand product products item items piece model version design type kind part details detail specification
    specifications plus along together alongside within brings bring shown stands stand carries carry listed belongs belong under category
    range collection""".split()
)
_ZH = frozenset(
    """的 了 是 为 与 和 及 以及 或 在 有 这 这款 此 此款 该 款 它 其 则 也 还 并 且 来自 采用 配有 带有 具备 拥有 包含 包括 提供 商品 产品 品牌 型号 规格 尺寸 颜色 材质
    分类 类别 一 一款 个 件 您 你 我 我们 可以 可 请 看 看看 图片 图 中 里 上 下 呈现 介绍 名称 名 叫 名字 所 所示 如图""".split()
)
_SLOT = re.compile(r"\{\w\}")


@functools.cache
def glue(language: str) -> frozenset[str]:
    """The words that need no fact, lower case; a Chinese text may use the English ones too."""
    wording = wording_zh if language == "zh" else wording_en
    return (_EN | _ZH if language == "zh" else _EN) | frozenset(word for frame in frames(wording) for word in words(_SLOT.sub(" ", frame)))


def frames(wording: object) -> list[str]:
    """Every frame of a language."""
    found: list[str] = []
    for name, value in vars(wording).items():
        if name.isupper():
            groups = value.values() if isinstance(value, dict) else [value]
            found += [frame for group in groups for frame in group]
    return found
