"""Google Merchant feeds as TSV, CSV, RSS and Atom: groups, product details and sales with dates."""

from __future__ import annotations

from pathlib import Path

from tests.shop_files import offered, only, read_text, told

TSV = (
    "id\titem_group_id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tsale_price\tsale_price_effective_date\tbrand\tcolor\tsize\tproduct_type\tgtin\n"
    "A1\tSOCK\tHiking Sock\tKeeps warm.\thttps://s.example/a\thttps://s.example/a1.jpg\tin_stock\t15.00 EUR\t12.00 EUR\t"
    "2001-01-01T00:00+0100/2199-12-31T23:59+0100\tFen\tMoss\tM\tClothing > Socks\t4006381333931\n"
    "A2\tSOCK\tHiking Sock\tKeeps warm.\thttps://s.example/a\thttps://s.example/a2.jpg\tout of stock\t15.00 EUR\t12.00 EUR\t"
    "2001-01-01T00:00Z/2001-02-01T00:00Z\tFen\tSlate\tM\tClothing > Socks\t\n"
    "B1\t\tTrail Cup\tTin.\thttps://s.example/b\thttps://s.example/b.jpg\tpreorder\t9 EUR\t\t\tFen\tRed\t\t\t\n"
)

RSS = """\
<?xml version="1.0" encoding="ISO-8859-1"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
  <channel>
    <title>Fen &amp; Co</title>
    <item>
      <g:id>C1</g:id>
      <title>Café Kanne</title>
      <description><![CDATA[<p>Holds <b>1 l</b>.</p>]]></description>
      <link>https://s.example/c</link>
      <g:image_link>https://s.example/c.jpg</g:image_link>
      <g:additional_image_link>https://s.example/c2.jpg</g:additional_image_link>
      <g:additional_image_link>https://s.example/c3.jpg</g:additional_image_link>
      <g:availability>in stock</g:availability>
      <g:price>34.90 EUR</g:price>
      <g:product_detail>
        <g:section_name>General</g:section_name>
        <g:attribute_name>Lid</g:attribute_name>
        <g:attribute_value>Cork: natural</g:attribute_value>
      </g:product_detail>
      <g:product_detail>
        <g:section_name>General</g:section_name>
        <g:attribute_name>Volume</g:attribute_name>
        <g:attribute_value>1 l</g:attribute_value>
      </g:product_detail>
    </item>
    <item>
      <g:id>C2</g:id>
      <title>Broken</title>
      <g:price>cheap</g:price>
    </item>
  </channel>
</rss>
"""

ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
  <title>Fen</title>
  <entry>
    <g:id>D1</g:id><title>Dale Lamp</title><link href="https://s.example/d"/>
    <g:price>80.00 GBP</g:price><g:availability>backorder</g:availability>
  </entry>
</feed>
"""


def test_rows_of_one_group_are_variants_told_apart_by_what_differs(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "feed.tsv", TSV)
    assert imported.problems == ()
    sock, cup = imported.products
    assert (sock.id, sock.title, sock.category, sock.brand) == ("SOCK", "Hiking Sock", "Clothing > Socks", "Fen")
    assert [variant.options for variant in sock.variants] == [(("Color", "Moss"),), (("Color", "Slate"),)]
    assert ("Size", "M") in sock.attributes
    assert [variant.sku for variant in sock.variants] == ["A1", "A2"]
    assert sock.variants[0].gtin == "4006381333931"
    assert (cup.id, dict(cup.attributes)) == ("B1", {"Color": "Red"})
    assert offered(cup) == [("", "9 EUR", "", "preorder")]


def test_a_sale_price_counts_only_inside_its_dates(tmp_path: Path) -> None:
    sock = read_text(tmp_path, "feed.tsv", TSV).products[0]
    assert offered(sock) == [("Moss", "12.00 EUR", "15.00", "in_stock"), ("Slate", "15.00 EUR", "", "out_of_stock")]


def test_the_same_feed_as_comma_separated_text(tmp_path: Path) -> None:
    csv = "\n".join(",".join(f'"{cell}"' for cell in line.split("\t")) for line in TSV.splitlines())
    assert read_text(tmp_path, "feed.csv", csv).products == read_text(tmp_path, "feed.tsv", TSV).products


def test_an_rss_feed_with_details_pictures_and_an_old_encoding(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "feed.xml", RSS.encode("iso-8859-1"))
    (product,) = imported.products
    assert (product.title, product.description, product.url) == ("Café Kanne", "Holds 1 l.", "https://s.example/c")
    assert dict(product.attributes) == {"Lid": "Cork: natural", "Volume": "1 l"}
    assert product.images == ("https://s.example/c.jpg", "https://s.example/c2.jpg", "https://s.example/c3.jpg")
    assert offered(product) == [("", "34.90 EUR", "", "in_stock")]
    assert told(imported.problems) == ["feed.xml:26 [price]: expected one price such as 19.90, got 'cheap'"]


def test_an_atom_feed_is_read(tmp_path: Path) -> None:
    product = only(read_text(tmp_path, "feed.atom", ATOM))
    assert (product.id, product.title, product.url) == ("D1", "Dale Lamp", "https://s.example/d")
    assert offered(product) == [("", "80.00 GBP", "", "backorder")]


def test_variants_of_a_group_that_differ_in_another_detail_are_kept_apart(tmp_path: Path) -> None:
    text = (
        "id,item_group_id,title,price,availability,product_detail\n"
        "E1,E,Drive,50 USD,in_stock,Main:Storage:1 TB\nE2,E,Drive,80 USD,in_stock,Main:Storage:2 TB\n"
    )
    product = only(read_text(tmp_path, "feed.csv", text))
    assert [variant.options for variant in product.variants] == [(("Storage", "1 TB"),), (("Storage", "2 TB"),)]


def test_items_without_id_or_title_and_unknown_availability_are_reported(tmp_path: Path) -> None:
    text = "id,title,price,availability\n,Cup,9 EUR,in_stock\nF1,,9 EUR,in_stock\nF2,Cup,9 EUR,perhaps\nF3,Good,9 EUR,in_stock\n"
    imported = read_text(tmp_path, "feed.csv", text)
    assert [product.title for product in imported.products] == ["Good"]
    assert told(imported.problems) == [
        "feed.csv:2 [id]: expected every item to have id, got none",
        "feed.csv:3 [title]: expected every item to have title, got none",
        "feed.csv:4 [availability]: expected in_stock, out_of_stock, preorder or backorder, got 'perhaps'",
    ]


def test_what_one_item_of_a_group_says_alone_is_its_variants_own_description(tmp_path: Path) -> None:
    text = TSV.replace("Keeps warm.", "Keeps warm. Dyed with moss.", 1)
    sock = read_text(tmp_path, "feed.tsv", text).products[0]
    assert (sock.description, [variant.description for variant in sock.variants]) == ("Keeps warm.", ["Dyed with moss.", ""])
