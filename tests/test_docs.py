"""The pages in docs/ that people write by hand say what the code does: every frame, field and code, every command, event and part."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from chatbot.messages import Finish
from chatbot.protocol import SERVER_EVENTS, SHOPPER_FRAMES, ErrorCode, SourceFields
from knowledge_base.importers.headings import role_of

ROOT = Path(__file__).resolve().parents[1]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def script(name: str) -> str:
    return (ROOT / "web" / name).read_text("utf-8")


def missing(names: set[str], text: str) -> set[str]:
    """Those of the names that the text does not show as code."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    shown = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    return {name for name in names if name not in shown}


@pytest.mark.parametrize("frame", [*SHOPPER_FRAMES, *SERVER_EVENTS], ids=lambda frame: frame.__name__)
def test_every_frame_and_each_of_its_fields_is_in_the_protocol_page(frame: type) -> None:
    fields = frame.model_fields  # type: ignore[attr-defined]
    rows = [line for line in page("protocol.md").splitlines() if line.startswith(f"| `{get_args(fields['type'].annotation)[0]}` |")]
    assert rows
    assert not min((missing(set(fields) - {"type"}, row) for row in rows), key=len)


def test_every_way_to_end_and_every_error_code_is_in_the_protocol_page() -> None:
    assert not missing({*get_args(Finish), *get_args(ErrorCode), *SourceFields.model_fields}, page("protocol.md"))


def test_every_command_attribute_event_and_part_is_in_the_widget_page() -> None:
    api, widget = script("api.js"), script("widget.js")
    commands = set(re.findall(r'"(\w+)"', re.search(r"COMMANDS = \[(.*?)\]", api)[1]))  # type: ignore[index]
    attributes = set(re.findall(r'"(\w+)"', re.search(r"observedAttributes = \[(.*?)\]", widget)[1]))  # type: ignore[index]
    read = set(re.findall(r'(?:get|has)Attribute\("([\w-]+)"\)', widget)) - {"content"}
    events = set(re.findall(r'tell\("(\w+)"', api + widget)) | {"open", "close"}
    text = page("widget.md")
    said = set(re.findall(r'"(\w+)"', text)) | {name for name in commands | attributes | read | events if not missing({name}, text)}
    assert len(commands) > 5
    assert not (commands | attributes | read | events) - said
    parts = {name for path in (ROOT / "web").glob("*.js") for name in re.findall(r'\bpart: ["`](\w+)', path.read_text("utf-8"))}
    assert len(parts) > 8
    assert not missing(parts, text)


def test_the_names_of_columns_in_the_content_page_are_understood() -> None:
    table = page("content.md").partition("| column | also read as |")[2].partition("\n\n")[0]
    rows = [
        line.strip("| ").split(" | ")
        for line in table.splitlines()
        if line.startswith("| ") and "size" not in line and "category" not in line
    ]
    unknown = []
    for column, names in rows:
        heads = re.split(r", ", column)
        for name in [*heads, *re.split(r"[,;] ", names)]:
            if not role_of(name.strip().lower()):
                unknown.append(name)
    assert len(rows) > 8
    assert not unknown


def test_the_shop_file_of_the_content_page_can_be_read(tmp_path: Path) -> None:
    from knowledge_base.profile import read_profile

    example = re.search(r"```toml\n(.*?)```", page("content.md"), re.DOTALL)
    assert example
    (tmp_path / "shop.toml").write_text(example[1], "utf-8")
    assert read_profile(tmp_path / "shop.toml").currency == "USD"


def test_the_question_file_of_the_content_page_is_a_question(tmp_path: Path) -> None:
    from knowledge_base.importers.markdown_faq import read_markdown

    example = re.search(r"```markdown\n(.*?)```", page("content.md"), re.DOTALL)
    assert example
    assert [(entry.kind, entry.title) for entry in read_markdown(example[1], "questions.md").documents] == [
        ("faq", "Do you ship to Canada?")
    ]
