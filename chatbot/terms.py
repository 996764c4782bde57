"""The words of a text that carry meaning, in one canonical form, so that a question and a passage can be compared word by word.

English words are stemmed (Snowball), Chinese is cut by jieba; the everyday synonyms of trade ("post", "deliver", "ship";
"寄", "发货", "配送") fold into one term. Digits stay as they are. Knows nothing of any one shop.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from knowledge_base.chinese import chinese_dictionary

_LATIN = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[一-鿿㐀-䶿]+|[^\W_]+", re.IGNORECASE)
_PHRASES = (
    (
        re.compile(
            r"\b(?:send|bring|give|ship|mail|post|take)(?:ing)? (?:it |them |this |that |something |things |an? \w+ |the [\w ]{2,30}? |my \w+ )?back\b"
        ),
        " return ",
    ),
    (re.compile(r"\b(?:get |have |want )?(?:my |the )?money(?: is| be)? back\b"), " refund "),
    (re.compile(r"\bhow (?:long|many days|much time) do (?:i|we) (?:have|get)\b|\bby when (?:can|must|do|should) i\b"), " days "),
    (re.compile(r"\bif (?:i|she|he|they) (?:do(?:n'?t| not)|does(?:n'?t| not)) (?:like|want|fit) (?:it|them)\b"), " "),
    (re.compile(r"\b(?:change|changed) my mind\b"), " return "),
    (re.compile(r"\b(?:how (?:long|quick(?:ly)?|fast|soon)|when will|when does|when do)\b"), " duration "),
    (re.compile(r"\bp\s?&\s?p\b"), " shipping "),
    (re.compile(r"\bget in touch\b"), " contact "),
    (re.compile(r"\b(?:made|consists?|built|sewn|woven|knitted) (?:of|from|out of)\b|\bwhat material\b"), " material "),
)  # said in several words, meant as one
_HAN = re.compile(r"[一-鿿㐀-䶿]")

_STOP_EN = frozenset(
    """a an the this that these those it its it's i i'm i'd i'll i've me my mine we our you your yours he she they them their his her
    of to in on at by for with from as into over about than then there here is are was were be been being am do does did doing done
    have has had having can could will would shall should may might must and or but if so just also too very really please pls plz
    hi hello hey thanks thank ok okay well um like get got go going let us what which who whom whose when where why how much many
    any some no not nor yes yeah whether kind kinds sort sorts type types thing things something anything someone anyone one ones tell know wondering
    wonder want wanna need looking look interested question ask asking help say says said give show find out up down off more most
    other another every each all both u ur r im ive dont doesnt isnt cant whats hows theres s t m re ve ll d actually maybe perhaps
    currently now today still even only ever own way case possible able sure right exactly use used using make come comes take takes
    put good nice best great buy buying bought purchase purchased shop store item items product products order guys y'all anyways
    btw lol hmm oh ah policy policies rule rules window period info information true false work works""".split()
)
_STOP_ZH = frozenset(
    """的 了 吗 呢 啊 吧 呀 哦 嘛 么 是 我 你 您 我们 你们 他 她 它 这 那 这个 那个 这款 那款 这些 那些 有 没有 没 不 要 想 会 能 能不能 可以 可不可以 可否 是否 是不是 有没有 请 请问 问 一下 什么 哪个 哪些 哪 哪里
    怎么 怎样 如何 为什么 几 多少 多 和 与 或 及 也 都 就 还 在 到 从 给 对 把 被 用 让 很 太 最 更 一个 一 个 件 款 种 们 店 店里 你家 您家 商品 产品 东西 谢谢 政策 规定 规则 怎么办 方面 麻烦 知道 告诉 看看
    帮 帮我 现在 目前 今天 需要 如果 的话 之后 以后 里 上 下 中 时 时候 做 弄 得 地 着 过 来 去 买 购买 想买 想要 可 家 么样 怎么样 还是 而且 但是 因为 所以 大概 左右 呃 嗯 你好 您好 亲 哈 该 此 其 之 为 以 于
    并 等 吗？ 啥 咋 咋样 咱 咱们 俺 呗 嘞 哟 滴 哒 噢 哪儿 这儿 那儿 里头 到底 究竟 反正 其实 店里的 家里""".split()
)
# Each line folds into its first word. Stems for English (as Snowball leaves them), whole words for Chinese.
_SYNONYMS_EN = """
ship deliv deliveri shipment shipping post postag dispatch courier send sent mail freight
return refund exchang swap reimburs moneyback
price cost expens cheap pricey afford charg fee rate
discount coupon voucher promo promot code sale deal reduct reduc
pay payment checkout card
stock avail soldout restock inventori
size measur dimens sizing
colour color shade
weigh weight heavi light lightweight
warranti guarante
repair fix broken damag defect faulti
cancel cancell
contact reach email phone telephon call
person human oper repres staff
wash clean launder care machinewash washabl launderabl
materi fabric
airplan plane flight fli aircraft aeroplan
oversea abroad intern internat foreign worldwid
track tracking trace
account login regist sign
privaci data gdpr
gift present
loyalti reward point member membership
hour open opening
address locat
durat time
child kid children
dog pet cat
spare replac
waterproof rainproof watertight
"""
_SYNONYMS_ZH = """
配送 到货 收到 发货 寄 寄送 邮寄 运送 快递 物流 送货 派送 送达 寄到 送到 发到
运费 邮费 快递费 包邮 免邮 免运费
退货 退款 退换 退换货 换货 退 退回 退钱 无理由
价格 价钱 多少钱 价 售价 原价 贵 便宜 费用 钱 要钱 免费 收费 付费
优惠 折扣 打折 优惠券 优惠码 折扣码 券 促销 特价 活动
付款 支付 付钱 结账
库存 现货 有货 缺货 断货 补货
尺码 尺寸 大小 码 号
颜色 色 色系
重量 重 多重 净重 轻
质保 保修 保修期 质保期
维修 修 坏 损坏 破损 瑕疵 质量问题 裂 裂开 碎 碎裂 破 破裂 故障 磕碰
取消 撤销
联系 客服 电话 邮箱 联系方式
清洗 洗 清洁 保养 机洗 水洗
材质 材料 面料 原料
国外 海外 国际 境外
跟踪 查询 追踪 单号
隐私 数据 信息
礼物 送礼 礼品 送人 礼品包装
积分 会员 会员卡
营业时间 几点 营业
地址 位置 门店 实体店
多久 几天 多长时间 时间 时效 多少天
保质期 过期 保存期
"""


def _fold(table: str) -> dict[str, str]:
    return {word: line.split()[0] for line in table.strip().splitlines() for word in line.split()}


@functools.cache
def _folds() -> tuple[dict[str, str], dict[str, str]]:
    return _fold(_SYNONYMS_EN), _fold(_SYNONYMS_ZH)


@functools.cache
def _stemmer() -> object:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@functools.lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Snowball stem of one lower-case English word."""
    return str(_stemmer().stemWord(word))  # type: ignore[attr-defined]


