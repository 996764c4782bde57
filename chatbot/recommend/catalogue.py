"""The shop's products as numbers: their vectors, the words of their names and texts, their brands and kinds.

Made once for a version of the index; prices and stock are not in it. Knows nothing of who bought what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from chatbot.recommend.purchases import Numbers
from knowledge_base.catalog import Product
from knowledge_base.encoders import Vectors
from knowledge_base.keywords import terms
from knowledge_base.vectors import Nearest

_TEXT = 2_000  # characters of a description


@dataclass(frozen=True)
class Catalogue:
    """`names` and `texts` are TF-IDF rows of unit length; `brands`, `kinds` and `departments` numbers, -1 for none;
    `related` what the shop pairs."""

    products: tuple[Product, ...]
    number: dict[str, int]
    meaning: Nearest
    names: sparse.csr_matrix
    texts: sparse.csr_matrix
    brands: Numbers
    kinds: Numbers
    departments: Numbers
    related: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, products: Sequence[Product], vectors: Vectors) -> Catalogue:
        """`vectors` are unit rows, one a product."""
        number = {product.id: place for place, product in enumerate(products)}
        codes = {code.casefold(): place for place, product in enumerate(products) for code in _codes(product)}
        names = [_with_pairs(terms(f"{product.title} {product.brand}")) for product in products]
        texts = [terms(f"{product.title} {product.brand} {product.category} {product.description[:_TEXT]}") for product in products]
        return cls(
            tuple(products),
            number,
            Nearest(np.asarray(vectors, dtype=np.float32)),
            tf_idf(names),
            tf_idf(texts),
            _numbered([product.brand.strip().casefold() for product in products]),
            _numbered([kind_of(product).casefold() for product in products]),
            _numbered([department_of(product).casefold() for product in products]),
            tuple(
                tuple(dict.fromkeys(codes[code.casefold()] for code in product.related if code.casefold() in codes)) for product in products
            ),
        )

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def naming(self) -> sparse.csr_matrix:
        """Terms x products, so that what shares a name's terms is found without looking at the others."""
        return self.names.T.tocsr()


def kind_of(product: Product) -> str:
    """The last part of the category: what kind of thing it is."""
    return product.category.split(">")[-1].strip()


def department_of(product: Product) -> str:
    """The first part of a category of several parts."""
    return product.category.split(">")[0].strip() if ">" in product.category else ""


def _codes(product: Product) -> tuple[str, ...]:
    return (product.id, *(variant.sku for variant in product.variants if variant.sku))


def _numbered(values: Sequence[str]) -> NDArray[np.int64]:
    known = {value: number for number, value in enumerate(dict.fromkeys(value for value in values if value))}
    return np.array([known.get(value, -1) for value in values], dtype=np.int64)


def _with_pairs(words: Sequence[str]) -> list[str]:
    """Words, and neighbouring words as one: "tri color" says more than both."""
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def tf_idf(documents: Sequence[Sequence[str]]) -> sparse.csr_matrix:
    """Unit rows: (1 + ln tf) x (1 + ln((1 + n) / (1 + df))), as Salton and Buckley's ltc."""
    vocabulary: dict[str, int] = {}
    lines, columns, counts = [], [], []
    for line, document in enumerate(documents):
        for term, count in Counter(document).items():
            lines.append(line)
            columns.append(vocabulary.setdefault(term, len(vocabulary)))
            counts.append(1.0 + np.log(count))
    shape = (len(documents), max(1, len(vocabulary)))
    matrix = sparse.csr_matrix((np.array(counts, dtype=np.float32), (lines, columns)), shape=shape, dtype=np.float32)
    rarity = 1.0 + np.log((1.0 + len(documents)) / (1.0 + np.bincount(columns or [0], minlength=shape[1])))
    matrix = matrix @ sparse.diags(rarity.astype(np.float32))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sparse.diags((1.0 / np.maximum(lengths, 1e-9)).astype(np.float32)) @ matrix).tocsr().astype(np.float32)
