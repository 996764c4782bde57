"""Which products a question means when it does not say a full title: by kind ("the kettle"), by the beginning of a Chinese title, by a number.

The knowledge base finds products by codes, full titles and distinctive words; this adds what a shopper leaves out. Numbers narrow: of two bottles
"the 500" is one, and a number that no candidate has means that none of them is meant.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from chatbot.terms import is_chinese, normalise, terms, words
from knowledge_base.catalog import Product
from knowledge_base.passages import said_of

_MEASURE = re.compile(
    r"\d+(?:\.\d+)?|[a-z]{1,2}|ml|cm|mm|kg|pair|pairs|set|pack|piec|two|three|four|five|six|升|毫升|克|公斤|件|套|人|双|只"
)
_ASKS_WHICH = re.compile(r"(?:which|what|who)\b|哪|谁", re.IGNORECASE)
_HAN = re.compile(r"[一-鿿]")
_HAN_RUN = re.compile(r"[一-鿿]+")
_NUMBERS = re.compile(r"(?<![\w.$€£¥-])\d+(?:\.\d+)?(?!\s*(?:美元|欧元|元|块|dollars?|usd|eur|euros?|%|bucks))")
_BETWEEN = re.compile(r"\b(?:and|or|vs\.?|versus|than|compared (?:to|with)|against)\b|,|和|与|跟|还是|或者?|、|比", re.IGNORECASE)
_PEOPLE = (
    "hair|skin|face|feet|hands?|cheeks?|lips?|(?:grand)?(?:sons?|daughters?|kids?|child(?:ren)?)|boys?|girls?|bab(?:y|ies)|dogs?|cats?|"
    "puppy|kitten|wife|husband|partner|mum|mom|dad|mother|father|friends?|house|home|flat|kitchen|garden|(?:bath|bed|living )?room|car|budget|height|weight|old|little"
)
_OWNED = re.compile(
    rf"(?<!with )(?<!on )(?<!for )\b(?:my|our)\b(?! (?:initials|name|size|own|{_PEOPLE}))|我(?:的|买的|收到的)|收到的"
)  # "my mug came broken" is about an order, not about a mug of the catalogue
_OF_SHOP = re.compile(r"\byour (?:shop|store|place|company|workshop|showroom|business)\b|你们店|贵店", re.IGNORECASE)
_SHORTEST_HAN = 3
_ASKED_OF_ANY = frozenset(
    terms(
        "价格 库存 有货 颜色 尺码 规格 重量 品牌 货号 优惠 打折 特价 原价 现价 材质 配送 退货 质保 防水 清洗 一共 总共 一起 一般 大约 分别 各 都 同时"
    )
)  # words that any product may be asked for


def owned(question: str) -> bool:
    """Whether it is about a thing that the shopper has already."""
    return _OWNED.search(normalise(question)) is not None


def about_shop(question: str) -> bool:
    """Whether the shop itself is spoken of."""
    return _OF_SHOP.search(question) is not None


def head(title: str) -> str:
    """The term that says what kind of thing a title names: its last one that is no measure ("Tundra Cooler 25 L" → cooler)."""
    return next((word for word in reversed(terms(title)) if not _MEASURE.fullmatch(word)), "")


def kinds_named(question: str, products: Sequence[Product]) -> list[Product]:
    """The products whose kind the question names, those with the most words of it."""
    asked = set(terms(question))
    if is_chinese(question):
        return _by_han(question, products)
    shared = {product.id: len(asked & set(terms(product.title))) for product in products}
    overlap = {product.id: shared[product.id] if head(product.title) in asked or shared[product.id] >= 2 else 0 for product in products}
    most = max(overlap.values(), default=0)
    return [product for product in products if most and overlap[product.id] == most]


def _by_han(question: str, products: Sequence[Product]) -> list[Product]:
    """By the longest run of characters that title and question share; the name of a product stands at its title's beginning."""
    plain = "".join(normalise(question).split())
    lengths = {product.id: _shared(plain, "".join(normalise(product.title).split())) for product in products}
    most = max(lengths.values(), default=0)
    return [product for product in products if most >= _SHORTEST_HAN and lengths[product.id] == most]


def _shared(text: str, title: str) -> int:
    """Length of the longest common run, counted from the title's first two characters or of three and more anywhere."""
    best = 0
    for start in range(len(title)):
        length = 0
        while start + length < len(title) and title[start : start + length + 1] in text:
            length += 1
        if len(_HAN.findall(title[start : start + length])) >= 2:  # "300" alone names nothing
            best = max(best, length + (1 if start == 0 else 0))
    return best


def sides(question: str) -> list[str]:
    """What a comparison sets against each other: "beam 200 or beam 400, which lasts longer" → two sides."""
    parts = [part.strip() for part in _BETWEEN.split(question) if part.strip()]
    named = [part for part in parts if not _ASKS_WHICH.match(part)]
    return named if len(named) >= 2 else parts


def han_names(question: str, products: Sequence[Product]) -> list[Product]:
    """Every product whose title begins with two or more characters of the text."""
    plain = "".join(normalise(question).split())
    return [
        product
        for product in products
        if (run := _HAN_RUN.match("".join(product.title.split()))) and run[0][:2] in plain and len(run[0]) >= 2
    ]


