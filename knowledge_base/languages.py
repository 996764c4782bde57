"""Which language a short text is written in.

Scripts decide first (Han, Kana, Hangul, Cyrillic …); among languages in Latin letters the commonest small words vote. No model and
no data file: a shopper's line has five words, and there a wrong guess costs more than an honest default. Mixed text, such as
"有没有 UltraLight 2 帐篷", belongs to the script that carries the sentence: one Han character weighs as much as one Latin word.
"""

from __future__ import annotations

import re
from collections import Counter

_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]+")),
    ("el", re.compile(r"[\u0370-\u03ff]+")),
    ("ar", re.compile(r"[\u0600-\u06ff]+")),
    ("he", re.compile(r"[\u0590-\u05ff]+")),
    ("th", re.compile(r"[\u0e00-\u0e7f]+")),
    ("hi", re.compile(r"[\u0900-\u097f]+")),
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Small words that are frequent in one language and rare or absent in the others listed.
_SMALL_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        "no the is are was of and you your do does did can could how what when where which who why with for have has my any this that there"
        " it its would will should not from please about much many i'm don't it's hi hello thanks"
    ),
    "de": _words(
        "der die das und ist sind nicht ich sie wie was wann wo welche mit für auf ein eine einen haben hat kann kannst gibt es mein"
        " meine bitte wird werden noch auch den dem zu von bei oder wieviel"
    ),
    "fr": _words(
        "le la les des du et est sont vous votre je nous avez avec pour dans une un que qui quel quelle quels combien comment où quand"
        " pas ne mon ma mes puis-je sur bonjour merci peut"
    ),
    "es": _words(
        "el los las y es son usted puedo tiene tienen con para una un que qué cuál cuánto cuanto cómo como dónde donde cuándo mi mis por"
        " del hay está hola gracias se"
    ),
    "it": _words(
        "il lo gli e è sono posso avete con per una un che quale quanto come dove quando mio mia del della nel ciao grazie non si c'è"
    ),
    "pt": _words("o os as e é são você posso tem com para uma um que qual quanto como onde quando meu minha do da no na não há olá"),
    "nl": _words(
        "de het een en is zijn niet ik jullie u hoe wat wanneer waar welke met voor op hebben heeft kan kunnen mijn van bij of er hoeveel"
    ),
}
_SPOKEN_WITH = {
    word: [language for language, small in _SMALL_WORDS.items() if word in small] for word in frozenset().union(*_SMALL_WORDS.values())
}


def has_han(text: str) -> bool:
    """Whether any Chinese character occurs."""
    return _HAN.search(text) is not None


def detect_language(text: str, default: str = "en") -> str:
    """The primary language subtag of `text`; `default` where nothing tells (numbers, a SKU, a bare product name)."""
    words = _LATIN_WORD.findall(text)
    han = len(_HAN.findall(text))
    for language, script in _SCRIPTS:
        count = len(script.findall(text))
        if count and (count >= len(words) or (language == "ja" and han)):
            return language
    if han:
        return "zh" if han >= len(words) or not _vote(words) else _vote(words) or default
    return _vote(words) or default


def _vote(words: list[str]) -> str:
    """The language whose small words occur most often, or "" without a clear winner."""
    counts = Counter(language for word in words for language in _SPOKEN_WITH.get(word.lower(), ()))
    ranked = counts.most_common(2)
    return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else ""
