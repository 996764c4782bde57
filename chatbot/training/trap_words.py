"""How traps are asked, several wordings each, and the words by which a right and a wrong reply are known, in English and Chinese.

The wordings are our own. `{version}` is an option as a shopper says it ("in Red, size M"; 红色、M码), with its own preposition.
"""

from __future__ import annotations

Wordings = tuple[str, ...]

ASKED: dict[str, tuple[Wordings, Wordings]] = {
    "price": (
        (
            "How much is the {title}?",
            "what does the {title} cost",
            "Price of the {title}, please?",
            "What do you charge for the {title}?",
            "hi, whats the price of the {title} right now",
        ),
        ("{title}多少钱？", "请问{title}的价格是多少", "{title}怎么卖", "想买{title}，要多少钱呀"),
    ),
    "price_of_version": (
        ("How much is the {title} {version}?", "what would i pay for the {title} {version}", "Price for the {title} {version}?"),
        ("{title}{version}多少钱？", "请问{title}{version}的价格", "{version}的{title}要多少钱"),
    ),
    "sale_now": (
        (
            "Is the {title} reduced, and what does it cost now?",
            "whats the {title} going for in the sale",
            "What is the sale price of the {title}?",
        ),
        ("{title}打折吗，现在多少钱？", "{title}现在特价是多少", "{title}有优惠吗？现价多少"),
    ),
    "sale_before": (
        (
            "What was the price of the {title} before the reduction?",
            "what did the {title} cost before the sale",
            "The {title} is on sale: what was it before?",
        ),
        ("{title}原价是多少？", "{title}打折前多少钱", "{title}没打折的时候卖多少"),
    ),
    "list_as_price": (
        (
            "I saw the {title} for {wrong}. Is that what I pay?",
            "So the {title} is {wrong}, right?",
            "the {title} costs {wrong} at the moment, correct?",
        ),
        ("{title}现在是{wrong}对吧？", "我看到{title}标价{wrong}，付款也是这个价吗", "{title}要付{wrong}，没错吧？"),
    ),
    "stock": (
        (
            "Is the {title} in stock?",
            "do you have the {title} available right now",
            "Can I still get the {title}?",
            "is the {title} there to order today",
        ),
        ("{title}有货吗？", "{title}还有没有", "{title}现在能买到吗", "请问{title}有现货吗"),
    ),
    "stock_of_version": (
        (
            "Is the {title} {version} in stock?",
            "do you have the {title} {version}",
            "Can I order the {title} {version} right now?",
            "{title} {version} - still there?",
        ),
        ("{title}{version}有货吗？", "{version}的{title}还有吗", "{title}{version}现在能买吗", "请问{title}{version}有现货吗"),
    ),
    "no_such_version": (
        (
            "Do you have the {title} {version}?",
            "can i get the {title} {version}",
            "Does the {title} come {version}?",
            "I'd like the {title} {version}, is that possible?",
        ),
        ("{title}有{version}的吗？", "想要{version}的{title}，有吗", "{title}能不能选{version}", "{title}出{version}吗"),
    ),
    "wrong_price": (
        (
            "Since the {title} costs {wrong}, what do I pay for two of them?",
            "My friend told me the {title} is {wrong}. Is that its price?",
            "the {title} is {wrong}, isn't it?",
            "As the {title} is only {wrong}, what would one cost me?",
        ),
        (
            "既然{title}只要{wrong}，买两件要付多少？",
            "朋友说{title}是{wrong}，价格对吗",
            "{title}是{wrong}吧？",
            "听说{title}卖{wrong}，准确价格是多少",
        ),
    ),
    "wrongly_gone": (
        (
            "Since the {title} is sold out, when will it be back?",
            "Pity that the {title} is sold out. Is it really?",
            "the {title} is out of stock, isn't it?",
        ),
        ("{title}卖完了，什么时候补货？", "{title}是不是没货了", "听说{title}售罄了，是真的吗"),
    ),
    "wrongly_there": (
        (
            "Good that the {title} is in stock. Can I order it today?",
            "Since you have the {title} in stock, can you send me one today?",
            "the {title} is in stock, isn't it?",
        ),
        ("{title}有货对吧，今天能下单吗？", "既然{title}有现货，今天可以买吗", "{title}还有货吧？"),
    ),
    "attribute": (
        (
            "What is the {name} of the {title}?",
            "{title}: {name}?",
            "Can you tell me the {name} of the {title}?",
            "i need to know the {name} of the {title}",
        ),
        ("{title}的{name}是多少？", "请问{title}的{name}", "{title}{name}是什么", "想知道{title}的{name}"),
    ),
    "wrong_attribute": (
        (
            "The {name} of the {title} is {wrong}, right?",
            "Since the {name} of the {title} is {wrong}, I'm not sure it suits me. Is it really?",
            "is the {name} of the {title} {wrong}",
        ),
        ("{title}的{name}是{wrong}，对吗？", "听说{title}的{name}是{wrong}，是真的吗", "{title}的{name}是{wrong}吧"),
    ),
    "yes_or_no": (
        ("{title}: {name}, yes or no?", "Is it yes or no for “{name}” with the {title}?", "the {title}, {name}?"),
        ("{title}{name}吗？", "请问{title}{name}吗", "{title}的“{name}”是还是否？"),
    ),
    "by_code": (
        ("Which product has the item number {code}?", "what is item {code}", "I have {code} on my list. What is it called?"),
        ("货号{code}是什么商品？", "{code}是哪一款", "请问{code}对应哪个商品"),
    ),
    "by_description": (
        (
            "Which of your products is this: “{quote}”",
            "I read “{quote}” on your pages. Which product was that?",
            "Looking for the thing you describe with “{quote}”. What's it called?",
        ),
        ("“{quote}”说的是哪款商品？", "你们有款商品写着“{quote}”，叫什么名字", "想找介绍里写“{quote}”的那款，是哪个？"),
    ),
    "cheapest": (
        (
            "What is your cheapest product in {category}?",
            "cheapest thing you have under {category}?",
            "Which is the cheapest in {category}, and how much is it?",
        ),
        ("{category}里最便宜的是哪款？", "{category}最便宜的是什么，多少钱", "{category}哪个最便宜"),
    ),
    "not_sold": (
        ("How much is the {title}?", "Is the {title} in stock?", "do you sell the {title}"),
        ("{title}多少钱？", "{title}有货吗", "你们卖{title}吗"),
    ),
}

