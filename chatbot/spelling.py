"""Typing mistakes in the words that matter, set right by the shop's own vocabulary: "warrenty" → "warranty", "保文杯" → "保温杯".

Latin: long words that the shop never uses, towards one that is a letter or two away; shorter ones only where a letter is doubled, halved
or swapped with its neighbour ("lopers"). What is no English word at all becomes the word of the shop that sounds so ("fone", "helmit"); a
name from outside ("Paris") that has a capital, is told as a place, or is like nothing the shop writes stays as it is.
Chinese: characters that make no word, towards a word of the shop, or of every shop, that sounds the same, as pinyin keyboards mistake them.
Everyday short forms are written out, so that they mean to the encoders what they mean to people.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable

import jellyfish
from rapidfuzz.distance import DamerauLevenshtein

from chatbot.terms import is_known_word, stem, terms, words
from knowledge_base.english import is_english, mistyped

_WORD = re.compile(r"[A-Za-z]{3,}(?!['’.@\w])")
_SHORTEST = 5  # shorter words are only set right by their sound
_LONG = 8
_PLACE = re.compile(r"\b(?:to|in|from|near|at)\s$", re.IGNORECASE)
_SHORTEST_ENGLISH = 4
_FAR = 3  # letters that a word written by its sound may differ in ("bocks" for "box")
_HAN_RUN = re.compile(r"[一-鿿]{2,}")
_LONGEST_HAN = 5
# Words of every shop, right even where this shop does not use them.
_COMMON = frozenset(
    """waterproof washable machine dishwasher microwave warranty delivery shipping returns returned refund refunds exchange discount student students available colour colours
    color colors material materials measure dimensions instructions assembly battery charger expensive cheapest cheaper lightest heaviest similar difference compare
    between without another anything something everything recommend suggestion birthday christmas present presents children women camping hiking payment payments""".split()
)
_COMMON_SOUNDS = frozenset(
    "phone number price cost open address order return send money card size stock sale broken have please where when much machine service water people".split()
)
_COMMON_HAN = (
    "多少钱 包邮 运费 退货 换货 退款 发货 到货 快递 保修 质保 优惠券 优惠 打折 特价 有货 现货 缺货 补货 库存 尺码 颜色 尺寸 材质 重量 发票 客服 "
    "积分 会员 付款 支付 订单 地址 洗碗机 微波炉 烤箱 防水 保温 清洗".split()
)
_SLANG = re.compile(r"多少米(?=$|[\s一？?。，,！!呀啊呢吧])")  # "rice" for money
_SHORT_FORMS = {
    r"amex": "American Express", r"(?:a )?tenner": "10 pounds", r"(?:a )?fiver": "5 pounds", r"r u": "are you", r"u": "you", r"ur": "your", r"pls|plz": "please",
    r"thx": "thanks", r"xmas": "Christmas", r"bday": "birthday", r"asap": "as soon as possible", r"cos|coz|cuz": "because", r"msg": "message",
    r"teh": "the", r"hw": "how", r"abt": "about", r"wh?at'?s yer": "what is your", r"wats": "what is", r"yer": "your", r"blu": "blue",
    r"wanna": "want to", r"gonna": "going to", r"gotta": "have to", r"dunno": "don't know", r"tmrw|tmr": "tomorrow", r"w/o": "without",
}  # fmt: skip


class Speller:
    """Holds the words of one version of the shop's texts. `names` are titles and headings, whose words may also be short."""

    def __init__(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        texts, names = list(texts), list(names)
        every = [word.lower() for text in (*texts, *names) for word in _WORD.findall(text)]
        self._words = {word for word in every if len(word) >= _LONG} | _COMMON
        self._short = {word.lower() for name in names for word in _WORD.findall(name)}
        self._stems = {stem(word) for word in (*every, *self._words)}
        self._every = frozenset(every)
        self._by_key = _by_key(every)
        self._folded: dict[str, str] = {_folded(word): word for word in sorted(self._short)}
        self._sounds = _sounds_of(names)

    def correct(self, text: str) -> str:
        """The text with unknown words replaced by the known one that must be meant, where there is one."""
        for pattern, word in _patterns():
            text = pattern.sub(word, text)
        text = _SLANG.sub("多少钱", text)
        text = _WORD.sub(lambda match: self._nearest(match.group(), placed=_PLACE.search(text[: match.start()]) is not None), text)
        return _HAN_RUN.sub(lambda match: self._by_sound(match.group()), text)

    def _nearest(self, word: str, *, placed: bool) -> str:
        plain = word.lower()
        if plain in self._words or (stem(plain) in self._stems and (is_english(plain) or plain in self._every or len(plain) < _SHORTEST)):
            return word
        if word != plain and is_english(plain):  # "Paris" is no pair
            return word
        near = self._by_letters(word, plain) if len(plain) >= _SHORTEST else word
        if near != word or placed or word != plain or is_english(plain):
            return near
        sounding = self._by_key_of(word)
        return sounding if sounding != word or len(plain) < _SHORTEST_ENGLISH else mistyped(plain) or word

    def _by_key_of(self, word: str) -> str:
        """The word of the shop that is pronounced the same and written most like it."""
        key = jellyfish.metaphone(word)
        distances = [(int(DamerauLevenshtein.distance(word, known)), known) for known in self._by_key.get(key, ())]
        near = [(_vowels_apart(word, known), distance, known) for distance, known in distances if distance <= min(_FAR, len(word) - 2)]
        return min(near)[2] if near and len(key) >= 2 else word

    def _by_letters(self, word: str, plain: str) -> str:
        if len(plain) < _LONG:
            return self._folded.get(_folded(plain), self._swapped(plain) or word)
        allowed = 1 if len(plain) < 10 else 2
        near = [
            (int(DamerauLevenshtein.distance(plain, known, score_cutoff=allowed)), known) for known in self._words if known[0] == plain[0]
        ]
        best = min(near, default=(allowed + 1, word))
        distance, nearest = best
        return nearest if distance <= allowed else self._folded.get(_folded(plain), word)

    def _swapped(self, plain: str) -> str:
        swaps = (plain[:i] + plain[i + 1] + plain[i] + plain[i + 2 :] for i in range(len(plain) - 1))
        return next((swap for swap in swaps if swap in self._short), "")

    def _by_sound(self, run: str) -> str:
        """The longest pieces first; a piece that is right, or a word of the language, or cuts one in two ("背包有") stays."""
        ends = set(itertools.accumulate(map(len, words(run)), initial=0))
        for length in range(min(_LONGEST_HAN, len(run)), 1, -1):
            for start in sorted(ends & {end - length for end in ends}):
                piece = run[start : start + length]
                meant = self._sounds.get(_sound(piece))
                if meant and meant != piece and not _is_right(piece, meant):
                    return self._by_sound(run[:start]) + meant + self._by_sound(run[start + length :])
        return run


def _is_right(piece: str, meant: str) -> bool:
    """Whether the characters that differ are words as they stand: "公事" is not "公式" misspelt."""
    return is_known_word(piece) or sum(a != b for a, b in zip(piece, meant, strict=True)) > max(1, len(piece) // 2)


def _by_key(every: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Metaphone → the words of the shop, and those that every shop is asked for, that sound so."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for word in dict.fromkeys([*(word for word in every if len(word) >= 3 and terms(word)), *sorted(_COMMON | _COMMON_SOUNDS)]):
        found[jellyfish.metaphone(word)][word] = None
    return {key: tuple(words) for key, words in found.items()}


def _vowels_apart(word: str, known: str) -> int:
    """Metaphone hears consonants only: "fone" is "phone" by its vowels, and not "fine"."""
    return int(DamerauLevenshtein.distance(re.sub("[^aeiouy]", "", word), re.sub("[^aeiouy]", "", known)))


def _folded(word: str) -> str:
    """Doubled letters are one."""
    return re.sub(r"(.)\1+", r"\1", word)


def _sounds_of(names: Iterable[str]) -> dict[str, str]:
    """Sound → word, of the words of every shop and the pieces of this shop's Chinese titles."""
    found = {_sound(word): word for word in _COMMON_HAN}
    for name in names:
        for run in _HAN_RUN.findall(name):
            for length in range(3, _LONGEST_HAN + 1):
                for start in range(len(run) - length + 1):
                    found.setdefault(_sound(run[start : start + length]), run[start : start + length])
    return found


@functools.lru_cache(maxsize=50_000)
def _sound(word: str) -> str:
    """Pinyin without tones, syllables apart."""
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(word))


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"(?<![\w'’.@-])(?:{form})(?![\w'’@-]|\.\w)", re.IGNORECASE), word) for form, word in _SHORT_FORMS.items())
