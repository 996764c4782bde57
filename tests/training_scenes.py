"""Scenes of small made-up shops, for tests of training: every price differs, so there is something to learn."""

from __future__ import annotations

from chatbot.training.scenes import Ask, Scene

GOODS = ("tent", "lamp", "kettle", "chair")


def some_scenes(count: int, shops: int = 5) -> list[Scene]:
    return [_scene(number, f"shop {number % shops}") for number in range(count)]


def _scene(number: int, shop: str) -> Scene:
    what, price = GOODS[number % len(GOODS)], 10 + 7 * number
    facts = (f"The {what} costs {price}.00 EUR.", "It ships in two days.")
    asks = (
        Ask(f"How much is the {what}?", f"It costs {price}.00 EUR.", "price"),
        Ask("When does it ship?", "In two days.", "policy"),
        Ask("Is it blue?", "The text does not say.", "unanswerable"),
    )
    return Scene(facts, asks[: 1 + number % 3], "en", shop)
