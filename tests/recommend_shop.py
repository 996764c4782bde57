"""A shop of plain values with orders, for the tests of recommendations: boots and socks are bought together, coffee again and again."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from chatbot.recommend.purchases import Order
from knowledge_base.build import build_content
from knowledge_base.catalog import Availability, Content, Product, ShopProfile
from knowledge_base.search import KnowledgeBase
from tests.fakes_knowledge import BagEncoder, encoders_of, variant

DAY = 86_400.0


def made(name: str, title: str, category: str, *, stock: bool = True, related: tuple[str, ...] = (), **attributes: str) -> Product:
    state = Availability.in_stock if stock else Availability.out_of_stock
    return Product(
        name, title, "en", (variant(f"S-{name}", availability=state),), category=category, brand="Fell",
        attributes=tuple(attributes.items()), related=related,
    )  # fmt: skip


PRODUCTS = (
    made("boots", "Leather Hiking Boots", "Outdoor > Boots", Material="leather", related=("S-wax",)),
    made("light-boots", "Light Hiking Boots", "Outdoor > Boots", Material="leather"),
    made("old-boots", "Old Hiking Boots", "Outdoor > Boots", stock=False, Material="leather"),
    made("socks", "Wool Socks", "Outdoor > Socks"),
    made("wax", "Leather Wax", "Outdoor > Care"),
    made("coffee", "Ground Coffee", "Kitchen > Coffee"),
    made("mug", "Camp Mug", "Kitchen > Mugs"),
    made("rain-jacket", "Rain Jacket", "Clothing > Jackets"),
)


@cache
def knowledge() -> KnowledgeBase:
    folder = Path(tempfile.mkdtemp(prefix="recommend-"))
    encoders = encoders_of(BagEncoder())
    build_content(Content(ShopProfile(name="Fell", currency="USD", languages=("en",)), PRODUCTS, (), ()), folder, encoders=encoders)
    return KnowledgeBase.open(folder, encoders)


def orders(count: int = 24) -> list[Order]:
    """Each shopper: boots with socks, then coffee with a mug, then coffee."""
    found = []
    for number in range(count):
        for place, items in enumerate((("boots", "socks"), ("coffee", "mug"), ("coffee",))):
            found.append(Order(f"{number}-{place}", f"shopper {number}", DAY * (3 * number + 40 * place), items))
    return found


def orders_file(path: Path, given: list[Order]) -> Path:
    lines = ["order_id,email,date,sku,quantity,status"]
    for order in given:
        day = datetime.fromtimestamp(1_700_000_000 + order.moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines += [f"{order.name},{order.shopper.replace(' ', '')}@example.com,{day},S-{item},1,delivered" for item in order.products]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
