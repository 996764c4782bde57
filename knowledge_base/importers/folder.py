"""A content folder as a whole: every file by its own importer, what belongs together joined, what cannot be used reported.

Currency: what the file says, else the caller, else shop.toml, else the one sign or code that the shop's own texts use; a shop in Chinese
that names none means yuan; otherwise amounts stay bare, because nothing is guessed. A file that cannot be read is one problem; the others go in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from knowledge_base.catalog import Content, Document, Problem, Product, ShopProfile
from knowledge_base.errors import ContentError
from knowledge_base.importers.grouping import Imported, with_currency
from knowledge_base.importers.recognise import recognise
from knowledge_base.importers.tables import decode
from knowledge_base.money import CODES
from knowledge_base.profile import read_profile

MAX_BYTES = 100 * 1024 * 1024
MAX_FILES = 2000
_TEXTS = frozenset(
    [".csv", ".tsv", ".tab", ".txt", ".md", ".markdown", ".json", ".jsonl", ".ndjson", ".jsonld", ".xml", ".rss", ".atom", ".html", ".htm"]
)
_WRONG = {
    ".xlsx": "an Excel workbook",
    ".xls": "an Excel workbook",
    ".ods": "a spreadsheet",
    ".pdf": "a PDF",
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".zip": "an archive",
    ".gz": "an archive",
    ".numbers": "a spreadsheet",
}
_MAGIC = (
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
)
_LANGUAGE = re.compile(r"(?:^|[._-])(en|zh|de|fr|es|it|ja|ko|nl|pt|pl)(?:[-_](?:cn|hans|hant|tw|us|gb))?$", re.IGNORECASE)
_SIGN = re.compile(rf"(US\$|[$€£¥￥]|\b(?:{'|'.join(sorted(CODES))})\b)\s?\d|\d\s?(元|€|£|块钱|(?:{'|'.join(sorted(CODES))})\b)")
_SIGNS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY", "块钱": "CNY"}


def read_folder(folder: Path, *, currency: str = "") -> Content:
    """Everything usable below `folder`.

    Raises: ContentError when the folder is missing, shop.toml is wrong, or nothing in it can be used (the first reasons are named).
    """
    if not folder.is_dir():
        raise ContentError(f"{folder}: expected a folder with the shop's files, got {'a file' if folder.exists() else 'nothing there'}")
    profile = read_profile(folder / "shop.toml") if (folder / "shop.toml").is_file() else ShopProfile()
    if currency and currency.upper() not in CODES:
        raise ContentError(f"expected the currency as an ISO 4217 code such as EUR, got {currency!r}")
    configured = currency.upper() or profile.currency
    imported: list[Imported] = []
    problems: list[Problem] = []
    for path in _files(folder, problems):
        try:
            imported.append(read_file(path, folder=folder, currency=configured, language=_language(path.relative_to(folder))))
        except OSError as error:
            problems.append(
                Problem(_named(path.relative_to(folder)), 1, "", f"expected a file that can be read, got {error.strerror or error}")
            )
        except ContentError as error:
            problems.append(_problem(_named(path.relative_to(folder)), str(error)))
    problems += [problem for one in imported for problem in one.problems]
    products = [product for one in imported for product in one.products]
    documents = [document for one in imported for document in one.documents]
    if not products and not documents:
        reasons = "; ".join(str(problem) for problem in problems[:3]) or "no file that could hold products, questions or policies"
        raise ContentError(f"{folder}: expected at least one product, question or policy, got none: {reasons}")
    code = configured or _stated_currency(products, documents)
    profile = replace(profile, currency=code, languages=profile.languages or _languages(products, documents))
    return Content(profile, _joined(products, code, problems), _distinct(documents), tuple(problems))


def read_file(path: Path, *, folder: Path | None = None, currency: str = "", language: str = "") -> Imported:
    """Read one file; `folder` is what its name is given relative to.

    Raises: ContentError for a file that cannot be used at all.
    """
    name = _named(path.relative_to(folder) if folder else Path(path.name))
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ContentError(f"{name}:1: expected at most {MAX_BYTES:,} bytes, got {size:,}; part the file")
    data = path.read_bytes()
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise ContentError(f"{name}:1: expected a text file (CSV, JSON, XML or Markdown), got {what}; export it as CSV")
    return recognise(decode(data, name), name, currency=currency, language=language)


def _named(path: Path) -> str:
    """The name as it can be stored and shown: what is no UTF-8 in it becomes a replacement character."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    root = folder.resolve()
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(folder).parts) or path.name == "shop.toml":
            continue
        name = _named(path.relative_to(folder))
        if not path.resolve().is_relative_to(root):
            problems.append(Problem(name, 1, "", "expected a file inside the content folder, got a link that leads out of it"))
        elif path.suffix.lower() in _WRONG:
            problems.append(
                Problem(
                    name,
                    1,
                    "",
                    f"expected CSV, TSV, JSON, XML, HTML or Markdown, got {_WRONG[path.suffix.lower()]}; export it as CSV or text",
                )
            )
        elif path.suffix.lower() in _TEXTS:
            found.append(path)
    if len(found) > MAX_FILES:
        raise ContentError(f"{folder}: expected at most {MAX_FILES} content files, got {len(found)}")
    return found


