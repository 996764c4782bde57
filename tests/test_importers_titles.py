"""The title of a product whose rows have titles of their own."""

from pathlib import Path

import pytest

from knowledge_base.importers.titles import beyond_title, shared_title
from tests.shop_files import read_text


@pytest.mark.parametrize(
    ("titles", "shared"),
    [
        (("Masonry Shield White 5 L", "Masonry Shield White 10 L", "Masonry Shield Stone 5 L"), "Masonry Shield"),
        (("Soft Matt Paint - Oat, 1 L", "Soft Matt Paint - Sea Fret, 1 L"), "Soft Matt Paint"),
        (("Chalk Paint in Barley", "Chalk Paint in Soot"), "Chalk Paint"),
        (("Combi Drill - body only", "Combi Drill - kit"), "Combi Drill"),
        (("Wren Lamp", "Wren Lamp Large"), "Wren Lamp"),
        (("Wren Lamp (red)", "Wren Lamp (blue)"), "Wren Lamp"),
        (("Spot 4 W", "Spot 45 W"), "Spot"),
        (("Fly Reel #5/6", "Fly Reel #7/8"), "Fly Reel"),
        (("Wren Lamp", "Wren Lamp"), "Wren Lamp"),
        (("Red Lamp", "Blue Lamp"), "Red Lamp"),
        (("棉麻衬衫 白色", "棉麻衬衫 蓝色"), "棉麻衬衫"),
        (("", "Wren Lamp"), "Wren Lamp"),
        (("", ""), ""),
    ],
)
def test_the_title_is_what_all_begin_with(titles: tuple[str, ...], shared: str) -> None:
    assert shared_title(titles) == shared


def test_what_a_title_says_beyond_is_told_without_what_joins_it() -> None:
    assert beyond_title("Combi Drill - body only", "Combi Drill") == "body only"
    assert beyond_title("Wren Lamp (red)", "Wren Lamp") == "red"
    assert beyond_title("Another", "Wren Lamp") == ""
    assert beyond_title("Fly Reel #5/6 Graphite", "Fly Reel", ["graphite"]) == "5/6"


def test_rows_that_only_their_titles_tell_apart_are_versions(tmp_path: Path) -> None:
    rows = ["D1,D,Combi Drill - body only,99 EUR,in_stock", "D2,D,Combi Drill - kit 2 x 4.0 Ah,199 EUR,out_of_stock"]
    text = "\n".join(["id,item_group_id,title,price,availability", *rows])
    (drill,) = read_text(tmp_path, "feed.csv", text).products
    assert drill.title == "Combi Drill"
    assert [variant.options for variant in drill.variants] == [(("Version", "body only"),), (("Version", "kit 2 x 4.0 Ah"),)]


def test_no_variant_is_lost_where_title_and_colour_tell_rows_apart_together(tmp_path: Path) -> None:
    rows = [f"R{number},R,Fly Reel #{size},95 EUR,{stock},{colour}" for number, (size, colour, stock) in enumerate(
        [("5/6", "Graphite", "in_stock"), ("5/6", "Bronze", "out_of_stock"), ("7/8", "Graphite", "in_stock"), ("7/8", "Bronze", "in_stock")]
    )]  # fmt: skip
    found = read_text(tmp_path, "feed.csv", "\n".join(["id,item_group_id,title,price,availability,color", *rows]))
    (reel,) = found.products
    assert not found.problems
    assert [dict(variant.options) for variant in reel.variants] == [
        {"Color": colour, "Version": size} for size in ("5/6", "7/8") for colour in ("Graphite", "Bronze")
    ]
