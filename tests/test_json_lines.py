"""Files of JSON lines: every line that holds anything, with its place, whatever signs its texts have."""

from pathlib import Path

import pytest

from chatbot.training.json_lines import numbered_lines
from chatbot.training.scenes import Ask, Scene, SceneFileError, read_scenes, write_scenes


def test_each_line_comes_with_its_file_and_number_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"a": 2}')
    assert list(numbered_lines(file, SceneFileError)) == [(f"{file}:1", '{"a": 1}'), (f"{file}:4", '{"a": 2}')]


def test_a_text_with_other_line_ends_of_unicode_is_read_as_it_was_written(tmp_path: Path) -> None:
    scene = Scene(("One\u2028two\u0085three\u000bfour",), (Ask("a\u2029b", "c\u001cd"),))
    assert write_scenes(tmp_path / "scenes.jsonl", [scene]) == 1
    assert list(read_scenes(tmp_path / "scenes.jsonl")) == [scene]


@pytest.mark.parametrize("content", [None, b"\xff\xfe{}"])
def test_what_is_no_utf8_text_is_the_error_of_the_caller(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SceneFileError, match=r"some\.jsonl: cannot be read as UTF-8 text"):
        list(numbered_lines(file, SceneFileError))
