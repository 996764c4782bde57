"""Which products a text names: by SKU or GTIN, by full title, or by words that only they have, typos and plurals included.

A word that several titles end with, a category, a colour, a size, or a word of the shop's FAQ names nobody: "jacket" among five jackets
finds nothing. Words that several products share and no other ("Nimbus" for two Nimbus tents) return them all with equal scores. Knows
titles and codes only; offers and vectors are not its business.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from knowledge_base.catalog import Document, Product
from knowledge_base.english import is_english
from knowledge_base.keywords import STOP_WORDS, fold, stem, terms
from knowledge_base.languages import has_han
from knowledge_base.vocabulary import COLOURS, Vocabulary

_MOST_OF_MAKER = 2  # products that a brand may have for its name to be theirs as well ("the Dalby", the one bicycle by Dalby)
_MOST_SHARING = 4  # more products than this under one word: the word is a kind, not a name
_SHORTEST_TYPO = 6
_SHORTEST_LETTERS = 5  # of a code without a digit
_CAPITALISED = re.compile(r"(?<=[a-z,] )[A-Z][\w'-]+")
_NO_WORDS = frozenset[str]()
_CODE = re.compile(r"[a-z0-9]+(?:[-_./][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A product id that a text names, with the title words that named it. `exact` for a code or a full title."""

    product_id: str
    score: float
    words: tuple[str, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class _Title:
    product_id: str
    folded: str
    terms: tuple[str, ...]


class NameIndex:
    """Built once per version from all products of all languages. Immutable afterwards."""

    def __init__(self, products: Sequence[Product], documents: Sequence[Document], vocabulary: Vocabulary) -> None:
        self._titles = [_Title(product.id, _plain(product.title), tuple(dict.fromkeys(terms(product.title)))) for product in products]
        self._codes = _codes(products)
        self._owners: defaultdict[str, set[str]] = defaultdict(set)
        for title in self._titles:
            for term in title.terms:
                self._owners[term].add(title.product_id)
        self._common = _common_terms(documents, vocabulary)
        # A word that some description uses is spelled right, even where a title has one like it ("liters", "liner").
        self._described = frozenset(term for product in products for term in terms(_described(product)))
        self._brands = _makers(products)
        self._titles_of: defaultdict[str, list[_Title]] = defaultdict(list)
        for title in self._titles:
            self._titles_of[title.product_id].append(title)
        self._place = {product_id: place for place, product_id in enumerate(self._titles_of)}
        self._begins: defaultdict[str, list[int]] = defaultdict(list)  # titles by their first two words; "" those without spaces
        for number, title in enumerate(self._titles):
            self._begins["" if has_han(title.folded) else " ".join(title.folded.split(" ", 2)[:2])].append(number)
        self._top = math.log(2 + len(self._titles_of))

    def find(self, text: str) -> list[NameMatch]:
        """Best first; [] where only generic words match."""
        folded = fold(text)
        exact = self._by_code(folded) or self._by_title(_plain(text))
        said = self._said(folded)
        covered = {term for match in exact for title in self._titles_of[match.product_id] for term in title.terms}
        partial = self._by_words({term: certainty for term, certainty in said.items() if term not in covered})
        named = {match.product_id for match in exact}
        return exact + [match for match in partial if match.product_id not in named]

    def _by_code(self, folded: str) -> list[NameMatch]:
        found: dict[str, str] = {}
        for piece in _CODE.findall(folded):
            for product_id in self._codes.get(piece, ()):
                found.setdefault(product_id, piece)
        return [NameMatch(product_id, 1.0, (code,), True) for product_id, code in found.items()]

    def _by_title(self, plain: str) -> list[NameMatch]:
        """Full titles in the text; a title inside a longer one that is also there does not count."""
        words = plain.split()
        said = [*words, *(f"{first} {second}" for first, second in pairwise(words))]
        begins = {"", *(form for text in said for form in (text, text.removesuffix("s"), text.removesuffix("es")))}
        come = sorted(number for begin in begins for number in self._begins.get(begin, ()))
        titles = (self._titles[number] for number in come)  # one by one, thousands of titles took most of a question's time
        inside = [title for title in titles if _contains(plain, title.folded) and self._is_name(title)]
        longest = [title for title in inside if not any(title.folded != other.folded and title.folded in other.folded for other in inside)]
        matches = {title.product_id: NameMatch(title.product_id, 1.0, tuple(title.folded.split()), True) for title in longest}
        return list(matches.values())

    def _is_name(self, title: _Title) -> bool:
        """A title of one generic word ("Jacket") names a product only where no other title has that word."""
        return any(term not in self._common or len(self._owners[term]) == 1 for term in title.terms)

    def _said(self, folded: str) -> dict[str, float]:
        """The title terms that the text says, with how surely: 1 as written, less where a typo was forgiven."""
        said: dict[str, float] = {}
        for term in terms(folded):
            if term in self._owners:
                said[term] = 1.0
        for word in re.findall(rf"[a-z]{{{_SHORTEST_TYPO},}}", folded):
            base = stem(word)
            known = word in STOP_WORDS or base in self._owners or base in self._common or base in self._described or is_english(word)
            if not known and (near := self._nearest(word)):
                said.setdefault(near, 0.85)
        return said

    def _nearest(self, word: str) -> str | None:
        allowed = 1 if len(word) < 8 else 2
        best: tuple[int, str] | None = None
        for term in self._owners:
            if len(term) >= _SHORTEST_TYPO - 1 and term[0] == word[0] and not has_han(term) and term not in self._common:
                distance = min(DamerauLevenshtein.distance(form, term, score_cutoff=allowed) for form in (word, stem(word)))
                if distance <= allowed and (best is None or distance < best[0]):
                    best = (distance, term)
        return best[1] if best else None

    def _by_words(self, said: Mapping[str, float]) -> list[NameMatch]:
        matched: dict[str, frozenset[str]] = {}
        for term in said:
            grown: dict[frozenset[str], frozenset[str]] = {}  # many products match by the same words, and share them
            for product_id in self._owners.get(term, ()):
                before = matched.get(product_id, _NO_WORDS)
                if before not in grown:
                    grown[before] = before | {term}
                matched[product_id] = grown[before]
        kinds = Counter(matched.values())  # those are judged together
        telling = {words for words in kinds if self._distinguishes(words, kinds)}
        closest = {words for words in telling if not any(words < other for other in telling)}
        distinct = {product_id: words for product_id, words in matched.items() if words in closest}
        best = sorted(distinct, key=self._place.__getitem__)
        scores: dict[frozenset[str], float] = {}
        for product_id in best:
            words = distinct[product_id]
            scores[words] = max(scores.get(words, 0.0), self._score(product_id, words, said))
        found = [NameMatch(product_id, scores[distinct[product_id]], tuple(sorted(distinct[product_id])), False) for product_id in best]
        return sorted(found, key=lambda match: -match.score)

    def _distinguishes(self, words: frozenset[str], kinds: Mapping[frozenset[str], int]) -> bool:
        telling = [word for word in words if self._tells(word, words)]
        sharing = sum(count for other, count in kinds.items() if words <= other)
        return bool(telling) and sharing <= _MOST_SHARING and any(len(self._owners[word]) <= _MOST_SHARING for word in telling)

    def _tells(self, word: str, words: frozenset[str]) -> bool:
        """A brand tells something only together with another word of the title."""
        return word not in self._common and not word.isdigit() and (word not in self._brands or len(words) > 1)

    def _score(self, product_id: str, words: frozenset[str], said: Mapping[str, float]) -> float:
        shares = []
        for title in self._titles_of[product_id]:
            total = sum(self._weight(term) for term in title.terms)
            shares.append(sum(self._weight(term) * said[term] for term in title.terms if term in words) / total if total else 0.0)
        return 0.5 + 0.45 * max(shares)

    def _weight(self, term: str) -> float:
        return (0.3 if term in self._common else 1.0) * (1.1 - math.log(1 + len(self._owners[term])) / self._top)


def _makers(products: Iterable[Product]) -> frozenset[str]:
    """The words of the brands that make so many things that "a Curlew" could be any of them."""
    made: defaultdict[str, set[str]] = defaultdict(set)
    for product in products:
        made[product.brand].add(product.id)
    return frozenset(term for brand, ids in made.items() if len(ids) > _MOST_OF_MAKER for term in terms(brand))


def _described(product: Product) -> str:
    return " ".join([product.description, str(dict(product.attributes)), *(variant.description for variant in product.variants)])


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", fold(text)).split())


def _contains(text: str, title: str) -> bool:
    if len(title) < 2 or title not in text:  # a pattern for each of thousands of titles would be slow
        return False
    return title in text if has_han(title) else re.search(rf"(?<!\w){re.escape(title)}(?:s|es)?(?!\w)", text) is not None


def _codes(products: Iterable[Product]) -> dict[str, tuple[str, ...]]:
    """SKUs and GTINs that cannot be an ordinary word or a short number, to the ids of their products. One without a digit has to be
    in capitals and of several parts ("AK-DRP-CHK"), and no title may have it ("T-SHIRT")."""
    products = list(products)
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    letters: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for product in products:
        for code in (product.id, *(code for variant in product.variants for code in (variant.sku, variant.gtin, variant.id))):
            folded = fold(code).strip()
            if _CODE.fullmatch(folded) and len(folded) >= 3 and any(char.isdigit() for char in folded):
                found[folded][product.id] = None
            elif _CODE.fullmatch(folded) and len(folded) >= _SHORTEST_LETTERS and code.isupper() and not folded.isalpha():
                letters[folded][product.id] = None
    titles = {piece for product in products for piece in _CODE.findall(fold(product.title))} if letters else set()
    found.update((code, owners) for code, owners in letters.items() if code not in titles)
    return {code: tuple(owners) for code, owners in found.items() if not (code.isdigit() and len(code) < 6)}


def _common_terms(documents: Sequence[Document], vocabulary: Vocabulary) -> frozenset[str]:
    """Terms that name nobody: categories, kinds, colours, option values, and the words of the FAQ and the policies."""
    common: set[str] = set()
    for document in documents:
        if document.kind != "product":  # a capital inside a sentence is a name ("the Nimbus"), not a common word
            common.update(terms(_CAPITALISED.sub(" ", f"{document.title}\n{document.text}")))
    for words in (*vocabulary.categories.values(), *vocabulary.kinds.values()):
        common.update(words)
    chinese = any(has_han(document.title) for document in documents)  # else the dictionary need not be loaded
    colours = (word for words in COLOURS.values() for word in words if chinese or not has_han(word))
    for text in (*vocabulary.values, *colours):
        common.update(terms(text))
    return frozenset(common)