def _problem(file: str, message: str) -> Problem:
    found = re.match(rf"{re.escape(file)}:(\d+): (.*)", message, re.DOTALL)
    return Problem(file, int(found[1]), "", found[2]) if found else Problem(file, 1, "", message)


def _language(path: Path) -> str:
    """ "products.zh.csv", "faq/zh/returns.md" and "faq-zh.md" say their language; else it is read from the text."""
    for part in (path.stem, *reversed(path.parent.parts)):
        if found := _LANGUAGE.search(part):
            return found[1].lower()
    return ""


def _stated_currency(products: Sequence[Product], documents: Sequence[Document]) -> str:
    stated = Counter(v.price.currency for product in products for v in product.variants if v.price and v.price.currency)
    if not stated:
        for document in documents:
            for groups in _SIGN.findall(document.text):
                sign = next(group for group in groups if group)
                stated[_SIGNS.get(sign, sign)] += 1
    if stated:
        return stated.most_common(1)[0][0]
    languages = {product.language for product in products} | {document.language for document in documents}
    return "CNY" if languages == {"zh"} else ""


def _languages(products: Sequence[Product], documents: Sequence[Document]) -> tuple[str, ...]:
    counts = Counter([product.language for product in products] + [document.language for document in documents])
    most = counts.most_common(1)[0][1] if counts else 0
    return tuple(language for language, count in counts.most_common() if count * 10 >= most)


def _joined(products: Iterable[Product], currency: str, problems: list[Problem]) -> tuple[Product, ...]:
    """One record per id and language; a second one in the same language is reported, not merged in silence."""
    kept: dict[tuple[str, str], Product] = {}
    for product in products:
        key = (product.id, product.language)
        if key in kept:
            first = kept[key].source
            reason = f"expected the product {product.id!r} once, got it again (first in {first.file}:{first.line})"
            problems.append(Problem(product.source.file, product.source.line, "", reason))
            continue
        kept[key] = with_currency(product, currency)
    return tuple(kept.values())


def _distinct(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Ids made unique: "@zh" for another language, "-2" for a second entry under the same heading."""
    used: dict[str, Document] = {}
    seen: set[tuple[str, str, str]] = set()
    counts: Counter[str] = Counter()
    for document in documents:
        name = document.id
        if name in used and used[name].language != document.language:
            name = f"{name}@{document.language}"
        if (name, document.language, document.text) in seen:
            continue
        seen.add((name, document.language, document.text))
        base = name
        while name in used:
            counts[base] += 1
            name = f"{base}-{counts[base] + 1}"
        used[name] = replace(document, id=name)
    return tuple(used.values())
