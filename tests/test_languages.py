"""Which language a line is in: scripts first, small words for Latin letters, the default where nothing tells."""

import pytest

from knowledge_base.languages import detect_language, has_han


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How much is shipping to Spain?", "en"),
        ("do you have it in blue", "en"),
        ("运费多少钱？", "zh"),
        ("有没有 UltraLight 2 帐篷", "zh"),
        ("MacBook Pro 有货吗", "zh"),
        ("What does 包邮 mean on your site?", "en"),
        ("Wie lange dauert der Versand und was kostet er?", "de"),
        ("Combien coûte la livraison ?", "fr"),
        ("¿Cuánto cuesta el envío para una mochila?", "es"),
        ("Доставка в Москву есть?", "ru"),
        ("送料はいくらですか", "ja"),
        ("배송비는 얼마예요?", "ko"),
        ("運費是多少？", "zh"),
    ],
)
def test_a_question_is_recognised_by_its_script_or_its_small_words(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "???", "12345", "SKU-88-B", "Trailhead"])
def test_where_nothing_tells_the_default_is_used(text: str) -> None:
    assert detect_language(text, "zh") == "zh"
    assert detect_language(text, "en") == "en"


def test_han_characters_are_seen_anywhere_in_the_text() -> None:
    assert has_han("tent 帐篷")
    assert not has_han("tent")