# What hardly any shop states, each with words of which none may occur in the shop's texts for the question to be unanswerable.
UNSTATED: tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        ("Who designed the {title}?", ("design",)),
        ("How many of the {title} did you sell last year?", ("last year", "units sold")),
        ("What is the carbon footprint of the {title}?", ("carbon", "co2", "footprint")),
        ("When does the successor of the {title} come out?", ("successor", "new version", "next version")),
        ("What does your supplier charge you for the {title}?", ("supplier charge", "purchase price", "wholesale")),
        ("Which awards has the {title} won?", ("award",)),
        ("Which celebrity advertises the {title}?", ("celebrit", "influencer")),
        ("What is the resale value of the {title} after three years?", ("resale", "second-hand", "second hand")),
        ("Who is the chief executive of this shop?", ("chief executive", "ceo", "founder", "owner", "founded by")),
        ("Which football club do you sponsor?", ("football", "sponsor")),
        ("How many people work for you?", ("employee", "people work", "staff of", "team of", "we are")),
        ("What was your turnover last year?", ("turnover", "revenue")),
    ),
    (
        ("{title}是谁设计的？", ("设计",)),
        ("{title}去年卖了多少件？", ("去年", "销量")),
        ("{title}的碳排放是多少？", ("碳排放", "碳足迹")),
        ("{title}的下一代什么时候出？", ("下一代", "新款上市", "升级款")),
        ("{title}的进货价是多少？", ("进货价", "批发", "成本价")),
        ("{title}得过什么奖？", ("奖",)),
        ("{title}是哪位明星代言的？", ("代言", "明星")),
        ("{title}用三年以后二手能卖多少？", ("二手", "转卖")),
        ("你们店的老板叫什么名字？", ("老板", "创始人", "店主")),
        ("你们赞助哪支球队？", ("赞助", "球队")),
        ("你们店一共有多少员工？", ("员工", "团队")),
        ("你们店去年营业额多少？", ("营业额", "销售额")),
    ),
)
NOT_SOLD = (
    ("Vexalor Hoverboard 9000", "Quillix Weather Drone", "Zarnow Submarine Camera", "Brontic Ice Harp", "Olvex Night Accordion"),
    ("维克萨悬浮滑板", "奇利克斯气象无人机", "扎诺潜水摄影舱", "布隆冰竖琴", "奥维夜光手风琴"),
)

