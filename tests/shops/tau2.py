"""A content folder made from the retail set of tau2-bench: its products as a WooCommerce export, its policy as a page for shoppers.

    python -m tests.shops.tau2 SOURCE OUT

`SOURCE` is the folder with `db.json.gz` and `policy.md` (MIT, Sierra Research); it stays outside the repository, and so should `OUT`. Knows nothing of
the set's customers, orders and tasks. Invariant: every price, option and availability is the set's own; only the currency is added, since the products have
none and the tasks are in dollars. The set's policy is written for the shop's staff, so its sentences are turned to the shopper; one that is no longer found
is an error.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# The sections that concern shoppers → their headings in the shop's own page.
SECTIONS = {
    "User": "Profile and payment methods",
    "Order": "Orders and their status",
    "Generic action rules": "What can be done with an order",
    "Cancel pending order": "Cancelling a pending order",
    "Modify pending order": "Modifying a pending order",
    "Modify payment": "Changing the payment method of a pending order",
    "Modify items": "Changing the items of a pending order",
    "Return delivered order": "Returning a delivered order",
    "Exchange delivered order": "Exchanging a delivered order",
}
# What the set tells the staff → what the shop tells a shopper. In this order.
REWORDINGS = (
    (", and you should check its status before taking the action", ""),
    (" In particular, remember to remind the customer to confirm they have provided all items to be exchanged.", ""),
    (" In particular, remember to remind the customer to confirm they have provided all the items they want to modify.", ""),
    (
        "This action can only be called once, and will change the order status to 'pending (items modifed)'. The agent will not be able to modify or cancel"
        " the order anymore. So you must confirm all the details are correct and be cautious before taking this action.",
        "Items can only be modified once, and this changes the order status to 'pending (items modified)'. The order cannot be modified or cancelled anymore,"
        " so name all the items that you want to modify in one request.",
    ),
    ("Generally, you can only take action on", "Generally, we can only act on"),
    (
        "Exchange or modify order tools can only be called once per order. Be sure that all items to be changed are collected into a list before making the"
        " tool call!!!",
        "An order can be exchanged or modified only once. Please name all the items to be changed in one request.",
    ),
    ("you can take actions to modify its", "you can modify its"),
    ("If the user wants the modify the payment method", "If you want to modify the payment method"),
    ("If the user provides", "If you provide"),
    ("The user can only", "You can only"),
    ("The user needs to", "You need to"),
    ("The user must", "You must"),
    ("After user confirmation", "After you confirm"),
    ("the user will receive", "you will receive"),
    ("Each user has", "Each shopper has"),
    ("fullfilments", "fulfilments"),
    ("exchane", "exchange"),
)
PROFILE = 'name = "Tau Retail"\ncurrency = "USD"\nlanguages = ["en"]\n'


def product_rows(products: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """A row for each product, followed by one for each of its variants, as WooCommerce exports them."""
    for number, product in products.items():
        variants = list(product["variants"].values())
        choices = {name: ", ".join(dict.fromkeys(item["options"][name] for item in variants)) for name in variants[0]["options"]}
        yield {"ID": number, "Type": "variable", "Name": product["name"], "Published": "1", **_attributes(choices)}
        for item in variants:
            yield {
                "ID": item["item_id"],
                "Type": "variation",
                "SKU": item["item_id"],
                "Name": product["name"],
                "Published": "1",
                "In stock?": str(int(item["available"])),
                "Regular price": f"{item['price']:.2f}",
                "Parent": f"id:{number}",
                **_attributes(item["options"]),
            }


def _attributes(values: Mapping[str, str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for number, (name, value) in enumerate(values.items(), start=1):
        columns[f"Attribute {number} name"] = name[:1].upper() + name[1:]
        columns[f"Attribute {number} value(s)"] = value
    return columns


def policy_page(text: str) -> str:
    """The sections that concern shoppers, as Markdown.

    Raises: ValueError naming a section or sentence that the text no longer has.
    """
    sections = _sections(text)
    if missing := SECTIONS.keys() - sections.keys():
        raise ValueError(f"policy.md: expected the sections {sorted(missing)}, got {sorted(sections)}")
    page = "\n\n".join(["# Store policy", *(f"## {title}\n\n{sections[name]}" for name, title in SECTIONS.items())]) + "\n"
    for old, new in REWORDINGS:
        if old not in page:
            raise ValueError(f"policy.md: expected the words {old!r}, got a text without them")
        page = page.replace(old, new)
    return page


def _sections(text: str) -> dict[str, str]:
    """Heading of any level → what stands below it, up to the next heading."""
    parts = re.split(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return {heading.strip(): body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def build(source: Path, out: Path) -> None:
    """Write `products.csv`, `policies.md` and `shop.toml` into `out`."""
    with gzip.open(source / "db.json.gz", "rt", encoding="utf-8") as file:
        rows = list(product_rows(json.load(file)["products"]))
    page = policy_page((source / "policy.md").read_text("utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    with (out / "products.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        table.writeheader()
        table.writerows(rows)
    (out / "policies.md").write_text(page, "utf-8")
    (out / "shop.toml").write_text(PROFILE, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.shops.tau2", description="Make a content folder from the retail set of tau2-bench."
    )
    parser.add_argument("source", type=Path, help="the folder with db.json.gz and policy.md")
    parser.add_argument("out", type=Path, help="the content folder to write")
    given = parser.parse_args()
    build(given.source, given.out)


if __name__ == "__main__":
    main()
