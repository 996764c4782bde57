"""FAQ and policies: Markdown with a heading per question or section, plain text, and CSV with question and answer.

A file is a FAQ when most of its headings are questions, or when its name or title says so; else it is a policy, whose passages carry
the title of the page before that of the section. Lists and tables become readable lines. Front matter is skipped.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from knowledge_base.catalog import Document, Kind, Problem, Source
from knowledge_base.importers.grouping import Imported
from knowledge_base.importers.tables import Table
from knowledge_base.languages import detect_language
from knowledge_base.text import clean_text, html_to_text, slug

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_FAQ_NAME = re.compile(r"faq|frequent|q\s?&\s?a|questions|常见问题|问答|问题解答|常见问答|帮助中心", re.IGNORECASE)
_SETEXT = re.compile(r"^(=+|-{3,})\s*$")
_ASKED = re.compile(
    r"^(?:[-*+]\s+)?(?:\*\*|__)?\s*(?:Q(?:uestion)?\s*\d*\s*[:：]|Q\d+[.)]|问\s*\d*\s*[:：])\s*(?P<question>.{2,300}?)\s*(?:\*\*|__)?\s*$",
    re.IGNORECASE,
)
_BOLD_QUESTION = re.compile(r"^(?:\*\*|__)\s*(?:\d+[.)、]\s*)?(?P<question>.{3,300}?[?？])\s*(?:\*\*|__)\s*$")
_BARE_QUESTION = re.compile(r"^(?:\d+[.)、]\s*)?(?P<question>.{3,200}?[?？])\s*$")
_ANSWERED = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?\s*(?:A(?:nswer)?\s*\d*\s*[:：]|A\d+[.)]|答\s*\d*\s*[:：])\s*(?:\*\*|__)?\s*", re.IGNORECASE
)
_QUESTIONS = ("question", "questions", "q", "问题", "提问", "title", "标题")
_ANSWERS = ("answer", "answers", "a", "答案", "回答", "解答", "response", "内容")


def is_question_table(table: Table) -> bool:
    return bool(set(table.header) & set(_QUESTIONS)) and bool(set(table.header) & set(_ANSWERS))


def read_questions(table: Table, file: str, *, language: str = "") -> Imported:
    """FAQ entries of a table with a question and an answer column."""
    documents: list[Document] = []
    problems = list(table.problems)
    for row in table.rows:
        question, answer = html_to_text(row.get(*_QUESTIONS)), html_to_text(row.get(*_ANSWERS))
        if not question or not answer:
            missing = "question" if not question else "answer"
            problems.append(
                Problem(file, row.line, missing, f"expected a question and an answer, got no {missing} ({(question or answer)[:40]!r})")
            )
            continue
        documents.append(_document("faq", f"faq:{slug(question)}", question, answer, language, Source(file, row.line)))
    return Imported("questions and answers", (), tuple(documents), tuple(problems))


def read_markdown(text: str, file: str, *, language: str = "") -> Imported:
    """FAQ entries or policy sections of a Markdown or text file."""
    lines = _without_front_matter(_without_comments(text).split("\n"))
    sections = _sections(lines)
    problems: list[Problem] = []
    title = next((heading for _, level, heading, _ in sections if level == 1), "")
    kind = _kind(file, title, sections)
    documents: list[Document] = []
    parents: list[tuple[int, str]] = []
    for line, level, heading, body in sections:
        parents = [pair for pair in parents if pair[0] < level]
        content = readable("\n".join(body))
        above = [name for _, name in parents]
        if heading and level:
            parents.append((level, heading))
        if not content:
            if heading and not _has_children(sections, line, level):
                problems.append(Problem(file, line, "", f"expected an answer or a text under the heading {heading[:60]!r}, got none"))
            continue
        documents.append(_section(kind, file, (heading, above), content, language, line))
    if not documents and not problems:
        problems.append(Problem(file, 1, "", "expected questions with answers or a policy, got no text"))
    return Imported("Markdown", (), tuple(documents), tuple(problems))


def _section(kind: Kind, file: str, titles: tuple[str, list[str]], content: str, language: str, line: int) -> Document:
    heading, above = titles
    stem = PurePosixPath(file).stem
    if kind == "faq":
        shown = heading or stem
        return _document(kind, f"faq:{slug(shown)}", shown, content, language, Source(file, line))
    full = " – ".join([*above, heading] if heading else above or [stem])
    base = re.sub(r"[._-](?:en|zh|de|fr|es|it|ja)$", "", stem, flags=re.IGNORECASE)
    return _document(kind, f"policy:{slug(base)}/{slug(heading or stem)}", full, content, language, Source(file, line))


def _document(kind: Kind, name: str, heading: str, text: str, language: str, source: Source) -> Document:
    return Document(name, kind, heading, text, language or detect_language(f"{heading} {text}", "en"), source=source)


def _without_comments(text: str) -> str:
    """Comments out, their line ends kept. By hand, as a pattern would look through the rest of the text for each one that never ends."""
    first, *parts = text.split("<!--")
    kept = [first]
    for part in parts:
        comment, end, rest = part.partition("-->")
        kept.append("\n" * comment.count("\n") + rest if end else f"<!--{part}")
    return "".join(kept)


def _without_front_matter(lines: list[str]) -> list[tuple[int, str]]:
    numbered = list(enumerate(lines, start=1))
    if lines and lines[0].strip() == "---":
        for number, line in numbered[1:80]:
            if line.strip() in ("---", "..."):
                return numbered[number:]
    return numbered


def _sections(lines: list[tuple[int, str]]) -> list[tuple[int, int, str, list[str]]]:
    """(line, level, heading, body) per heading; text before the first heading has level 0 and no heading."""
    found: list[tuple[int, int, str, list[tuple[int, str]]]] = [(1, 0, "", [])]
    fenced = False
    for number, line in lines:
        fenced ^= line.lstrip().startswith("```")
        body = found[-1][3]
        if not fenced and (heading := _HEADING.match(line)):
            found.append((number, len(heading[1]), clean_text(_inline(heading[2])), []))
        elif not fenced and _SETEXT.match(line) and body and body[-1][1].strip() and _stands_alone(body):
            above, title = body.pop()
            found.append((above, 1 if line.startswith("=") else 2, clean_text(_inline(title.strip())), []))
        else:
            body.append((number, line))
    return [part for section in found for part in _questions_within(section, alone=len(found) == 1)]


def _stands_alone(body: list[tuple[int, str]]) -> bool:
    """A line under which a rule is drawn is a title only when it is no list item, table row or last line of a paragraph."""
    last = body[-1][1].lstrip()
    return not last.startswith(("|", "- ", "* ", "+ ", ">")) and (len(body) < 2 or not body[-2][1].strip())


def _questions_within(section: tuple[int, int, str, list[tuple[int, str]]], *, alone: bool) -> list[tuple[int, int, str, list[str]]]:
    """The section parted at "Q: …" and "**…?**" lines; in a text without any headings also at lines that are a question."""
    start, level, heading, body = section
    parts: list[tuple[int, int, str, list[str]]] = [(start, level, heading, [])]
    for number, line in body:
        stripped = line.strip()
        asked = _ASKED.match(stripped) or _BOLD_QUESTION.match(stripped) or (_BARE_QUESTION.match(stripped) if alone else None)
        if asked and not _ANSWERED.match(line):
            parts.append((number, max(level, 1) + 1, clean_text(_inline(asked["question"])), []))
        else:
            parts[-1][3].append(_ANSWERED.sub("", line) if len(parts) > 1 else line)
    return parts


def _kind(file: str, title: str, sections: list[tuple[int, int, str, list[str]]]) -> Kind:
    headings = [heading for _, level, heading, body in sections if level and "".join(body).strip()]
    questions = sum(heading.rstrip().endswith(("?", "？")) for heading in headings)
    if headings and questions * 2 >= len(headings):
        return "faq"
    if _FAQ_NAME.search(title) or any(_FAQ_NAME.search(part) for part in PurePosixPath(file).parts):
        return "faq"
    return "policy"


def _has_children(sections: list[tuple[int, int, str, list[str]]], line: int, level: int) -> bool:
    after = [section for section in sections if section[0] > line]
    return bool(after) and after[0][1] > level


def readable(markdown: str) -> str:
    """Markdown as plain text: marks off, list items on lines of their own, table rows as "A: x, B: y"."""
    out: list[str] = []
    header: list[str] = []
    for line in markdown.splitlines():
        stripped = line.strip()
        if re.fullmatch(r"(?:[-*_] ?){3,}|```.*", stripped):
            continue
        if stripped.startswith("|") and stripped.endswith("|"):
            cells = [_inline(cell.strip()) for cell in stripped.strip("|").split("|")]
            if set("".join(cells)) <= set(":- "):
                continue
            if not header:
                header = cells
                continue
            out.append("- " + ", ".join(f"{name}: {cell}" if name else cell for name, cell in zip(header, cells, strict=False) if cell))
            continue
        header = []
        out.append(_inline(re.sub(r"^(\s*)[*+-]\s+", r"\1- ", re.sub(r"^\s*>\s?", "", line)).rstrip()))
    text = html_to_text("\n".join(out)) if re.search(r"<[a-zA-Z/]", markdown) else clean_text("\n".join(out))
    return _joined(text)


def _joined(text: str) -> str:
    """Wrapped lines of one paragraph become one line; list items and paragraphs stay apart."""
    paragraphs = []
    for block in re.split(r"\n\s*\n", text):
        lines: list[str] = []
        for line in block.splitlines():
            item = re.match(r"\s*(?:- |\d+[.)、]\s)", line)
            if lines and not item and line.strip():
                gap = "" if re.search(r"[一-鿿，。；：！？]$", lines[-1]) else " "
                lines[-1] += gap + line.strip()
            elif line.strip():
                lines.append(line.strip())
        paragraphs.append("\n".join(lines))
    return "\n".join(part for part in paragraphs if part).strip()


def _inline(text: str) -> str:
    text = re.sub(r"!\[([^\[\]]*)\]\([^()]*\)", r"\1", text)
    text = re.sub(
        r"\[([^\[\]]+)\]\(([^\s()]+)(?:\s+\"[^\"]*\")?\)",
        lambda m: m[1] if m[1] in m[2] or not m[2].startswith("http") else f"{m[1]} ({m[2]})",
        text,
    )
    text = re.sub(r"(\*\*|__)(.+?)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])[*_](?!\s)([^*_\n]+?)(?<!\s)[*_](?![\w*])", r"\1", text)
    return re.sub(r"`([^`]+)`", r"\1", text)
