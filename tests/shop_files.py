"""Small files such as shops have, written to a temporary folder and read the way a content folder is read."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.catalog import Problem, Product
from knowledge_base.importers import Imported, read_file


def read_text(folder: Path, name: str, text: str | bytes, *, currency: str = "", language: str = "") -> Imported:
    """What the importers make of one file called `name`."""
    return read_file(write(folder, name, text), folder=folder, currency=currency, language=language)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def only(imported: Imported) -> Product:
    """The one product of a file that has one and no problems."""
    assert imported.problems == ()
    (product,) = imported.products
    return product


def told(problems: tuple[Problem, ...]) -> list[str]:
    return [str(problem) for problem in problems]


def offered(product: Product) -> list[tuple[str, str, str, str]]:
    """(options, price, list price, availability) of each variant, in words."""
    return [
        (
            " / ".join(value for _, value in variant.options),
            f"{variant.price.amount} {variant.price.currency}".strip() if variant.price else "",
            str(variant.list_price.amount) if variant.list_price else "",
            variant.availability.value,
        )
        for variant in product.variants
    ]
