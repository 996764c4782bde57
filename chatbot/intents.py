"""What a question asks for, read with small deterministic rules in English and Chinese.

Only the kinds of question whose answer stands in the shop's record are recognised here (price, stock, options, an
attribute, a list, a comparison), and the few that are not about the shop at all (greeting, thanks, a person). All else is
left to retrieval. Knows no product and no model; a wrong reading must therefore never be enough to make a false claim.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

from chatbot.smalltalk import Social, smalltalk
from chatbot.terms import is_chinese, normalise
from chatbot.told_price import tells_price

Field = Literal["price", "sale", "stock", "quantity", "size", "colour", "options", "describe", "sku", "brand", "attribute"]
Superlative = Literal["cheapest", "dearest", "lightest", "heaviest"]

_PERSON = (
    r"\b(talk|speak|chat|connect|transfer|put|pass|get)\b.{0,24}\b(person|human|someone|somebody|agent|representative|rep|operator|staff|advisor|manager|real)\b"
    r"|\b(human|real person|live (agent|person|chat)|customer (service|support) (agent|rep\w*|person))\b(?!.{0,12}(hair|size))"
    r"|(转|找|要|换|叫|接|联系).{0,4}(人工|真人|客服)|人工客服|人工服务|^人工$|真人客服"
)
_ANGRY = (
    r"\b(furious|outrag\w+|ridiculous|unacceptable|disgust\w+|pathetic|scam(mers?|med)?|rip[- ]?off|worst (shop|service|store|experience)|"
    r"fed up|sick of|useless|terrible service|awful service|lawyer|sue you|wtf|bullshit|fuck\w*|never (buy|order|shop)\w* (here|again))\b"
    r"|(投诉|太差了|垃圾|骗子|坑人|气死|忍无可忍|差劲|欺骗消费者|工商|12315|再也不来|什么破)"
)
_SHIPPING = (
    r"\b(ship\w*|deliver\w*|post(age|al|ed)?|courier|return\w*|refund\w*|exchang\w*|gift[- ]?wrap\w*|repair\w*|engrav\w*|express|customs|(?:send|bring|give) (?:it|them|this|that|the [\w ]{2,30}?|my [\w ]{2,30}?) back|(?:send|bring|give|money) back)\b"
    + (r"|(运费|邮费|配送|快递|发货|寄|退货|退款|换货|能退|可以退|退吗|包装费|维修|刻字|关税)")
)
_FIELDS: tuple[tuple[Field, str], ...] = (
    ("quantity", r"\bhow many\b.{0,30}\b(left|in stock|available|remain\w*|do you have)\b|(还剩|剩下?|库存).{0,4}(多少|几)|多少库存|有多少(件|个|存货|库存)"),
    ("price", r"\b(price[sd]?|(?<!it )(?<!that )(?<!has )(?<!have )cost(?! a (?:fortune|bomb|lot|packet))s?|how much(?! (?!to\b|for\b|do\b|does\b|is\b|are\b|r\b|was\b|were\b|will\b|would\b|did\b|money\b|it\b|the\b|they\b|a\b|an\b|your\b|this\b|that\b|these\b|those\b|off\b|each\b|per\b|in\b|with\b|then\b|now\b|please\b)\w)|how expensive|expensive is|pricing|what(?:'?s| is| are) .{0,80} going for|set (?:me|us|you|one) back|what (?:do|would|will|did) (?:you|they)(?: guys)? (?:charge|ask|want)(?: (?:me|us|people|one))? for|what(?:'?s| is| are| do| does| did| would| will|'?d|'?ll)\b[^?.!]{0,70}\b(?:cost|go(?:ing)? for|run (?:me|us)|setting me back)|what(?:'?s| is) the (?:damage|asking price)|how many (?:pounds|dollars|euros?|quid|bucks)|what (?:are|were) you (?:charging|asking)|(?:how much|what) (?:extra|more|dearer|cheaper) (?:is|are|does|do|for)|works? out (?:dearer|cheaper)|(?:which|who) (?:is|are|costs?) (?:dearer|more|less)|what (?:do|would|will|should|must|'d|am|are) (?:i|we|one|you) (?:have to |need to |got to |going to )?pay(?:ing)? for|what (?:i|we)(?:'d| would|'ll| will) (?:have to )?pay)\b|(多少钱|[花付掏]多少(?!定金|押金|税)|要多少(?!天|久|时间|人|分)|(?:要|卖|是不是|就)\d+(?:元|块|块钱)?[吗吧呀么]|\d+(?:元|块)[吗吧么]|啥价|咋卖|多钱|价位|价格|价钱|售价|原价|现价|到手价|什么价|几块|多少元|怎么卖|卖多少(?!台|件|个|份|单)|贵不贵|贵吗)"),
    ("sale", r"\b(on sale|discount(ed)?|reduced|sale price|on offer|special offer|marked down|cheaper than before|deal|(?:before|prior to) (?:the )?(?:reduction|sale|discount)|original(?:ly)? price|full price|rrp|used to (?:be|cost)|money off|knocked (?:[\w£$€]+ ){0,3}off|price cuts?|cut (?:the )?prices?|bargains?|clearance)\b|(打折|特价|原来.{0,3}(?:多少|卖|价)|降价|促销|优惠价|折扣|减价)"),
    ("stock", r"\b(in stock|out of stock|sold[- ]?out|available|availability|have (it|them|any|this|that|these|those)\b.{0,20}\b(left|stock)|still (have|sell|got)|"
              r"back in stock|restock\w*|can i (still )?(buy|order|get)|(?:there|ready|possible) to order|to order (?:today|now|right away)|any .{0,40}left|left (?:in|to buy|over)|(?:on|in) (?:your|the) shel(?:f|ves)|ready to (?:go|send|ship|post|take)|back in yet|has it gone|(?:have|are) (?:they|those) (?:all )?gone|(?:got|have) (?:one|any|some) (?:ready|there|in))\b|(有货|现货|缺货|断货|没货|卖完|售罄|库存|还有吗|有没有货|还有没有|有货没|补货|能买到|还能买)"),
    ("colour", r"\b(colou?rs?|shades?|what colou?r|in (black|white|red|blue|green|grey|gray|pink|yellow|orange|purple|brown|beige|navy))\b|(颜色|色号|什么色|哪些色|几种色|有.{0,3}色)"),
    ("size", r"\b(sizes?|what size|which size|sizing|fit me|in (xxs|xs|s|m|l|xl|xxl|small|medium|large)|size[sd]? (up|down))\b|(尺码|码数|尺寸|多大|几码|什么码|[smlx]码|大码|小码|\d+码)"),
    ("options", r"\b(options?|variants?|versions?|comes? in|come in|which kinds|(?:what|which|how many) (?:different |other )?(?:lengths|widths|heights|depths|patterns|designs|prints|finishes|styles|kinds|strengths|capacities|thicknesses|diameters|scents|grinds|cuts|materials)(?= (?:do|does|are|is|have|has|can|could|of|for|in|you|it|there)\b(?! (?:best|right|good|recommended|i need)))|flavou?rs?|configurations?)\b|(规格|款式|口味|版本|型号|几种)"),
    ("sku", r"\b(sku|item number|article number|product (code|number)|barcode|ean|gtin|upc)\b|(货号|条码|条形码|商品编号|型号编码)"),
    ("brand", r"\b(brand|who makes|made by|manufacturer|maker)\b|(品牌|牌子|厂家|什么牌|谁生产)"),
    ("describe", r"\b(tell me (more )?about|describe|details? (of|on|about)|more (info|information|details)|what'?s the .{3,50}(like|about)|information (on|about)|"
                 r"features? of|specs?|specifications?|anything special)\b|(介绍|详情|详细|怎么样|参数|说说|了解一下|特点|配置)"),
)  # fmt: skip
_OTHER_PRICE = (  # not what the shop takes for it: its value when used, what the shop itself paid
    r"\b(second[- ]?hand|pre-?owned|resale|resell|sell (?:it|them|this|that|mine) (?:on|for|again|later)|trade[- ]?in|depreciat\w*|supplier|"
    r"costs? (?:you|your (?:shop|company|suppliers?)|the shop) (?!.{0,3}to (?:ship|send)))\b"
    r"|(二手.{0,6}(?:能|可以|还|会|值|价)|转卖|转手|倒卖|回收|折旧|保值|能卖(?:多少|几|到)|进货|进价|成本|出厂价|拿货)"
)
_LIST = (
    r"\b(what|which)\b.{0,60}\b(do you (have|sell|carry|stock|offer)|are there|have you got|you got|available|in stock|on sale|under|below|less than|between|over)\b"
    r"|\b(show|list|find|give) me\b|\b(looking|searching|shopping) for\b|\bi(?:'m| am)? (?:need|want|after)\b|\bi'?d like (a|an|some)\b"
    r"|\b(recommend|suggest)\w*\b|\bany(thing)? .{0,40}\b(under|below|less than|cheaper|for|between|on sale)\b|\bdo you (have|sell|carry|stock|offer)\b"
    r"|\bgot any\b|\bsomething (for|to|under)\b|\b(?:gifts?|presents?)\b.{0,20}\b(for|ideas?)\b|\boptions for\b|\b\w+s (under|below|between|over|less than) [$€£]?\d"
    r"|\b(?:what|which)\b.{0,40}\b(?:reduced|discounted|marked down|money off|knocked|on (?:sale|offer))\b|\bwhat'?s on (sale|offer)\b|\banything on (sale|offer)\b|\bwhat (products|items|kinds?|types?|sort)\b"
    r"|(有哪些|有什么|有没有|推荐|求推荐|想找|想买|想要|找一[个款件双]|列出|都有哪|卖不卖|有卖|卖.{1,8}吗|适合.{1,14}(的|吗)|以[上下内].{0,8}|[有卖][吗么没]?[？?]?$|不超过|送礼|有.{1,12}吗|卖.{0,2}哪些|哪些.{1,8}|几款|几种|有多少种|^(?:(?![是在吗呢哪怎多能可会产]).){1,12}的(?:(?![是在吗呢哪怎多能可会产]).){1,4}$)"
)
_EXISTS = r"\b(do|does|did) (you|u|the shop|this shop|your shop|your store)( guys| also)? (have|sell|carry|stock|offer|do)\b|\bgot any\b|(卖不卖|有卖|卖.{1,10}吗|有木有|有没[？?。]?$|有没有.{1,12}|有.{1,12}(吗|卖))"
_COMPARE = (
    r"\bwhich\b.{0,40}\b(longer|more|less|better|faster|warmer|cooler|bigger|larger|smaller|stronger|quieter|thicker|thinner|taller|higher|lower|most|least)\b|\b(?:or|vs)\b.{1,40}\bwhich\b"
    r"|\b(compare|comparison|versus|vs\.?|difference between|differ|better|which (?:one |of (?:those|these|them|the \w+) )?(?:is|was|are) (cheaper|lighter|heavier|bigger|larger|smaller|more expensive|longer|taller|warmer))\b"
    r"|\b(cheaper|dearer|lighter|heavier|bigger|larger|smaller|taller|longer|more expensive|pricier)\b.{0,60}\b(or|than)\b"
    r"|\bor\b.{1,50}\b(cheaper|dearer|lighter|heavier|more expensive|pricier)\b"
    r"|(对比|比较|区别|哪个(更|好|便宜|轻|重|大|贵)|哪款(更|好|便宜|轻|重|大|贵)|谁更|(?:和|跟|与|还是).{1,12}哪[个款]|哪[个款样种].{0,6}(?:划算|花钱少|省钱|实惠)|最(?:多|大|小|长|短|厚|薄|快|高|低|久|宽|省电|安静|保温).{0,10}(?:哪|是)|(?:哪|谁).{0,6}最(?:多|大|小|长|短|厚|薄|快|高|低|久|宽|省电|安静|保温)|哪[个款].{0,6}更|比.{1,12}(?:重|轻|贵|便宜|大|小|长|短|高)(?:多少|吗)?|和.{1,20}比|跟.{1,20}比)"
)
_SUPERLATIVE: dict[Superlative, str] = {
    "cheapest": r"\b(cheapest|least expensive|lowest[- ]priced?|most affordable|lowest price)\b|最便宜|价格最低|最低价",
    "dearest": r"\b(most expensive|dearest|priciest|highest[- ]priced?|most costly)\b|最贵|价格最高",
    "lightest": r"\blightest\b|最轻",
    "heaviest": r"\bheaviest\b|最重",
}
_CHEAPER = r"\b(anything|something|one|any|it in) cheaper\b|\bcheaper (one|option|alternative|version)s?\b|^cheaper\b|便宜(一?点|些)的|(?<!个)(?<!款)(?<!种)(?<!样)(?<!谁)更便宜"
_SIMILAR = r"\b(similar|alternatives?|(?:something|anything|more|others?|ones?) like (?:this|that|it|these)|comparable|goes? well with|go with it|match(es|ing) (it|this|with))\b|(类似|相似|替代|差不多的|同类|搭配)"
_BROWSE = r"\bwhat (do|does|can) (you|the shop|your (shop|store)) (sell|have|offer|carry)\s*\??$|\b(what|which) (categories|products|product range|departments)\b|^(你们|店里|店铺|你家|贵店)*(家|店)?(都)?(卖|有|卖的)(些)?(什么|哪些)(东西|商品|产品|类|种类|分类)?[？?]?$|哪些分类|商品分类"
_DEICTIC = r"\b(it|its|it's|this|that|they|them|these|those|the (one|ones|first|second|third|last|other))\b|(它|这个|那个|这款|那款|这件|那件|这双|这些|那些|此款|第[一二三四五1-5]|前者|后者|上面)"
_ELLIPSIS = r"^(and|also|what about|how about|what if|but|or|so|in|for|with|then|ok and|okay and)\b|^(那|那么|还有|另外|呢|如果|要是|换成)|呢[？?]?$"
_ORDINALS = (
    (r"\b(first|1st)\b(?! (order|time|purchase|class))|第[一1](个|款|件|双|种)|前者|\bformer\b", 0),
    (r"\b(second|2nd)\b(?! (hand|order|time))|第[二2](个|款|件|双|种)|后者|\blatter\b", 1),
    (r"\b(third|3rd)\b|第[三3](个|款|件|双|种)", 2),
    (r"\b(fourth|4th)\b|第[四4](个|款|件|双|种)", 3),
    (r"\b(fifth|5th)\b|第[五5](个|款|件|双|种)", 4),
    (r"\bthe last( one)?\b|最后(一)?(个|款|件|双|种)", -1),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a question ask for. `fields` in order of precedence."""

    language: str
    fields: tuple[Field, ...] = ()
    social: Social | None = None
    person: bool = False
    angry: bool = False
    listing: bool = False
    exists: bool = False
    compare: bool = False
    superlative: Superlative | None = None
    cheaper: bool = False
    similar: bool = False
    browse: bool = False
    shipping: bool = False
    deictic: bool = False
    ellipsis: bool = False
    ordinal: int | None = None


