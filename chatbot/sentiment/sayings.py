"""What reviewers say in so many words and a shopper asks about: it runs small, the colour differs, it arrived late. Patterns, no model.

A saying counts only where it is not denied ("doesn't run small", "没有色差"). Each has a sentence in both languages for an answer with counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chatbot.sentiment.clauses import Clause
from knowledge_base.languages import has_han


@dataclass(frozen=True, slots=True)
class Saying:
    """`english` and `chinese` complete "N of M reviewers say …"; `aspect` is what it belongs to; `praises`: whether it is praise."""

    name: str
    aspect: str
    english: str
    chinese: str
    pattern: re.Pattern[str]
    in_english: re.Pattern[str]  # the same without the Chinese words, for a text that has none
    praises: bool


_A_BIT = r"(?:a (?:bit|little|tad|touch)|slightly|very|really|quite|pretty|so|way|rather|somewhat|extremely|too)"


_PRAISE = frozenset(
    "true_to_size arrives_fast comfortable waterproof easy_to_clean battery_lasts light quiet buys_again no_plastic".split()
)


def _saying(name: str, aspect: str, english: str, chinese: str, *words: str) -> Saying:
    words_en, words_zh = words
    latin = rf"(?<![a-z])(?:{words_en})(?![a-z])"
    patterns = [re.compile(words, re.IGNORECASE) for words in (f"{latin}|{words_zh}", latin)]
    return Saying(name, aspect, english, chinese, patterns[0], patterns[1], name in _PRAISE)


SAYINGS = (
    _saying(
        "runs_small",
        "fit",
        "it runs small",
        "偏小",
        rf"(?:runs?|ran|running|fits?|is|are|was|were|came|comes|cut) (?:{_A_BIT} )*(?:on the )?(?:small|tight|narrow|short)(?: side)?|"
        r"too (?:small|tight|narrow|snug)|(?:smaller|tighter|narrower|snugger) than|siz(?:e|ed|ing) up|(?:go|went|order|ordered|get|got|take|took) "
        r"(?:an?|one|1) (?:full )?size (?:up|bigger|larger)|narrow|(?:an?|one) size (?:up|larger|bigger)",
        r"偏小|太小|小了|偏窄|窄了|太窄|偏紧|太紧|紧了|偏短|(?:买|换|拍|选|要)大(?:了)?一?[码号]|换大了|大一码",
    ),
    _saying(
        "runs_large",
        "fit",
        "it runs large",
        "偏大",
        rf"(?:runs?|ran|running|fits?|is|are|was|were|came|comes) (?:{_A_BIT} )*(?:on the )?(?:large|big|wide|loose|long|baggy)(?: side)?|"
        r"too (?:big|large|loose|wide|baggy)|(?:bigger|larger|looser|wider|roomier) than|siz(?:e|ed|ing) down|"
        r"(?:an?|one) size (?:down|smaller)",
        r"偏大|太大|大了(?!一?[码号])|偏松|松了|太松|偏宽|太宽|偏长|(?:买|换|拍|选|要)小(?:了)?一?[码号]|小一码",
    ),
    _saying(
        "true_to_size",
        "fit",
        "it is true to size",
        "尺码标准",
        r"true to size|tts|fits? (?:perfectly|just right|as expected|well|great|like a glove)|perfect fit|fit (?:is|was) (?:perfect|great|spot on)|"
        r"as expected in size|usual size (?:fits|fitted|was right)|"
        r"right size",
        r"尺码(?:很|挺|非常)?(?:标准|准|合适|刚好|正好|正)|大小(?:很|挺|非常)?(?:合适|刚好|正好)|很?合身|正合适|刚刚好|合脚",
    ),
    _saying(
        "colour_differs",
        "colour",
        "the colour differs from the picture",
        "有色差",
        r"(?:colou?r|shade|hue)[a-z' ]{0,25}(?:different|darker|lighter|warmer|brighter|duller|not (?:as|like|what|the same)|off)|"
        r"(?:darker|lighter|warmer|brighter|duller) than (?:on|in|the|my|it|pictured|shown|expected)|not the colou?r",
        r"(?:有|严重)?色差|颜色[^，。！]{0,6}(?:不一样|不同|不符|不对|差太|比图|差别)",
    ),
    _saying(
        "colour_fades",
        "colour",
        "the colour fades",
        "掉色",
        r"(?:colou?rs? )?(?:faded|fades|fading|bled|bleeds|washed out)",
        r"掉色|褪色|掉了?颜色",
    ),
    _saying(
        "breaks",
        "quality",
        "it broke or came apart",
        "坏了",
        r"(?:it |they |zip |zipper |strap |handle |buckle )?(?:broke|broken|snapped|cracked|tore|ripped|stopped working|fell apart|"
        r"(?:came|coming|come) (?:apart|undone|loose)|died)|pulled (?:out|loose) a thread|seams? (?:opened|split|gave)",
        r"坏了|坏掉|断了|裂了|裂开|破了|烂了|开线|脱线|开胶|散架|起毛了|用不了|不能用",
    ),
    _saying(
        "shows_wear",
        "quality",
        "it shows wear soon",
        "容易磨损",
        r"(?:show(?:s|ed)?|signs of) (?:some )?wear|wore (?:out|thin)|worn (?:out|through)|pill(?:s|ed|ing)|fray(?:s|ed|ing)",
        r"起球|磨损|磨破|磨坏|起毛",
    ),
    _saying(
        "arrives_late",
        "delivery",
        "it arrived late",
        "送得慢",
        r"(?:arrived|came|delivered|delivery was|shipping was|deliver\w*) (?:\w+ )?(?:late|slow|slowly|delayed)|slow (?:delivery|shipping)|"
        r"(?:took|after) (?:over |more than |almost |nearly )?(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) "
        r"(?:days|weeks) to (?:arrive|come|get here)|late delivery|(?:days|weeks?) late",
        r"(?:天|周|星期|个月)才(?:到|收到|送到|发货)|(?:物流|快递|发货|送货|配送)[^，。！]{0,4}(?:慢|迟|晚)|迟到|迟迟",
    ),
    _saying(
        "arrives_fast",
        "delivery",
        "it arrived quickly",
        "送得快",
        r"(?:earlier|sooner|faster|quicker) than (?:announced|expected|promised|i|the)|(?:fast|quick|prompt|speedy|swift) (?:delivery|shipping|"
        r"dispatch)|(?:arrived|came|delivered|shipped) (?:\w+ )?(?:early|quickly|fast|promptly|on time|in (?:one|two|three|\d) days?|the next day)|"
        r"a day earlier",
        r"早到|提前(?:到|送)|(?:物流|快递|发货|送货|配送|速度)[^，。！]{0,4}(?:快|给力|神速|迅速)|(?:第二天|次日|隔天|当天)就?(?:到|收到)",
    ),
    _saying(
        "uncomfortable",
        "comfort",
        "it is uncomfortable",
        "不舒服",
        r"uncomfortable|itch(?:y|es|ed)|scratchy|blisters?|rubb(?:ed|ing|s)|digs? in|chaf\w+|not comfortable",
        r"不舒服|磨脚|跟才不磨|扎人|有点扎|勒得|磨得",
    ),
    _saying(
        "comfortable", "comfort", "it is comfortable", "舒服", r"comfortable|comfy|cozy|cosy|soft|cushion(?:ed|y)", r"舒服|舒适|柔软|软软"
    ),
    _saying(
        "no_plastic",
        "packaging",
        "it comes without plastic",
        "包装没有塑料",
        r"no (?:needless |unnecessary |single.use )?plastic|plastic.free|without (?:any )?plastic",
        r"(?:没有|没用|不用|无)塑料",
    ),
    _saying(
        "smells",
        "smell_taste",
        "it smells at first",
        "有异味",
        r"(?:bad|strong|chemical|awful|weird|strange|plastic|musty|terrible) (?:smell|odou?r)|smell(?:s|ed) (?:of|like|bad|awful|strong|"
        r"strange|weird|terrible)|stinks?",
        r"异味|有味道|味道(?:很|太|有点)?(?:大|重|刺鼻)|难闻|刺鼻|臭",
    ),
    _saying(
        "waterproof",
        "use",
        "it keeps water out",
        "防水",
        r"(?:completely |really |truly )?(?:waterproof|watertight)|kept (?:me|us|everything|it|my \w+) dry|stayed dry|no leaks?|did(?:n't| not) leak",
        r"(?<!不)(?:很|挺|真)?防水|没漏|不漏",
    ),
    _saying(
        "leaks",
        "quality",
        "it leaks",
        "漏水",
        r"leak(?:s|ed|ing|y)|soaked through|let(?:s)? (?:in )?water in|wet inside",
        r"漏水|渗水|漏了|漏气|不防水",
    ),
    _saying(
        "easy_to_clean",
        "use",
        "it is easy to clean",
        "好清洗",
        r"eas(?:y|ily|ier) (?:to )?(?:clean|wash|rinse)\w*|cleans? (?:up )?easily",
        r"好清洗|容易清洗|好洗|易清洗",
    ),
    _saying(
        "battery_lasts",
        "battery_power",
        "the battery lasts",
        "续航好",
        r"batter\w+[a-z ]{0,12}(?:lasts?|lasted|holds?|is (?:great|good|excellent|amazing))|(?:great|good|long|excellent|amazing) battery|holds (?:a|its) charge",
        r"(?:续航|电池|待机)[^，。！]{0,4}(?:久|长|强|好|给力|耐用)",
    ),
    _saying(
        "battery_short",
        "battery_power",
        "the battery does not last",
        "续航短",
        r"batter\w+[a-z ']{0,16}(?:dies|died|drains?|drained|does not last|doesn't last|did not last|is (?:bad|poor|terrible|weak)|barely)|"
        r"(?:bad|poor|short|terrible|weak) battery",
        r"(?:续航|电池|待机)[^，。！]{0,4}(?:短|差|不行|不耐|不给力|太快)|掉电快|耗电快",
    ),
    _saying(
        "heavy",
        "use",
        "it is heavy",
        "偏重",
        rf"(?:is|are|was|too|bit|very|quite|rather) (?:{_A_BIT} )*heavy|heavier than",
        r"太重|偏重|有点重|很重|好重",
    ),
    _saying(
        "light",
        "use",
        "it is light",
        "轻便",
        r"lightweight|(?:so|very|really|super|small,) light(?!s|ing)|lighter than|weighs (?:nothing|next to nothing|little)",
        r"轻便|很轻|好轻|比看上去轻",
    ),
    _saying(
        "noisy",
        "screen_sound",
        "it is noisy",
        "噪音大",
        r"noisy|(?:too|very|so) loud|makes? (?:a lot of |too much )?noise",
        r"噪音(?:很|太|有点)?大|很吵|太吵",
    ),
    _saying("quiet", "screen_sound", "it is quiet", "安静", r"(?:very |so |really |super )?quiet|silent", r"很?安静|静音|没有?噪音"),
    _saying(
        "buys_again",
        "quality",
        "they would buy it again",
        "会回购",
        r"(?:would|will|i'd|i'll|going to) (?:definitely |certainly )?(?:buy|order|purchase) (?:it |this |them |one )?again|bought (?:a second|another)",
        r"会回购|还会(?:再)?买|会再(?:来|买)|下次还|再次购买",
    ),
)
NAMED = {saying.name: saying for saying in SAYINGS}
_DENIED = re.compile(r"(?:\bnot|n't|\bnever|\bno|\bwithout|\bisn|\bnor)(?:\s+\w+){0,2}\s*$|[没無无不未别][有会觉得是太很]?$", re.IGNORECASE)


def said_in(clause: Clause) -> list[tuple[Saying, int, int]]:
    """(what is said, start and end of the words that say it in the whole text), each saying once."""
    found, chinese = [], has_han(clause.text)
    for saying in SAYINGS:
        pattern = saying.pattern if chinese else saying.in_english
        match = next((one for one in pattern.finditer(clause.text) if not _denied(clause.text, one)), None)
        if match:
            found.append((saying, clause.start + match.start(), clause.start + match.end()))
    return found


def _denied(text: str, match: re.Match[str]) -> bool:
    """Whether a denial stands right before the words; one inside them belongs to them."""
    return _DENIED.search(text[: match.start()]) is not None
