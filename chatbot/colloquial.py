"""How shoppers put things, said again in the words in which shops write: "it came in bits" → damaged on arrival, "自己来拿" → 自提.

Encoders are trained on written language, and the small ones here know little slang. The extra wording is tried beside the question and never in
place of it, so it can only find more. It knows trade and geography and nothing of any one shop.
"""

from __future__ import annotations

import functools
import re

_SAID: tuple[tuple[str, str], ...] = (
    # orders and delivery
    (r"\bswing by\b|\bpop (?:in|by|over)\b|\bcome and (?:get|grab)\b|\bgrab it (?:myself|ourselves)\b|\bcome (?:round|over) (?:to|for)\b|\bfetch it\b|\bpick (?:it|them|my \w+) up\b", "collect my order in person"),
    (r"\bhang on to\b|\bkeep (?:it|my \w+) (?:for me|aside)\b|\bhold (?:it|my \w+)\b|\bput (?:it|one|some) (?:aside|by)\b", "how long do you hold an order for collection or reserve an item"),
    (r"\bwrong (?:house|street|address|postcode|zip|flat|number)\b|\btypo in (?:my|the) address\b|\bmoved house\b", "change the delivery address of my order"),
    (r"\bordered by mistake\b|\bdidn'?t mean to order\b|\bcall off\b|\bstop my order\b", "cancel my order"),
    (r"\bneed (?:it|them|this|that|the [\w ]{2,30}?)?\s?(?:there |here )?(?:by )?(?:tomorrow|tonight|asap|urgently)\b|\bin a (?:hurry|rush)\b|\bthere tomorrow\b|\btomorrow morning\b", "next-day or express delivery"),
    (r"\bwhere(?:'s| is| has) my (?:stuff|order|parcel|package|things?|box)\b|\bnot (?:turned|shown) up\b|\bstill (?:nothing|waiting|not here)\b|\bno sign of\b", "track my order, my parcel is late or lost"),
    (r"\bpost (?:it|one|something|some|them|a [\w ]{2,20}?) to\b|\bsend (?:it|one|something|some|them|a [\w ]{2,20}?) to\b|\bget (?:it|one|something|them) (?:over )?to\b|\bcome to (?:my|our)\b", "delivery to a place, where do you ship"),
    (r"\bleave it (?:with|at|in|on)\b|\bnot (?:at )?home\b|\bat work all day\b|\bnobody(?:'s| is| will be)? (?:in|home)\b", "do I have to be at home for the delivery"),
    (r"\b(?:ring|call|phone|talk to|speak to|get (?:hold of|through to)) (?:you|someone|somebody)\b|\bpick(?:s)? up the phone\b|\b(?:phone|telephone) (?:hours|number|line)\b|\banybody (?:there|in)\b", "how can I contact customer service, opening hours"),
    (r"\b(?:which|what) (?:town|city|street|part of)\b|\bwhere(?:abouts)? (?:are you|is your|in)\b|\b(?:find|visit) you\b|\b(?:drop|stop|call|come) (?:by|in|over|round)\b|\bvisit\b", "where are you and when are you open, address of the shop"),
    # after the sale
    (r"\bsmashed\b|\bin (?:bits|pieces)\b|\bcracked\b|\bshattered\b|\bdented\b|\bchipped\b|\bsquashed\b|\bcrushed\b|\bripped\b|\btorn\b|\bburst\b|\bleak(?:ed|ing|s)\b|\bsoaked\b|\bspil(?:t|led)\b|\bcame (?:broken|bust)\b", "my order arrived damaged"),
    (r"\bput (?:it|this|that) right\b|\bstopped working\b|\bpacked (?:in|up)\b|\bgone wrong\b|\bconked out\b|\bdied\b|\bwon'?t (?:turn|switch|start|charge|work)\b|\bcome (?:apart|undone|loose)\b|\bstitching\b|\bfell apart\b|\bsplit\b|\bbroke(?:n)? after\b|\bno longer works\b|\bpacking up\b", "faulty item, warranty, repair or replacement"),
    (r"\bnot (?:for me|my thing|what i (?:wanted|expected|thought))\b|\bchanged my mind\b|\bdon'?t (?:like|want|fancy) (?:it|them)\b|\bdoesn'?t suit\b|\bshove it back\b|\bit back to you\b|\btoo late to (?:send|return|bring)\b", "how long do I have to return something"),
    (r"\bwrong (?:one|thing|item|colour|color|size) (?:came|arrived|turned up|in the box)\b|\bsent (?:me )?the wrong\b", "I received the wrong item"),
    (r"\b(?:bit|something|one|piece|part) (?:is |was |'s )?missing\b|\bonly (?:got|received) (?:one|half|some)\b|\bshort\b.{0,12}\bitems?\b", "something is missing from my parcel"),
    (r"\bmoney (?:back|returned)\b|\bsee my money\b|\bback (?:on|in|to) my (?:card|account|bank)\b|\brefunded?\b", "when will I get my refund"),
    (r"\bcheaper (?:now|since|a week later|last week)\b|\bprice (?:has )?(?:dropped|gone down|fell)\b|\bdropped the price\b|\bhalf price now\b", "the price was reduced after I bought it, price adjustment"),
    (r"\bsame .{0,30} cheaper\b|\bcheaper (?:at|on|elsewhere|somewhere)\b|\bbeat (?:the|that|their) price\b", "do you match prices of other shops"),
    (r"\brash\b|\bitch\w*|\bblotch\w*|\bburn(?:s|ing|t)\b|\bsting\w*|\bswell\w*|\bswollen\b|\breact(?:ed|ion)\b|\bbroke out\b|\bspots on\b", "a product does not agree with my skin, reaction"),
    # money
    (r"\bmoney off\b|\banything off\b|\bknock (?:something|anything|a bit) off\b|\bper ?cent off\b|\b% off\b|\bany deals?\b|\bcodes?\b", "discount code"),
    (r"\b(?:my|our|own) (?:small )?business\b|\bfor (?:the|our|my) (?:office|company|school|staff|team|club|business|cafe|restaurant)\b|\bin bulk\b|\bwholesale\b|\b(?:\d{2,}|dozens?|a lot) of them\b|\bi run a\b", "business, trade and bulk order discount"),
    (r"\bvouchers?\b|\be-?gift\b", "gift card"),
    (r"\bspread the (?:cost|payments?)\b|\bpay (?:monthly|later|in (?:bits|parts|chunks|three|3|4|four))\b|\bon tick\b|\binstal?lments?\b", "pay in instalments"),
    (r"\breceipt\b|\btax (?:man|back)\b|\bexpenses?\b|\bfor the accountant\b", "invoice with VAT or tax"),
    # wishes
    (r"\binitials\b|\bname (?:put |written |stamped |engraved )?on\b|\bpersonali[sz]ed?\b|\bmonogram\w*\b|\bletters (?:will )?(?:go|fit)\b", "engraving, monogram, personalisation"),
    (r"\bwrapped\b|\bwrap (?:it|them|this)\b|\bnice (?:paper|box|bow)\b|\bfor (?:her|his|my \w+'?s?) birthday\b|\bas a (?:present|gift)\b", "gift wrapping"),
    (r"\bgone? blunt\b|\bsharpened?\b|\bput an edge\b|\bre-?soled?\b|\bnew (?:soles?|heels?|zips?|strap)\b", "repair or sharpening service"),
    (r"\bhow big am i\b|\bbetween sizes\b|\bsize (?:up|down)\b|\brun (?:small|large|big)\b|\btrue to size\b|\bwhat size (?:am i|should i|do i)\b", "which size should I choose, fit"),
    (r"\bspam\b|\bstop (?:the |sending |e?mailing )|\btake me off\b|\bunsubscribe\b", "unsubscribe from the newsletter, delete my data"),
    (r"\bin the wash\b|\bthrow it in\b|\bbung it in\b|\bstick it in\b", "machine washable, care"),
    # the same in Chinese
    (r"自己(?:来|去|过来|过去)|直接(?:来|去)|上门(?:取|拿)|(?:取|提|拿)货|来店|过去拿|门店", "到店自提"),
    (r"填错|写错|搞错地址|地址不对|换(?:个)?地址|改(?:下|一下)?地址|搬家", "修改收货地址"),
    (r"拍错|点错|下错|不想要了|后悔|反悔", "取消订单或退货"),
    (r"急用|赶着|尽快|加急|明天(?:就)?要|等不及|今天(?:还)?能(?:寄|发|走)|还能(?:寄|发)出", "几点前下单当天发货，加急"),
    (r"(?:啥|什么)时候(?:能)?(?:到|收到|送到)|几天能(?:到|收)|多久(?:能)?(?:到|收)|还没(?:到|收到)|不动了|没更新", "下单后几天能到，查物流"),
    (r"邮寄的钱|寄费|邮钱|快递(?:的)?钱|路费|(?:付|出|掏|给).{0,4}(?:运费|邮费)|包油|包不包邮", "运费，包邮"),
    (r"谁(?:出|掏|付|承担|给)|(?:掏|出)(?:这笔|这个|来回)?(?:钱|运费)", "退货运费谁承担"),
    (r"碎了|裂了|碎|裂|烂了|压扁|变形|磕|破了|坏的|断了", "收到商品破损怎么办"),
    (r"失灵|不灵|不转|不亮|没反应|出毛病|罢工|充不进|开不了机|用坏|坏了|还管不管|管不管|保不保|坏掉", "保修多久，坏了怎么办"),
    (r"少了|漏了|缺了|没放|没给我|少一个|少个", "少发漏发怎么办"),
    (r"发错|寄错|不是我(?:要|买)的", "发错货"),
    (r"(?:用|炒|穿|戴|喝|试|拆|开)(?:了|过).{0,10}(?:退|换)|拆封|拆开|拆了|剪了吊牌", "使用过或拆封后还能退货吗"),
    (r"不喜欢|不合适|不满意|没看上|不太行", "七天无理由退货"),
    (r"便宜了|降了|跌(?:价|了)|买贵|更便宜|(?:补|退)(?:给我)?(?:差|多花)|多花的钱|亏了", "买完降价了，退差价，价保"),
    (r"退(?:的)?钱|钱(?:啥|什么)时候(?:退|回)|到账", "退款多久到账"),
    (r"单位|公司|学校|企业|批量|每人|团体|员工|大家(?:每人)?|一起买|几十个|上百个", "团购和企业采购优惠"),
    (r"头一回|第一回|第一次|新人|新来的|刚注册|新用户|新号", "新客首单优惠"),
    (r"(?:有|占)(?:啥|什么|点)?便宜|便宜点|少点|优惠点|打个折|能不能少|薅", "优惠券，折扣"),
    (r"(?:两|2|几|多)(?:张|个).{0,6}(?:券|码)|叠|一起用|同时用|再减", "优惠券可以叠加吗"),
    (r"攒|几分|\d+\s*分(?!钟|米|贝|期|之)", "积分怎么用，抵多少钱"),
    (r"报销|开票|专票|抬头|税号", "开发票"),
    (r"货到|到手再|见货|收到再(?:给|付)|当面付|先货后款", "货到付款"),
    (r"分期|花呗|白条|月付|慢慢还", "付款方式，分期"),
    (r"送(?:人|朋友|女|男|妈|爸|老|同学|闺蜜)|包(?:得)?好看|包一下|包装好|贺卡|礼盒", "礼品包装"),
    (r"刻(?:个|上|名|字|名字)|印(?:个|上|名|字|logo)|定制", "刻字定制"),
    (r"广告|短信|骚扰|推销|别(?:再)?(?:给我)?发", "退订短信，隐私"),
    (r"真的假的|正品|假货|是不是真", "正品保证"),
    (r"(?:没|卖完|断).{0,4}(?:货了|了).{0,8}(?:还|再)|到货(?:了)?(?:告诉|通知|叫)", "补货，到货提醒"),
    (r"(?:你们)?(?:几点|啥时候)(?:上|下)班|(?:晚上|半夜|周末).{0,6}(?:有人|在吗|回)|找(?:谁|人)", "客服在线时间，联系客服"),
)  # fmt: skip

