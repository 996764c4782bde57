"""Options that only other products of the shop have."""

import pytest

from chatbot.elsewhere import Elsewhere
from tests.toy_house import toy_knowledge
from tests.toy_shop import BOOTS, KETTLE, LAMP, TENT


@pytest.fixture(scope="module")
def elsewhere() -> Elsewhere:
    return Elsewhere(toy_knowledge())


@pytest.mark.parametrize(
    "question", ["can i get the boots in Red", "are the Marten Boots there in red?", "I'd like the boots in black, please"]
)
def test_a_colour_of_another_product_is_asked_for_and_not_there(elsewhere: Elsewhere, question: str) -> None:
    assert elsewhere.asked(question, BOOTS, "en") in ("Red", "Black")


def test_a_product_without_options_has_none_of_them_either(elsewhere: Elsewhere) -> None:
    assert elsewhere.asked("do you have the wren lamp in black?", LAMP, "en") == "Black"
    assert elsewhere.asked("do you have the heron tent in size 41?", TENT, "en") == "41"


@pytest.mark.parametrize(
    "question",
    ["do you have the kettle in black?", "is the kettle fine in red hot embers", "does the red kettle whistle", "how much is the kettle?"],
)
def test_what_the_product_has_or_what_is_not_asked_for_as_an_option_is_none(elsewhere: Elsewhere, question: str) -> None:
    assert elsewhere.asked(question, KETTLE, "en") == ""