def numbers(text: str) -> set[str]:
    """The bare numbers of a text, prices left out."""
    return set(_NUMBERS.findall(re.sub(r"([一-鿿])(?=\d)|(\d)(?=[一-鿿a-zA-Z])", r"\1\2 ", normalise(text))))


def narrowed(question: str, products: Sequence[Product]) -> tuple[list[Product], bool]:
    """(candidates that have a number of the question, whether the question names a number that none has).

    Only numbers that could be part of a name count: those that some candidate's title has in the place where the others differ.
    """
    products = [product for product in products if not another_kind(question, product)]
    if len(products) < 2:
        return products, False
    asked = numbers(question)
    having = [product for product in products if asked & numbers(product.title)]
    if having:
        return having, False
    strange = asked and all(numbers(product.title) for product in products) and _follows_name(question, products)
    return list(products), bool(strange)


def another_kind(question: str, product: Product) -> bool:
    """Whether the question goes on after the words that it shares with the title to another thing: a "折叠皮划艇" is no "折叠椅"."""
    plain, title = "".join(normalise(question).split()), "".join(normalise(product.title).split())
    run = _longest_run(plain, title)
    if not is_chinese(question) or len(run) < 2 or run in normalise(product.brand) or title.rstrip("0123456789)）")[-1:] in run:
        return False
    names = normalise(f"{product.title} {product.category} {' '.join(product.tags)}")
    after = next((word for word in _words_to(plain, plain.find(run) + len(run))), "")
    told = f"{names} {normalise(said_of(product))} {normalise(str(product.attributes))}"
    return bool(terms(after)) and not set(terms(after)) <= _ASKED_OF_ANY and after not in told and not _ends_alike(after, names)


def _words_to(text: str, place: int) -> list[str]:
    """The words of a text that end behind a place, the first of them the one that stands there."""
    ends = list(itertools.accumulate(map(len, cut := words(text)), initial=0))
    return [word for word, end in zip(cut, ends[1:], strict=True) if end > place]


def _longest_run(text: str, title: str) -> str:
    runs = (title[start:end] for start in range(len(title)) for end in range(start + 2, len(title) + 1) if title[start:end] in text)
    return max(runs, key=len, default="")


def _ends_alike(word: str, names: str) -> bool:
    """The last character of a Chinese word says what kind of thing it names (篮子 and 脏衣篮 are both 篮)."""
    kind = word[:-1] if len(word) > 1 and word[-1] in "子儿" else word
    return kind[-1:] in names


def _follows_name(question: str, products: Sequence[Product]) -> bool:
    """Whether a number of the question stands right behind a word of the titles: "Ridgeline 5"."""
    plain = normalise(question)
    names = {word for product in products for word in re.findall(r"[a-z]{3,}|[一-鿿]{2,}", normalise(product.title))}
    return any(re.search(rf"{re.escape(name)}\s?\d", plain) for name in names)


def loosely(text: str, products: Sequence[Product]) -> list[Product]:
    """The products that share most words with the text, by the numbers of the text where there are any: "beam 200", "10000"."""
    asked, figures = set(terms(text)), numbers(text)
    shares = {product.id: len(asked & set(terms(product.title))) + 2 * len(figures & numbers(product.title)) for product in products}
    most = max(shares.values(), default=0)
    return [product for product in products if most and shares[product.id] == most]


def titled(question: str, product: Product) -> bool:
    """Whether the whole title or a code stands in the question."""
    plain = normalise(question)
    codes = {code.lower() for variant in product.variants for code in (variant.sku, variant.gtin) if code}
    return normalise(product.title) in plain or any(code in plain for code in codes)


def unheard_of(question: str, product: Product) -> bool:
    """Whether the product's record has no word of what the question names; in Chinese, where the kind stands last, none of its last word."""
    asked = [word for word in terms(question) if word not in _ASKED_OF_ANY]
    names = f"{product.title} {product.brand} {product.category} {' '.join(product.tags)}"
    told = f"{names} {said_of(product)} {product.attributes}"
    if not asked or is_chinese(question) != is_chinese(product.title):
        return False
    if is_chinese(question):
        return asked[-1] not in normalise(told) and not _ends_alike(asked[-1], normalise(names))
    return not set(asked) & set(terms(told))


def without_titles(question: str, products: Sequence[Product]) -> str:
    """The question with a mark in the place of each whole title."""
    for product in products:
        question = re.sub(re.escape(product.title), "¤", question, flags=re.IGNORECASE)
    return question


def kind_said(question: str, product: Product) -> bool:
    """Whether the question says what kind of thing the title names, most of the title, or a code."""
    asked, title = set(terms(question)), set(terms(product.title))
    codes = {code.lower() for variant in product.variants for code in (variant.sku, variant.gtin) if code}
    whole = normalise(product.title) in normalise(question)
    return (
        head(product.title) in asked
        or len(asked & title) >= 2
        or whole
        or any(code in question.lower() for code in codes)
        or bool(_kinds_named_zh(question, product))
    )


def _kinds_named_zh(question: str, product: Product) -> list[Product]:
    return kinds_named(question, [product]) if is_chinese(question) else []