def read(question: str, language: str = "") -> Reading:
    """Read one question. `language` overrides the guess."""
    text = normalise(question).strip()
    shipping = _has(_SHIPPING, text)
    fields: tuple[Field, ...] = tuple(field for field, pattern in _FIELDS if _has(pattern, text))
    if {"size", "colour"} & set(fields):  # "which colours does it come in" asks for the colours, not for all options
        fields = tuple(field for field in fields if field != "options")
    if tells_price(question) and not {"price", "sale"} & set(fields):
        fields = ("price", *fields)
    if _has(_OTHER_PRICE, text):
        fields = tuple(field for field in fields if field != "price")
    if shipping:  # "how much is delivery of the kettle" asks a policy, not the kettle's record
        fields = ()
    return Reading(
        language=language or ("zh" if is_chinese(text) else "en"),
        fields=fields,
        social=smalltalk(text),
        person=_has(_PERSON, text),
        angry=_has(_ANGRY, text),
        listing=_has(_LIST, text),
        exists=_has(_EXISTS, text),
        compare=_has(_COMPARE, text),
        superlative=next((name for name, pattern in _SUPERLATIVE.items() if _has(pattern, text)), None),
        cheaper=_has(_CHEAPER, text),
        similar=_has(_SIMILAR, text),
        browse=_has(_BROWSE, text),
        shipping=shipping,
        deictic=_has(_DEICTIC, text),
        ellipsis=_has(_ELLIPSIS, text),
        ordinal=next((place for pattern, place in _ORDINALS if _has(pattern, text)), None),
    )


def _has(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
