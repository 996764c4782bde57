"""Figures: what counts as one, which are the same, and which the evidence supports."""

import pytest

from chatbot.figures import FigureIndex, figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs $1,299.00.", [("number", "1299", "$")]),
        ("15.00 USD", [("number", "15", "$")]),
        ("Das kostet 19,90 €", [("number", "19.9", "€")]),
        ("满200元包邮", [("number", "200", "¥")]),
        ("within 30 days", [("number", "30", "day")]),
        ("三十天内退货", [("number", "30", "day")]),
        ("two years of warranty", [("number", "2", "year")]),
        ("20% off", [("number", "20", "percent")]),
        ("write to help@shop.example", [("email", "help@shop.example", "")]),
        ("call +44 20 7946 0958", [("phone", "442079460958", "")]),
        ("open on Sunday", [("day", "sunday", "")]),
        ("code SPRING24", [("code", "SPRING24", "")]),
    ],
)
def test_a_figure_is_read_with_its_unit(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(f.kind, f.value, f.unit) for f in figures(text)] == expected


@pytest.mark.parametrize(
    ("evidence", "claim", "supported"),
    [
        ("Returns within 30 days.", "You have 30 days.", True),
        ("Returns within 30 days.", "It holds 30 kg.", False),
        ("It costs €49.", "It costs $49.", False),
        ("It costs €49.00.", "It costs €49.", True),
        ("支持7天无理由退货", "七天内可退货", True),
        ("支持7天无理由退货", "可以在15天内退货", False),
        ("Orders over $50 ship free.", "Orders over $60 ship free.", False),
        ("Mail care@shop.example.", "Mail care@shop.test.example.", False),
        ("One code per order.", "You can stack two codes.", False),
        ("Open Monday to Friday.", "Open on Saturday.", False),
        ("Dimensions 30 x 20 cm.", "It is 30 by 20 cm.", True),
    ],
)
def test_a_claim_is_supported_by_the_same_value_with_the_same_unit(evidence: str, claim: str, supported: bool) -> None:
    assert (FigureIndex((evidence,)).unsupported(claim) == []) is supported
