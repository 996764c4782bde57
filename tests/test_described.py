"""What is said of all variants and what of one alone: sentence by sentence, with nothing lost."""

import pytest

from knowledge_base.described import split_described, told_apart


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("承重15kg。高1.8m！真的？好", ["承重15kg。", "高1.8m！", "真的？", "好"]),
        ("他说“好。”然后走了。", ["他说“好。”", "然后走了。"]),
        ("Holds 1.8 l. Weighs approx. 5 kg. Light! Red", ["Holds 1.8 l. Weighs approx. 5 kg. ", "Light! ", "Red"]),
        ("Comes with a lid, e.g. Cork. Made by St. Ives. 3 sizes", ["Comes with a lid, e.g. Cork. ", "Made by St. Ives. 3 sizes"]),
        ("- Oak\n- Wide: 5 cm\n\nDone.", ["- Oak\n", "- Wide: 5 cm\n\n", "Done."]),
        ("", []),
    ],
)
def test_sentences_and_lines_are_parted_and_figures_are_not(text: str, pieces: list[str]) -> None:
    assert split_described(text) == pieces
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("texts", "above", "shared", "alone"),
    [
        (["Oak. Holds 5 kg.", "Oak. Holds 9 kg"], "", "Oak.", ("Holds 5 kg.", "Holds 9 kg")),
        (["Oak. Red.", "Oak.  Red"], "", "Oak. Red.", ("", "")),
        (["Oak.", "", ""], "", "Oak.", ("", "", "")),
        (["Oak.", "Pine."], "", "", ("Oak.", "Pine.")),
        (["Oak.", "", "Pine."], "", "Oak.", ("", "", "Pine.")),
        (["Oak. Red.", "", "Oak. Blue."], "", "Oak.", ("Red.", "", "Blue.")),
        (["Oak. Red.", "Oak."], "Made here.", "Made here.\nOak.", ("Red.", "")),
        (["Made here. Red.", ""], "Made here.", "Made here.", ("Red.", "")),
        (["", ""], "", "", ("", "")),
        ([], "Made here.", "Made here.", ()),
    ],
)
def test_what_all_say_is_shared_and_the_rest_stays_with_who_said_it(
    texts: list[str], above: str, shared: str, alone: tuple[str, ...]
) -> None:
    assert told_apart(texts, above) == (shared, alone)