@functools.lru_cache(maxsize=8_000)
def _cut(text: str) -> tuple[str, ...]:
    return tuple(chinese_dictionary().cut(text, guess=False))


def is_known_word(word: str) -> bool:
    """Whether the Chinese dictionary has it."""
    return chinese_dictionary().has(word)


def normalise(text: str) -> str:
    """NFKC, lower case, straight apostrophes: the form in which words are compared."""
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def words(text: str) -> list[str]:
    """Every word in reading order, lower case, unstemmed; Chinese cut into words."""
    found: list[str] = []
    plain = normalise(text)
    for phrase, word in _PHRASES:
        plain = phrase.sub(word, plain)
    for match in _LATIN.finditer(plain):
        piece = match.group()
        found.extend(_cut(piece) if _HAN.search(piece) else [piece])
    return found


def term(word: str) -> str:
    """The canonical form of one word."""
    english, chinese = _folds()
    if _HAN.search(word):
        return chinese.get(word, word)
    base = stem(word.removesuffix("'s"))
    return english.get(base, base)


def terms(text: str) -> list[str]:
    """The canonical content words in reading order, stop words left out."""
    return [term(word) for word in words(text) if word.split("'")[0] not in _STOP_EN and word not in _STOP_ZH]


def is_chinese(text: str) -> bool:
    """Whether Han characters outweigh Latin words: "M码有货吗" is Chinese, "the 茶 mug" is not."""
    han = len(_HAN.findall(text))
    latin = len(re.findall(r"[A-Za-z]+", text))
    return han > 0 and han >= latin