# Places as deliveries know them. Countries come from Unicode's own list.
_REGIONS: dict[str, str] = {
    "Northern Ireland": "belfast derry londonderry lisburn newry",
    "Scottish Highlands and islands": "skye inverness orkney shetland lewis harris mull stornoway hebrides arran islay",
    "Channel Islands": "jersey guernsey alderney sark",
    "UK mainland England": "london manchester birmingham leeds liverpool bristol sheffield newcastle nottingham cornwall devon kent yorkshire",
    "Scotland, UK mainland": "glasgow edinburgh aberdeen dundee",
    "Wales, UK mainland": "cardiff swansea wrexham",
    "Republic of Ireland": "dublin cork galway limerick",
    "United States": "chicago boston seattle texas california florida philadelphia houston dallas miami denver portland atlanta nyc brooklyn vegas phoenix detroit",
    "Alaska and Hawaii, United States": "alaska hawaii honolulu anchorage",
    "Canada": "toronto vancouver montreal ottawa calgary quebec ontario",
    "Europe, European Union": "paris berlin madrid rome milan amsterdam vienna munich barcelona lisbon brussels copenhagen stockholm hamburg prague warsaw athens",
    "Asia, international": "tokyo osaka seoul singapore bangkok dubai mumbai delhi shanghai beijing",
    "Australia and New Zealand, international": "sydney melbourne brisbane perth auckland",
    "新疆": "乌鲁木齐 喀什 伊犁 克拉玛依 阿克苏 吐鲁番 哈密 库尔勒",
    "西藏": "拉萨 日喀则 林芝 那曲",
    "港澳台": "香港 澳门 台湾 台北 高雄 台中 九龙",
    "内蒙古": "呼和浩特 包头 鄂尔多斯 赤峰",
    "青海": "西宁 格尔木",
    "宁夏": "银川",
    "甘肃": "兰州 天水 敦煌",
    "江浙沪": "上海 杭州 苏州 南京 宁波 无锡 温州 绍兴 嘉兴 常州 浙江 江苏",
    "东北": "哈尔滨 长春 沈阳 大连 黑龙江 吉林 辽宁",
    "华北": "北京 天津 石家庄 太原 河北 山西",
    "华南": "广州 深圳 东莞 佛山 南宁 海口 厦门 福州 广东 广西 海南",
    "西南": "成都 重庆 昆明 贵阳 四川 云南 贵州",
    "国外，海外": "纽约 伦敦 东京 首尔 巴黎 洛杉矶 悉尼 多伦多 新加坡 曼谷",
}  # fmt: skip
_LIKE_WORDS = frozenset(
    "georgia jersey turkey chad jordan cuba togo guinea oman niger mali peru chile".split()
)  # lower case they are words or names


