"""Chinese words: the same cuts as with jieba's whole dictionary, of which only a small part is read."""

import threading
from pathlib import Path
from typing import Any

import jieba
import pytest

from knowledge_base.chinese import ChineseDictionary, chinese_dictionary

SHOP = Path(__file__).parents[1] / "knowledge_base" / "sample_shop"
DICTIONARY = "茶 100 n\n茶壶 30 n\n茶壶盖 5 n\n白茶 7 n\n茶壶 31 n\n".encode()  # one word twice: jieba takes the last


@pytest.fixture(scope="module")
def whole() -> Any:
    """jieba as it reads its dictionary itself."""
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


def test_texts_are_cut_as_with_the_whole_dictionary(whole: Any) -> None:
    texts = [path.read_text("utf-8") for path in sorted(SHOP.glob("*/zh/*.md"))]
    texts += ["T恤有货吗？", "A座 3.5 米", "李小福是创新办主任也是云计算方面的专家", "", "茶", "\ud800茶壶", "𠮷野家"]
    dictionary = chinese_dictionary()
    for text in texts:
        assert dictionary.cut(text, guess=False) == whole.lcut(text, HMM=False)
        assert dictionary.cut(text, guess=True) == whole.lcut(text)


def test_a_word_is_known_with_all_its_characters_and_not_by_its_beginning(whole: Any) -> None:
    dictionary = chinese_dictionary()
    for word in ("帐篷", "帐", "户外运", "户外", "保文杯", "多少钱", "", "abc"):
        assert dictionary.has(word) == bool(whole.FREQ.get(word)), word


def test_a_word_written_twice_has_its_last_frequency_and_counts_twice_in_the_total() -> None:
    dictionary = ChineseDictionary(DICTIONARY)
    expected, total = jieba.Tokenizer.gen_pfdict(_Lines(DICTIONARY))
    assert dictionary.cut("喝茶壶盖", guess=False) == ["喝", "茶壶盖"]
    read = dictionary._tokenizer.FREQ
    assert read == {word: expected[word] for word in read}
    assert (read["茶壶"], dictionary._tokenizer.total) == (31, total) == (31, 173)


def test_threads_that_cut_at_once_get_what_one_gets() -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(SHOP.glob("faq/zh/*.md")))
    sentences = [sentence for sentence in text.split("。") if sentence]
    alone = [chinese_dictionary().cut(sentence, guess=False) for sentence in sentences]
    with jieba.get_dict_file() as file:
        fresh = ChineseDictionary(file.read())
    found: dict[int, list[list[str]]] = {}
    threads = [threading.Thread(target=lambda n=n: found.update({n: [fresh.cut(s, guess=False) for s in sentences]})) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[number] == alone for number in range(4))


def test_pairs_that_begin_no_word_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge_base.chinese._MOST_ABSENT", 10)
    dictionary = ChineseDictionary(DICTIONARY)
    for first in range(0x5000, 0x5100):
        dictionary.cut(chr(first) + "茶", guess=False)
    assert len(dictionary._absent) <= 11
    assert dictionary.cut("茶壶盖", guess=False) == ["茶壶盖"]


def test_a_line_that_is_no_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="two spaces in each of its 2 lines, got 3"):
        ChineseDictionary("茶 100 n\n茶壶 30\n".encode())


class _Lines:
    """A file as jieba reads it: lines of bytes."""

    name = "dictionary"

    def __init__(self, data: bytes) -> None:
        self._lines = data.splitlines(keepends=True)

    def __iter__(self) -> Any:
        return iter(self._lines)

    def close(self) -> None: ...
