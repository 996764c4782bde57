"""Two small shops as files, for the tests of the pages: what a merchant would hand over, with the awkward things that merchants have.

The server over them is the program itself (`chatbot serve`, quoting engine, embedded encoder), so that the pages are tested against the
shapes that it really sends.
"""

from __future__ import annotations

import csv
from pathlib import Path

COLUMNS = [
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Tags", "Published", "Option1 Name", "Option1 Value", "Option2 Name",
    "Option2 Value", "Variant SKU", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Price",
    "Variant Compare At Price", "Image Src", "Status",
]  # fmt: skip
EVIL_TITLE = "<img src=x onerror=alert(1)> Mug"
LAMP = "A lamp of turned brass for a desk or a shelf. The shade tilts, and the cord is two metres long."
EVIL_OPTION = '"><script>alert(2)</script>'
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#dde"/>'
    '<circle cx="20" cy="20" r="9" fill="#557"/></svg>'
)
SHOP = """name = "Alder & Finch"
currency = "EUR"
languages = ["en", "zh"]
about = "A shop for tables, scarves and bowls."
email = "hello@alder.example"
"""
FAQ = """# Questions

## How long does delivery take?
Delivery takes 3 to 5 working days.

## Can I return something?
You can return anything unused within 30 days.
"""


def row(handle: str, title: str = "", **facts: str) -> dict[str, str]:
    """One line of the products file; `facts` by column, spaces as underscores."""
    named = {name.replace("_", " "): value for name, value in facts.items()}
    common = {
        "Handle": handle,
        "Title": title,
        "Published": "TRUE",
        "Status": "active",
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Policy": "deny",
        "Variant Inventory Qty": "9",
    }
    return common | {"Body (HTML)": named.pop("Body", "")} | named


def scarf(title: str, colour: str, red: str, blue: str, size: str) -> list[dict[str, str]]:
    """Two colours by two sizes, of which one is sold out and one was never made."""
    first = {"Option1_Name": colour, "Option2_Name": size, "Product_Category": "Clothing > Scarves", "Vendor": "Finch"}
    return [
        row("wool-scarf", title, Option1_Value=red, Option2_Value="S", Variant_SKU="WS-R-S", Variant_Price="20.00", **first),
        row("wool-scarf", Option1_Value=red, Option2_Value="L", Variant_SKU="WS-R-L", Variant_Price="24.50", Variant_Inventory_Qty="2"),
        row("wool-scarf", Option1_Value=blue, Option2_Value="S", Variant_SKU="WS-B-S", Variant_Price="20.00", Variant_Inventory_Qty="0"),
    ]


def english() -> list[dict[str, str]]:
    evil_body = "<p>A mug.</p><script>alert(3)</script><p>It is &lt;b&gt;blue&lt;/b&gt;.</p>"
    return [
        row("alder-table", "Alder Table", Body="<p>Seats six.</p><p>Solid alder.</p>", Vendor="Alder", Product_Category="Furniture > Tables",
            Variant_SKU="AT-1", Variant_Price="320.00", Image_Src="images/table.svg"),
        *scarf("Wool Scarf", "Color", "Red", "Blue", "Size"),
        row("brass-lamp", "Brass Lamp", Body=LAMP, Product_Category="Furniture > Lamps", Variant_SKU="BL-1", Variant_Price="45.00",
            Variant_Compare_At_Price="60.00"),
        row("tall-vase", "Tall Vase", Variant_SKU="TV-1", Variant_Price="15.00", Variant_Inventory_Qty="0"),
        row("evil-mug", EVIL_TITLE, Body=evil_body, Vendor="<b>Bold</b>", Option1_Name="<i>Shade</i>", Option1_Value=EVIL_OPTION,
            Variant_SKU="EM-1", Variant_Price="7.00", Image_Src="https://127.0.0.1:1/none.png"),
        row("evil-mug", Option1_Value="Grey", Variant_SKU="EM-2", Variant_Price="8.00"),
        *(row(f"bowl-{n}", f"Bowl number {n}", Product_Category="Kitchen > Bowls", Variant_SKU=f"B-{n}", Variant_Price=f"{n + 1}.00") for n in range(1, 31)),
    ]  # fmt: skip


def chinese() -> list[dict[str, str]]:
    table = {"Vendor": "Alder", "Product_Category": "家具 > 桌子", "Variant_SKU": "AT-1", "Image_Src": "images/table.svg"}
    return [
        row("alder-table", "桤木餐桌", Body="<p>可坐六人。</p>", Variant_Price="320.00", **table),
        *scarf("羊毛围巾", "颜色", "红色", "蓝色", "尺码"),
    ]


def write_csv(path: Path, rows: list[dict[str, str]], columns: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_shop(folder: Path) -> Path:
    """A shop in two languages with variants, a sale, a sold-out thing and one product that tries to be markup."""
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "table.svg").write_text(PICTURE, encoding="utf-8")
    (folder / "shop.toml").write_text(SHOP, encoding="utf-8")
    (folder / "faq.md").write_text(FAQ, encoding="utf-8")
    write_csv(folder / "products.csv", english(), COLUMNS)
    write_csv(folder / "products.zh.csv", chinese(), COLUMNS)
    return folder


def write_plain_shop(folder: Path) -> Path:
    """All that the smallest merchant has: names and prices in Chinese, no currency, no category, no picture, no shop.toml."""
    folder.mkdir(parents=True)
    lines = ["name,image,price", "青瓷茶杯,,88", "竹编茶盘,,126.5", "白瓷盖碗,,99"]
    (folder / "products.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "faq.md").write_text("# 常见问题\n\n## 多久发货？\n付款后四十八小时内发货。\n", encoding="utf-8")
    return folder