IN_STOCK = (("in stock", "available", "yes", "you can order", "can be had"), ("有货", "现货", "可以下单", "能买", "有的", "还有", "可订购"))
SOLD_OUT = (
    ("sold out", "out of stock", "not in stock", "unavailable", "not available", "n't in stock", "n't available", "none left", "no stock"),
    ("售罄", "缺货", "无货", "没货", "没有货", "没有现货", "无现货", "卖完", "断货"),
)
SAID_GONE = (
    (
        "not in stock",
        "not available",
        "n't in stock",
        "n't available",
        "unavailable",
        "is out of stock",
        "are out of stock",
        "is sold out",
        "are sold out",
    ),
    ("没有货", "没货", "没有现货", "无现货", "无货", "缺货", "卖完", "是的", "目前已售罄"),
)
DENIED = (
    (
        "not among",
        "n't have",
        "not have",
        "n't offer",
        "not available",
        "n't available",
        "n't come",
        "no,",
        "only",
        "there is no",
    ),
    ("没有", "不提供", "无此", "不是", "暂无", "不卖", "没卖", "只有", "仅有", "不在"),
)
UNKNOWN = (
    (
        "couldn't find",
        "could not find",
        "n't say",
        "not say",
        "n't know",
        "not know",
        "n't tell",
        "no information",
        "n't mention",
        "not mention",
        "n't have",
        "not have",
    ),
    (
        "没有找到",
        "没有提到",
        "没有说明",
        "未提及",
        "未说明",
        "查不到",
        "不清楚",
        "不知道",
        "无法确定",
        "没有相关",
        "没有写明",
        "资料里没有",
    ),
)
NOT_FOUND = (
    (
        "couldn't find",
        "could not find",
        "not sell",
        "n't sell",
        "n't have",
        "not have",
        "not in",
        "n't in",
        "no such",
        "not know",
        "n't know",
    ),
    ("没有找到", "没有卖", "不卖", "没卖", "没有这", "没有该", "没有相关", "查不到", "不售", "暂时没有", "未找到"),
)
YES_WORDS = (("yes, ", "yes. ", "yes! "), ("是的，", "有的，", "对的，"))
SAID_YES = (("yes", "is {name}", "can be"), ("是", "可以", "能", "支持"))
SAID_NO = ((" not ", "n't ", "no, ", "no. "), ("不可以", "不能", "不支持"))
NO_WORDS = (("no", "not", "n't"), ("不", "没", "否", "无"))


def place(language: str) -> int:
    """Where a language stands in the tables; English where we have no other."""
    return 1 if language == "zh" else 0


def version_said(options: tuple[tuple[str, str], ...], names: tuple[bool, ...], language: str) -> str:
    """An option as a shopper says it. `names` tells for each pair whether its name (and not only its value) has to be said."""
    if language == "zh":
        return "、".join(f"{name}{value}" if said else value for (name, value), said in zip(options, names, strict=True))
    return "in " + ", ".join(f"{name.lower()} {value}" if said else value for (name, value), said in zip(options, names, strict=True))