@functools.lru_cache(maxsize=512)
def in_shop_words(question: str) -> str:
    """The question with what it means in writing behind it; "" where there is nothing to add."""
    text = question.lower().replace("’", "'")
    added = [formal for pattern, formal in _patterns() if pattern.search(text)] + _places(question)
    gap = "，" if re.search(r"[一-鿿]", question) else ", "
    return question + gap + gap.join(dict.fromkeys(added[:4])) if added else ""


def _places(question: str) -> list[str]:
    text = question.lower()
    words = set(re.findall(r"[a-z]+", text))
    found = [region for region, names in _REGIONS.items() if any(_stands_in(name, text, words) for name in names.split())]
    if _countries("zh").search(question):
        found.append("国外，海外")
    capitals = " ".join(re.findall(r"\b[A-Z][a-z]+\b|\b(?:in|to|from) [a-z]+\b", question)).lower()
    if any(name not in _LIKE_WORDS or name in capitals for name in _countries("en").findall(text)):
        found.append("abroad, international delivery to other countries")
    return found


def _stands_in(name: str, text: str, words: set[str]) -> bool:
    if name in _LIKE_WORDS and re.search(rf"\b(?:the|this|that|a|your|my|\w+ed) {name}\b", text):
        return False  # "is the jersey in blue"
    return name in words if name.isascii() else name in text


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), formal) for pattern, formal in _SAID)


@functools.cache
def _countries(language: str) -> re.Pattern[str]:
    """Any name of a country in Unicode's CLDR, in lower case; for Chinese without the shop's own likely ones."""
    from babel import Locale

    names = {name.lower() for code, name in Locale(language).territories.items() if len(code) == 2 and code.isalpha() and len(name) >= 2}
    names |= (
        {"turkey", "holland", "czech republic", "south korea", "england", "scotland", "the us", "usa"} if language == "en" else {"韩国"}
    )
    names = {name for name in names if not name.startswith("中国") and name not in ("未知地区", "世界", "world", "unknown region")}
    edge = r"\b" if language == "en" else ""
    return re.compile(edge + "(?:" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + ")" + edge)
