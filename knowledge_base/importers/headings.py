"""What the columns of a plain product list mean, by the names that merchants give them in English, Chinese and a few other languages.

One table, used for CSV headers and for the keys of JSON objects alike. Where a list has two columns for one thing, the name that stands
first here is the better one: a "sale price" beside a "price" is what is paid, a "title" beside a "name" is what is shown.
"""

from __future__ import annotations

import re

from knowledge_base.importers.tables import column

_ROLES: dict[str, str] = {
    "title": "title|product title|product name|item name|name|product|item|标题|商品标题|商品名称|商品名|产品名称|产品名|名称|品名|商品|产品"
    "|produktname|artikelname|bezeichnung|nom|nombre|nome",
    "price": "sale price|special price|current price|selling price|retail price|unit price|price|price amount|现价|促销价|活动价|零售价|售价"
    "|销售价|单价|商品价格|价格|preis|prix|precio|prezzo",
    "list_price": "list price|original price|regular price|compare at price|counter price|market price|old price|was|was price|msrp|rrp|原价|市场价|划线价|吊牌价"
    "|uvp",
    "image": "image|image url|image link|image src|main image|picture|photo|img|images|thumbnail|主图|图片|图片链接|商品图片|图片地址|主图链接|图|bild|imagen|immagine",
    "description": "short description|brief|summary|description|product description|long description|details|detail|body|body html|text|about|简介|摘要|卖点|描述"
    "|商品描述|产品描述|产品介绍|介绍|说明|详情|商品详情|beschreibung|descripción|descrizione",
    "parent_category": "parent category|main category|一级分类|一级类目|父分类",
    "category": "category|categories|product category|product type|type|department|collection|分类|商品分类|二级分类|类别|类目|品类|kategorie|catégorie|categoría",
    "brand": "brand|brand name|vendor|manufacturer|maker|品牌|品牌名称|厂商|牌子|marke|hersteller|marque|marca",
    "stock": "stock|stock quantity|quantity|qty|inventory|inventory quantity|available stock|stock level|availability|in stock|available|availability status|库存"
    "|库存数量|数量|货存|库存状态|是否有货|现货|bestand|verfügbarkeit|lager",
    "sku": "sku|code|product code|item code|item id|item number|article number|item no|ref|reference|货号|商品货号|商品编号|商品编码|编号|编码|款号|artikelnummer",
    "id": "item group id|group id|id|product id|handle|商品id|产品id",
    "gtin": "gtin|ean|upc|barcode|isbn|gtin13|条码|条形码|商品条码",
    "url": "url|link|product url|product link|链接|商品链接|网址",
    "currency": "currency|price currency|currency code|币种|货币",
    "tags": "tags|tag|keywords|标签|关键词|关键字",
}  # fmt: skip
OPTIONS = frozenset(
    "size|color|colour|variant|option|flavor|flavour|scent|capacity|尺码|颜色|规格|尺寸|口味|款式|容量|香型|farbe|größe|couleur|taille".split(
        "|"
    )
)
# What the shop keeps for itself: such a column is never shown to a shopper, neither as a brand nor as an attribute.
_PRIVATE = re.compile(
    r"\b(?:costs?|margin|profit|markup|wholesale|purchase price|suppliers?|internal|private|staff|einkaufspreis|marge|lieferant|intern)\b"
    r"|进价|进货|成本|采购|批发|供应商|供货|利润|毛利|内部|备注"
)
_BETTER = {name: (rank, role) for role, names in _ROLES.items() for rank, name in enumerate(names.split("|"))}
# Beside a better price these are what was paid before the reduction.
_FULL_PRICES = frozenset(
    ["price", "unit price", "selling price", "价格", "售价", "单价", "商品价格", "零售价", "销售价", "retail price", "preis"]
)
_JOINED = frozenset(["description", "options", "image", "stock"])  # roles that any number of columns may have


def role_of(name: str) -> str:
    """The role of a normalised header such as "price (eur)" or "商品名称"; "options" for sizes and colours; "" for any other."""
    bare = bare_name(name)
    return "options" if bare in OPTIONS else _BETTER.get(bare, (0, ""))[1]


def is_private(name: str) -> bool:
    """Whether a normalised header names the shop's own business: what it paid, from whom, its notes."""
    return _PRIVATE.search(name) is not None


def roles_of(header: tuple[str, ...]) -> dict[str, str]:
    """Header name → role, one column a role but for descriptions and options. A price beside a sale price becomes the list price."""
    ranked = sorted((name for name in header if name), key=lambda name: _BETTER.get(bare_name(name), (0, ""))[0])
    roles: dict[str, str] = {}
    for name in ranked:
        role = role_of(name)
        if role in _JOINED or (role and role not in roles.values()):
            roles[name] = role
        elif role == "price" and bare_name(name) in _FULL_PRICES and "list_price" not in map(role_of, header):
            roles[name] = "list_price"
        elif role == "id" and bare_name(name) == "id" and "sku" not in map(role_of, header):  # beside the id of a group
            roles[name] = "sku"
    return {name: roles[name] for name in header if name in roles}


def bare_name(name: str) -> str:
    """ "price (eur)", "价格（元）" and "price eur" are prices."""
    plain = re.sub(r"\s*[(（\[].*?[)）\]]\s*$", "", name).strip(" *:：")
    plain = re.sub(r"(?<=price) (?:in )?(?:eur|usd|gbp|cny|rmb)$|(?<=preis) (?:in )?eur$", "", plain)
    return column(plain)
