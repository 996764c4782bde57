"""What the fake server answers: the words of the question choose the reply and how it is delivered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

LONG = (
    "You can send anything back within 30 days of delivery. Unworn, in its box and with the receipt, please. "
    "We pay the way back inside the country, and the money is on your account three working days after the parcel reached us."
)

EVIL = (
    "<img src=http://evil.example/a.png onerror=alert(1)> <script>window.hacked=1</script> ![x](http://evil.example/b.png) "
    '[click](javascript:alert(1)) <svg/onload=alert(1)> javascript:alert(2) http://evil.example/path?x="onmouseover=alert(1) '
    "{{constructor.constructor('alert(1)')()}}"
)


def product(number: int, title: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"product-{number}",
        "kind": "product",
        "title": title,
        "url": f"/products/{number}",
        "score": 0.9,
        "price": "24.00",
        "currency": "EUR",
        "image": f"/media/{number}.svg",
        "available": True,
        **changes,
    }


MUGS = [
    product(1, "Lowland Stoneware Mug, 350 ml"),
    product(2, "Harbour Enamel Mug with a lid that keeps the tea warm on the way to work", price="18.50", list_price="23.00"),
    product(3, "Tall Porcelain Cup", price="1290", currency="JPY", available=False),
    product(4, "Picnic Cup, set of four", price=32, image="", url=""),
]
TENTS = [
    product(5, "山岚双人三季帐篷", price="899.00", list_price="1099.00", currency="CNY"),
    product(6, "云溪四人家庭帐篷", price="1599.00", currency="CNY", available=False),
]
PAGES = [
    {"id": "faq-7", "kind": "faq", "title": "How do I return something?", "url": "/faq/returns", "score": 0.8},
    {"id": "policy-1", "kind": "policy", "title": "Returns policy", "url": "", "score": 0.7},
]


@dataclass
class Reply:
    """`pause` is seconds between pieces; at code point `drop_at` the socket is cut."""

    text: str
    sources: list[dict[str, Any]] = field(default_factory=list)
    finish: str = "stop"
    citations: list[str] = field(default_factory=list)
    think: float = 0.15
    pause: float = 0.02
    drop_at: int = 0
    handler: dict[str, Any] | None = None

    @property
    def pieces(self) -> list[str]:
        """Of three or four characters, so that words are cut in the middle."""
        return re.findall(r"(?s).{1,4}", self.text)


def reply_to(question: str) -> Reply:
    for word, reply in REPLIES.items():
        if word in question:
            return reply
    return Reply(LONG, PAGES, citations=["faq-7", "policy-1"])


REPLIES = {
    "products": Reply(
        "These mugs are in the range:\n"
        "- Lowland Stoneware Mug, €24.00\n- Harbour Enamel Mug, €18.50 (was €23.00)\n\nThe porcelain cup is sold out.",
        MUGS,
        citations=[one["id"] for one in MUGS],
    ),
    "one mug": Reply("Yes, the Lowland Stoneware Mug is in stock.", [MUGS[0], PAGES[0]], citations=["product-1"]),
    "帐篷": Reply(
        "有两款帐篷：\n- 山岚双人三季帐篷，现价 ¥899.00\n- 云溪四人家庭帐篷，已售罄", TENTS, citations=["product-5", "product-6"]
    ),
    "slow": Reply(LONG, PAGES, citations=["faq-7"], think=0.6, pause=0.06),
    "drop": Reply(LONG, PAGES, citations=["faq-7"], drop_at=60, pause=0.03),
    "unknown": Reply("I cannot find that in our shop's information.", finish="unknown"),
    "fail": Reply("The mug is", finish="error"),
    "xss": Reply(
        EVIL,
        [
            product(9, "<b>Bold</b>", image="javascript:alert(3)", url="javascript:alert(4)"),
            {**PAGES[0], "title": "<i>x</i>", "url": "data:text/html,x"},
        ],
    ),
    "address": Reply("See https://shop.example/help (or https://shop.example/faq). Write to help@shop.example."),
    "long": Reply("\n\n".join([LONG] * 6), PAGES, citations=["faq-7"], pause=0.001),
    "emoji": Reply("🫖🍵 We have teapots 👩‍🍳 and 茶杯 too.", pause=0.03),
}
