"""What a question is compared with: measures by their unit, choices beside attributes, and the question without what names the thing."""

from dataclasses import replace

from chatbot.statements import answered_by, own_heading, texts_of, units_in, without_options
from knowledge_base.catalog import Passage
from tests.toy_shop import BOOTS, KETTLE, variant

STRAP = replace(KETTLE, variants=(variant("Strap=leather,Waterproof=yes", "20"), variant("Strap=steel,Waterproof=no", "20")), attributes=())


def test_grams_and_kilograms_are_one_unit_and_a_price_is_none() -> None:
    assert units_in("he weighs 24 kilos") == units_in("up to 800 g") == {"kg"}
    assert units_in("it costs €20 and 3 of them") == set()


def test_a_time_answers_how_long() -> None:
    assert "durat" in answered_by("Finish it within 6 months.") and not answered_by("Finish it soon.")


def test_what_there_is_to_choose_from_is_said_once_and_a_yes_or_no_is_no_choice() -> None:
    assert "Strap: leather, steel" in texts_of(STRAP)
    assert not any(text.startswith("Waterproof") for text in texts_of(STRAP))
    assert texts_of(replace(STRAP, attributes=(("Strap", "leather or steel"),)))[-1] == "Strap: leather or steel"


def test_the_option_that_is_asked_for_is_no_measure_of_the_shoppers() -> None:
    assert units_in(without_options("the boots in 41 cm for a foot of 26 cm", BOOTS)) == {"cm"}
    sized = replace(BOOTS, variants=(variant("Size=56 cm", "20"), variant("Size=59 cm", "20")))
    assert units_in(without_options("how wide is the one in 56 cm", sized)) == set()


def test_a_section_is_headed_by_its_own_words() -> None:
    passage = Passage("p", "p", "policy", "Otter & Heron: the small print – Returns", "Within 30 days.", "", "en")
    assert own_heading(passage) == "Returns"
    assert own_heading(replace(passage, heading="Can I return it?")) == "Can I return it?"
