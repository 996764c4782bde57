"""A small shop made of plain values, for tests that need products and passages but no files."""

from __future__ import annotations

from decimal import Decimal

from knowledge_base.catalog import Availability, Content, Document, Money, Product, ShopProfile, Variant


def money(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def variant(options: str, price: str, *, stock: int | None = 5, was: str = "", sku: str = "") -> Variant:
    """`options` as "Colour=Red,Size=M"; stock 0 is sold out, None is unknown."""
    pairs = tuple((name, value) for name, value in (part.split("=") for part in options.split(",") if part))
    availability = Availability.unknown if stock is None else Availability.in_stock if stock else Availability.out_of_stock
    return Variant(sku or f"sku-{options}-{price}", pairs, money(price), money(was) if was else None, availability, stock, sku=sku)


KETTLE = Product(
    "otter-kettle", "Otter Kettle", "en", (variant("Colour=Red", "49", sku="OK-RED"), variant("Colour=Black", "49", stock=0, sku="OK-BLK")),
    description="A stovetop kettle that whistles when the water boils. It holds 1.8 litres and suits induction hobs.",
    brand="Hearthware", category="Kitchen > Kettles", attributes=(("Material", "stainless steel"), ("Capacity", "1.8 l"), ("Weight", "900 g")),
)  # fmt: skip
TENT = Product(
    "heron-tent", "Heron Tent", "en", (variant("", "199", was="249", stock=3, sku="HT-1"),),
    description="A tent for two people. The floor is waterproof to 3000 mm.", brand="Fellmark", category="Outdoor > Tents",
    attributes=(("Weight", "2.4 kg"), ("Capacity", "2 people")),
)  # fmt: skip
DOME = Product(
    "badger-dome-tent", "Badger Dome Tent", "en", (variant("", "129", stock=8, sku="BD-1"),),
    description="A dome tent for three people with a porch.", brand="Fellmark", category="Outdoor > Tents", attributes=(("Weight", "3.9 kg"),),
)  # fmt: skip
BOOTS = Product(
    "marten-boots", "Marten Boots", "en",
    (variant("Size=40", "120", stock=0, sku="MB-40"), variant("Size=41", "120", sku="MB-41"), variant("Size=42", "130", sku="MB-42")),
    description="Leather hiking boots. Resole them when the tread is worn.", brand="Fellmark", category="Outdoor > Boots",
    attributes=(("Material", "leather"), ("Care", "brush and wax")),
)  # fmt: skip
LAMP = Product(
    "wren-lamp", "Wren Lamp", "en", (variant("", "35", stock=0, sku="WL-1"),),
    description="A small reading lamp with a warm light.", category="Home > Lamps", attributes=(("Power", "6 W"),),
)  # fmt: skip
TEA = Product(
    "longjing", "明前龙井", "zh", (variant("规格=50克", "88"), variant("规格=100克", "168", stock=0)),
    description="产自杭州，清明前采摘，豆香清雅。", category="绿茶", attributes=(("保质期", "18个月"), ("产地", "浙江杭州")),
)  # fmt: skip
PRODUCTS = (KETTLE, TENT, DOME, BOOTS, LAMP, TEA)

FAQ = (
    Document("faq:return-window", "faq", "How long do I have to return something?", "You have 30 days from delivery to send back unused items.", "en"),
    Document("faq:free-delivery", "faq", "When is delivery free?", "Delivery is free for orders over €60. Below that it costs €4.90.", "en"),
    Document("faq:stack-codes", "faq", "Can I use two discount codes on one order?", "No, only one discount code can be used per order.", "en"),
    Document("faq:canada", "faq", "Do you ship to Canada?", "Yes, parcels to Canada take 8 to 12 working days and cost €19.", "en"),
    Document("faq:gift-wrap", "faq", "Do you offer gift wrapping?", "Gift wrapping costs €3 per item and can be chosen at checkout.", "en"),
    Document("faq:pay", "faq", "Which ways of paying do you accept?", "We accept Visa, Mastercard, PayPal and bank transfer.", "en"),
    Document("faq:退货", "faq", "买了不喜欢可以退吗？", "签收后7天内，商品未拆封可以退货，退货运费由买家承担。", "zh"),
    Document("faq:包邮", "faq", "满多少包邮？", "订单满99元包邮，不满99元收取运费8元。", "zh"),
    Document("policy:returns/refunds", "policy", "Returns – Refunds", "Refunds are paid within 5 working days after the parcel has reached us. Sale items can be exchanged but not refunded.", "en"),
)  # fmt: skip
PROFILE = ShopProfile(name="Otter & Heron", currency="EUR", languages=("en", "zh"), email="hello@otter.example", phone="+49 30 1234567")
CONTENT = Content(PROFILE, PRODUCTS, FAQ, ())
