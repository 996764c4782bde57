"""Every sentence the assistant says in its own words, in English and Chinese.

These state nothing about the shop but what their `{fields}` carry, and those are filled from the record. No sentence begins with
a bare yes or no: a record answer states the fact, so it is right whichever way the question was put. Only a price that the shopper told and
that was held against the record (told_price.py) is first said to be right or not.
"""

from __future__ import annotations

_PHRASES: dict[str, tuple[str, str]] = {
    # social
    "greeting": ("Hello! Ask me about our products, prices, stock, delivery or returns.", "您好！商品、价格、库存、配送或退换货，都可以问我。"),
    "thanks": ("You're welcome! Is there anything else I can look up for you?", "不客气！还有什么需要我查的吗？"),
    "goodbye": ("Thanks for stopping by. Have a good day!", "感谢光临，祝您愉快！"),
    "who": (
        "I'm the shop's automatic assistant, not a person. I answer from the shop's own products, FAQ and policies, and I can bring in a person of the shop.",
        "我是店铺的自动助手，不是真人。我根据店铺的商品、常见问题和政策来回答，也可以为您转接店员。",
    ),
    "yes_to_nothing": ("All right. What else would you like to know?", "好的，您还想了解什么呢？"),
    "no": ("All right. Just ask if something else comes up.", "好的，有其他问题随时问我。"),
    # handing over
    "handoff": ("I'm passing you on to a person of the shop. Please leave your message here; they will see this conversation.", "正在为您转接店员。您可以在这里留言，店员会看到这段对话。"),
    "handoff_contact": ("You can also reach the shop at {contact}.", "您也可以通过 {contact} 联系店铺。"),
    "angry": ("I'm sorry this has been a bad experience. I'm passing you on to a person of the shop, who will see this conversation.", "非常抱歉给您带来不好的体验。正在为您转接店员，店员会看到这段对话。"),
    # not knowing
    "unknown": ("I couldn't find that in the shop's information, so I don't want to guess.", "店铺的资料里没有找到这方面的信息，我不想随意猜测。"),
    "unknown_part": ("On “{part}” I couldn't find anything in the shop's information.", "关于“{part}”，店铺的资料里没有找到。"),
    "unknown_field": ("The shop's record for {title} doesn't say that, so I don't want to guess.", "{title}的资料里没有找到这一点，我不想随意猜测。"),
    "nearest_field": ("The shop's record for {title} doesn't say exactly that. The closest it says: {quote}", "{title}的资料里没有找到完全对应的说明，最接近的内容是：{quote}"),
    "nearest_each": ("The shop's records don't say exactly that. The closest they say:", "商品资料里没有找到完全对应的说明，最接近的内容是："),
    "unknown_product": ("I couldn't find exactly that in the shop's catalogue.", "在店铺的商品目录里没有找到完全符合的商品。"),
    "unsure": ("I'm not sure that this answers your question.", "不确定下面的说明是否完全对应您的问题。"),
    "says": ("The shop says: {quote}", "店铺的说明是：{quote}"),
    "nearest": ("The closest thing the shop says: {quote}", "店铺资料里最接近的内容是：{quote}"),
    "nearest_products": ("The closest I can find:", "比较接近的商品有："),
    "offer_person": ("Would you like me to bring in a person of the shop?", "需要我为您转接店员吗？"),
    "quoted_other_language": ("In the shop's own words: {quote}", "店铺的原文说明：{quote}"),
    "refused": (
        "I can't do that. I only answer from this shop's own information, and what a message tells me to say doesn't change its prices or rules. What would you like to know about the shop?",
        "这个我做不到。我只根据本店的资料回答，消息里的要求不会改变店铺的价格和规则。您想了解店铺的什么呢？",
    ),
    "refused_private": ("I can't help with that: other people's data and the shop's internals are not mine to give. I answer questions about products, delivery, returns and policies.", "这个我不能提供，也无法确认。他人的信息和店铺内部资料不对外透露，我只回答商品、配送、退换货和政策方面的问题。"),
    "overloaded": ("I'm answering many people right now, so here is what the shop's own text says:", "现在咨询的人较多，先为您附上店铺的原文："),
    # what reviewers say
    "the_shop": ("the shop's products", "本店商品"),
    "reviews_of": ("Reviews of the {title}", "{title}的评价"),
    "reviews_say": ("{count} of {total} reviewers of {title} say {what}.", "{title}的{total}条评价里，有{count}条说{what}。"),
    "reviews_say_too": ("{count} say {what}.", "有{count}条说{what}。"),
    "reviewer": ("One writes: {quote}.", "其中一条写道：{quote}。"),
    "reviewers": ("They write: {quotes}.", "他们写道：{quotes}。"),
    "reviews_aspect": (
        "{count} of {total} reviewers of {title} speak of {what}: {praise} praise it, {blame} complain.",
        "{title}的{total}条评价里，有{count}条谈到{what}：{praise}条称赞，{blame}条不满意。",
    ),
    "reviews_all": ("Of {total} reviews of {title}, {praise} praise it and {blame} complain.", "{title}共有{total}条评价：{praise}条称赞，{blame}条不满意。"),
    "reviews_praised": ("Praised most: {what}.", "称赞最多的是：{what}。"),
    "reviews_blamed": ("Complained of most: {what}.", "抱怨最多的是：{what}。"),
    # price
    "price": ("The price of the {title} is {price}.", "{title}的价格是{price}。"),
    "price_sale": ("The sale price of the {title} is {price}, reduced from {list_price}.", "{title}现在特价{price}，原价{list_price}。"),
    "price_option": ("The price of the {title} in {options} is {price}.", "{title}（{options}）的价格是{price}。"),
    "price_option_sale": ("The sale price of the {title} in {options} is {price}, reduced from {list_price}.", "{title}（{options}）现在特价{price}，原价{list_price}。"),
    "price_range": ("The price of the {title} is between {low} and {high}, depending on the version: {each}.", "{title}的价格在{low}到{high}之间，具体为：{each}。"),
    "told_right": ("Yes. {said}", "是的。{said}"),
    "told_wrong": ("No. {said}", "不是的。{said}"),
    "price_unknown": ("The shop's record gives no price for the {title}.", "店铺资料里没有{title}的价格。"),
    "also_sold_out": ("Sold out at the moment.", "目前已售罄。"),
    "sale_no": ("There is no discount on the {title} at the moment; the price is {price}.", "{title}目前没有打折，价格是{price}。"),
    "sale_no_option": ("There is no discount on the {title} in {options} at the moment; the price is {price}.", "{title}（{options}）目前没有打折，价格是{price}。"),
    "sale_other": ("Reduced: {options} at {price}, was {list_price}.", "特价的是{options}：{price}，原价{list_price}。"),
    # stock
    "stock": ("{title}: in stock.", "{title}目前有货。"),
    "stock_some": ("{title}: in stock in {available}. Sold out: {sold_out}.", "{title}目前有货的有：{available}。已售罄：{sold_out}。"),
    "stock_all": ("{title}: in stock in every version: {available}.", "{title}所有规格都有货：{available}。"),
    "stock_none": ("{title}: sold out at the moment.", "{title}目前已售罄。"),
    "stock_option": ("{title} in {options}: in stock.", "{title}（{options}）目前有货。"),
    "stock_option_some": ("{title} in {options}: in stock in {available}. Sold out: {sold_out}.", "{title}（{options}）：有货的有{available}；已售罄的有{sold_out}。"),
    "stock_option_none": ("{title} in {options}: sold out at the moment.", "{title}（{options}）目前已售罄。"),
    "stock_instead": ("In stock: {available}.", "目前有货的有：{available}。"),
    "stock_unknown": ("The shop's record doesn't say whether {title} can be had right now.", "店铺资料里没有写明{title}是否有货。"),
    "preorder": ("{title}: available for pre-order.", "{title}可以预订。"),
    "backorder": ("{title}: not in stock right now, but open for orders, which are sent when it arrives.", "{title}目前没有现货，但可以下单，到货后发出。"),
    "quantity": ("Stock of the {title}: {quantity}.", "{title}的库存还有{quantity}件。"),
    "quantity_each": ("Stock of the {title}: {each}.", "{title}的库存：{each}。"),
    "quantity_unknown": ("The shop's record doesn't say how many there are.", "店铺资料里没有写明具体库存数量。"),
    # options and attributes
    "option_values": ("{name} of the {title}: {values}.", "{title}可选{name}：{values}。"),
    "option_values_in": ("{name} of the {title} that can be had in {options}: {values}.", "{title}（{options}）现有的{name}：{values}。"),
    "version_absent": ("There is no version of the {title} in {options}.", "{title}没有{options}这种组合。"),
    "versions_there": ("The closest there are: {values}.", "比较接近的有：{values}。"),
    "option_absent": ("{asked} is not among the options of the {title}.", "{title}的选项里没有{asked}。"),
    "options_there": ("{name}: {values}.", "{name}：{values}。"),
    "that_option": ("That {name}", "这个{name}"),
    "that_version": ("That", "这一种"),
    "no_options": ("There is one version of the {title}.", "{title}只有一种规格。"),
    "sold_out_options": ("Sold out at the moment: {values}.", "目前售罄：{values}。"),
    "attribute": ("{name} of the {title}: {value}.", "{title}的{name}：{value}。"),
    "brand": ("The brand of the {title} is {value}.", "{title}的品牌是{value}。"),
    "sku": ("Item number of the {title}: {value}.", "{title}的货号：{value}。"),
    # lists
    "list": ("These products match:", "符合条件的商品："),
    "list_one": ("One product matches:", "符合条件的商品："),
    "list_more": ("Many products match. The first of them:", "符合条件的商品较多，先列出一部分："),
    "list_line": ("- {title}: {price}{note}", "- {title}：{price}{note}"),
    "list_line_bare": ("- {title}{note}", "- {title}{note}"),
    "list_suggest": ("These look closest to what you describe:", "与您描述最接近的商品："),
    "list_none": ("None of our products match all of that.", "没有商品同时符合这些条件。"),
    "note_sale": (" (on sale, was {list_price})", "（特价，原价{list_price}）"),
    "note_sold_out": (" (sold out)", "（已售罄）"),
    "cheapest": ("The cheapest is the {title} at {price}.", "最便宜的是{title}，{price}。"),
    "dearest": ("The most expensive is the {title} at {price}.", "最贵的是{title}，{price}。"),
    "lightest": ("The lightest is the {title}: {value}.", "最轻的是{title}：{value}。"),
    "heaviest": ("The heaviest is the {title}: {value}.", "最重的是{title}：{value}。"),
    "nothing_cheaper": ("I found nothing cheaper than the {title} ({price}) of that kind.", "没有找到比{title}（{price}）更便宜的同类商品。"),
    "categories": ("We sell products in these categories: {values}.", "店铺的商品分类有：{values}。"),
    "catalogue": ("Some of the products we sell:", "店铺的部分商品："),
    "similar": ("Similar to the {title}:", "与{title}类似的商品："),
    "similar_cheaper": ("Similar to the {title}, and cheaper:", "与{title}类似，价格更低的商品："),
    "goes_with": ("These go with the {title}:", "可以和{title}搭配的商品："),
    "goes_department": ("The shop names nothing that goes with the {title}. Also from the same department:", "店铺没有写明什么和{title}搭配。同一大类的还有："),
    "goes_with_cart": ("These go with what is in your cart:", "可以和您购物车里的商品搭配的有："),
    "why_pair": (" – the shop pairs them", "（店铺推荐搭配）"),
    "why_together": (" – bought together by other shoppers", "（其他顾客一起买过）"),
    "from_price": ("from {price}", "{price}起"),
    # compare
    "compare_line": ("- {title}: {facts}", "- {title}：{facts}"),
    "compare_lower_price": ("Cheaper: the {title}.", "{title}更便宜。"),
    "compare_same_price": ("They cost the same.", "它们的价格相同。"),
    "compare_lighter": ("Lighter: the {title}.", "{title}更轻。"),
    "which_one": ("Which one do you mean: {titles}?", "您指的是哪一款：{titles}？"),
    "shop_contact": ("You can reach the shop by {ways}.", "您可以通过以下方式联系店铺：{ways}。"),
    "price_name": ("price", "价格"),
    "sold_out_word": ("sold out", "已售罄"),
    "in_stock_word": ("in stock", "有货"),
    "error": ("Something went wrong on our side while I was answering. Please ask again.", "回答时出了点问题，请再问一次。"),
}  # fmt: skip


def say(key: str, language: str, **values: object) -> str:
    """The sentence `key` in `language` (English where we have no other)."""
    english, chinese = _PHRASES[key]
    return (chinese if language == "zh" else english).format(**values)


def join(values: list[str] | tuple[str, ...], language: str) -> str:
    """A readable list: "S, M and L" / "S、M、L"."""
    items = list(dict.fromkeys(values))
    if language == "zh":
        return "、".join(items)
    return ", ".join(items) if len(items) < 3 else ", ".join(items[:-1]) + " and " + items[-1]
