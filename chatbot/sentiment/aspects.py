"""What a review speaks of: the aspects that reviews of any trade judge, by words of their own in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aspect:
    """`name` is the id; `english` and `chinese` are what people read; the words are what reviews say."""

    name: str
    english: str
    chinese: str
    words_en: str
    words_zh: str


ASPECTS = (
    Aspect(
        "fit",
        "Fit and size",
        "尺码版型",
        r"fits?|fitted|fitting|siz(?:e|es|ed|ing)|runs? (?:a bit |a little |very |really |slightly )?(?:small|large|big|narrow|wide|short|long)|"
        r"true to size|too (?:small|big|large|tight|loose|narrow|wide|short|long)|(?:looser|tighter|smaller|bigger|larger|narrower|wider) than|"
        r"snug|roomy|baggy|petite",
        "尺码|尺寸|大小|合身|合适|合脚|偏大|偏小|太大|太小|大了|小了|偏窄|偏宽|偏长|偏短|版型|码数|修身|紧身|宽松|显瘦|太紧|太松|大一码|小一码",
    ),
    Aspect(
        "quality",
        "Quality",
        "质量做工",
        r"quality|well made|well-made|made well|workmanship|craftsmanship|durab\w+|sturd\w+|robust|flims\w+|solid|broke|broken|breaks|fell apart|"
        r"falling apart|tore|torn|ripped|seams?|stitch\w*|stopped working|defect\w*|cheaply|wear and tear|showed wear|cracked|lasts?|lasted",
        "质量|品质|做工|质感|结实|耐用|牢固|扎实|用料|缝线|起毛|起球|开线|脱线|坏了|断了|裂|破了|破损|瑕疵|劣质|粗糙|正品|假货|耐磨",
    ),
    Aspect(
        "delivery",
        "Delivery",
        "物流配送",
        r"deliver\w*|shipp\w+|ship|courier|arriv\w+|parcel|dispatch\w*|tracking|came (?:a day |earlier|late|quickly|fast|on time|two|three)",
        "物流|快递|发货|送货|配送|到货|送到|收到货|才到|早到|运输|派送|签收|天到|发错|漏发",
    ),
    Aspect(
        "price",
        "Price and value",
        "价格性价比",
        r"pric\w+|cost\w*|expensive|cheap|cheaper|value|worth|overpriced|money|afford\w*|bargain|on sale|discount\w*|\$\s?\d+|petty",
        "价格|价钱|价位|性价比|便宜|贵|划算|实惠|物超所值|超值|不值|值得|值这个|降价|优惠|打折|的钱",
    ),
    Aspect(
        "service",
        "Service",
        "服务",
        r"service|staff|support|customer care|refund\w*|returns?|returned|exchange\w*|repl(?:y|ied|ies)|seller|helpful|rude|manager|warranty|"
        r"waitress|waiter|server|answered",
        "服务|客服|售后|态度|卖家|商家|店家|退货|退款|换货|退换|回复|前台|服务员|掌柜|保修",
    ),
    Aspect(
        "colour",
        "Colour",
        "颜色",
        r"colou?rs?|colou?red|shades?|hues?|faded|fading|dye|(?:darker|lighter|brighter|warmer) than",
        "颜色|色差|掉色|褪色|色彩|颜值|配色|染色",
    ),
    Aspect(
        "comfort",
        "Comfort",
        "舒适度",
        r"comfort\w*|comfy|cozy|cosy|uncomfort\w*|itch\w*|scratchy|blister\w*|rubb(?:ed|ing)|soft|softer|breath\w+|cushion\w*|wear all day|slept",
        "舒服|舒适|柔软|亲肤|透气|磨脚|扎人|扎|磨|闷热|软硬|勒|脚感",
    ),
    Aspect(
        "material",
        "Material",
        "材质",
        r"materials?|fabrics?|cotton|wool|leather|polyester|linen|silk|thin|thick|see.through|sheer|lining|texture",
        "材质|面料|布料|料子|纯棉|棉|皮质|真皮|手感|太薄|厚实|薄|厚度",
    ),
    Aspect(
        "look",
        "Look and design",
        "外观设计",
        r"look\w*|designs?|designed|styl\w+|beautiful|pretty|gorgeous|ugly|cute|flattering|appearance|elegant|pattern|print|shape",
        "外观|好看|漂亮|款式|样式|设计|难看|时尚|美观|大方|造型|图案|丑|外形",
    ),
    Aspect(
        "use",
        "Ease of use",
        "使用体验",
        r"eas(?:y|ily|ier) to|easy|simple to|use|using|user.friendly|handy|convenient|instructions?|set ?up|buttons?|complicated|difficult to|"
        r"works?|worked|working|clean\w*|assembl\w+",
        "好用|难用|方便|操作|使用|安装|说明书|按键|按钮|上手|清洗|功能|用起来|简单",
    ),
    Aspect(
        "packaging",
        "Packaging",
        "包装",
        r"packag\w+|packed in|wrapp\w+|box(?:es)?|gift.wrapp\w+",
        "包装|盒子|外盒|纸箱|密封|包裹|礼盒",
    ),
    Aspect(
        "smell_taste",
        "Smell and taste",
        "气味口感",
        r"smell\w*|odou?r\w*|scent\w*|fragran\w+|stink\w*|taste\w*|flavou?r\w*|delicious|yummy|bland|fresh",
        "味道|气味|异味|香味|臭|口感|好吃|难吃|新鲜|口味|甜|酸|难闻|香",
    ),
    Aspect(
        "battery_power",
        "Battery and power",
        "电池续航",
        r"batter\w+|charg(?:e|es|ed|ing|er)|power|runtime",
        "电池|续航|充电|电量|待机|耗电|充满",
    ),
    Aspect(
        "screen_sound",
        "Screen and sound",
        "屏幕音质",
        r"screens?|displays?|sound|speakers?|audio|volume|resolution|noise|noisy|quiet|bright\w*",
        "屏幕|屏|显示|音质|声音|音响|喇叭|噪音|分辨率|画面|亮度|散热",
    ),
    Aspect("warmth", "Warmth", "保暖", r"warm\w*|cold|chilly|insulat\w+|freez\w+|hot", "保暖|暖和|御寒|不暖|冷|暖"),
    Aspect(
        "content",
        "Content",
        "内容",
        r"story|stories|plot|characters?|author|writing|chapters?|a (?:good|great|quick|dull) read|page.turner",
        "内容|故事|情节|作者|文笔|翻译|印刷|纸张|字体|插图",
    ),
    Aspect(
        "room_place",
        "Room and place",
        "房间环境",
        r"rooms?|bathroom|location|lobby|hotel|atmosphere|ambian?ce|parking|view",
        "房间|卫生间|环境|位置|大堂|隔音|酒店|早餐|设施|床单|装修|地理",
    ),
)
NAMES = {aspect.name: aspect for aspect in ASPECTS}
_EN = {aspect.name: re.compile(rf"(?<![a-z])(?:{aspect.words_en})(?![a-z])", re.IGNORECASE) for aspect in ASPECTS}
_ZH = {aspect.name: re.compile(aspect.words_zh) for aspect in ASPECTS}
_HAN = re.compile(r"[一-鿿]")


def named_in(clause: str) -> Iterator[tuple[str, int, int]]:
    """(aspect's name, start, end of the word that names it) for each aspect that a clause speaks of, each once."""
    chinese = _HAN.search(clause) is not None
    latin = re.search(r"[A-Za-z]{3}", clause) is not None
    for name in NAMES:
        match = (_ZH[name].search(clause) if chinese else None) or (_EN[name].search(clause) if latin else None)
        if match:
            yield name, match.start(), match.end()
