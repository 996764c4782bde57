"""Sentences of praise and complaint about things of many trades, made from tables that were written for this program.

The reviews that may train a shipped head come from few trades, so a head trained on them alone knows "runs small" and not "the soup was cold".
What is made here teaches it the frames in which people judge anything: praised, blamed, denied ("not bad", "nothing to complain about"),
turned ("pretty, but it broke"), with the verdict in what comes after the "but". Knows no model. The same seed makes the same sentences.
"""

from __future__ import annotations

import random

_GOOD = """amazing awesome beautiful brilliant comfortable delicious delightful durable elegant excellent exceptional fabulous fair fantastic fast
flawless fresh friendly fun good gorgeous great handy helpful impressive incredible lovely nice outstanding perfect phenomenal pleasant polite
professional quick reasonable reliable satisfying solid spotless strong stunning sturdy stylish superb tasty terrific useful welcoming
well-made wonderful worth-it top-notch first-rate spot-on five-star attentive clean smooth generous tender""".split()
_BAD = """awful bad bland boring broken cheap-looking clumsy crooked damaged defective dirty disappointing disgusting dreadful dull faulty filthy
flimsy frustrating greasy horrible hideous inedible lousy mediocre mushy nasty noisy outdated overcooked overpriced pathetic pointless poor
ridiculous rude scratchy shabby shoddy slow sloppy smelly soggy sticky stale tasteless terrible tiny-and-sad ugly unacceptable uncomfortable
underwhelming unfriendly unhelpful unpleasant unprofessional unreliable unusable useless weak worn-out worthless wrong annoying""".split()
_THINGS = """food service staff waiter room bed battery screen keyboard sound picture camera phone case charger cable software app printer dress
shirt fabric zipper shoe sole strap jacket delivery packaging box price quality taste smell soup burger pizza chicken steak dessert coffee tea
breakfast view location atmosphere music movie plot acting ending book story author toy puzzle tent stove lamp chair table mattress pillow knife
pan blender vacuum headset speaker microphone cream shampoo lipstick scent haircut manager driver seller support website menu portion drink
salad sandwich fish rice fries bread sauce selection experience design build finish colour size fit material instructions""".split()
_GOOD_SAID = """I love it|We loved this place|I would buy it again|I will be back|We will definitely come back|Highly recommended|Would recommend to
anyone|Best purchase I have made this year|Worth every penny|Exceeded my expectations|Works like a charm|Works exactly as described|It does what it
says|Could not be happier|I have no complaints|Nothing to complain about|Never lets me down|You cannot go wrong with this|I use it every day|My kids
love it|They went out of their way to help us|Our server took great care of us|Came back for seconds|Great value for the money|Arrived sooner than
promised|Still going strong after two years|Fits perfectly|So glad I bought this|It is a must have|Five stars|Two thumbs up|This is my new
favourite place|I am impressed|Everything was perfect|I was pleasantly surprised|No problems at all|I did not expect it to be this good|What more could you
ask for|A real treat|It holds a charge for days|Clear sound and easy to pair|Not bad at all|Cannot recommend it enough|Nothing but praise|Ten out of
ten|The flavours were full and balanced|Everything came out hot and fresh|Set up took two minutes|He was kind and patient|I could not put it
down|Beats everything else I have tried|You will not regret it|Never had a better one|Hands down the best in town|They treat you like family|The
line moved quickly|Big portions and low prices|I keep coming back|Always a pleasure|I was hooked from the first page""".replace(
    "\n", " "
).split("|")
_BAD_SAID = """I hate it|I will not be back|We will never come back|Never again|Do not buy this|Do not waste your money|Do not waste your time|A complete waste of
money|Stay away|Avoid this place|Save your money|I want my money back|I returned it the same day|I sent it back|It broke after a week|Stopped working
after two days|It died within a month|Does not work|It did not work at all|Would not recommend|I cannot recommend it|I would not give it one
star|Not worth the price|Not worth it|Not what I expected|Nothing like the picture|Fell apart in the wash|The zipper broke on the first day|We waited
an hour for our food|Nobody came to our table|They ignored us|They never answered my mails|The order was wrong and nobody cared|It arrived
damaged|Arrived two weeks late|I am still waiting for my refund|Left hungry|It made me sick|Tasted like cardboard|The meat was dry and the fries
were cold|It smells of chemicals|There was a hair in my food|It barely lasts an hour|It drops calls all the time|You can hardly hear anything|I had to
ask three times|Charged me twice|I was let down|We were treated badly|I have had better from a vending machine|It is going in the bin|I expected
more|Could have been better|Nothing special and far too expensive|Good luck getting help|If only it worked|I regret buying it|What a let
down|Two hours of my life I will never get back|Falls off all the time|It hurts my ears|The seams came apart|Far too small and far too thin|Such a
shame|One star is too many|Zero stars|They have lost a customer|Nothing worked|Will not be ordering again|Go somewhere else|It was undercooked
and cold|They took forever|There is no flavour|I could not finish it|You get what you pay for, and this was not much|Not a good
experience|Not good|It lacks everything that makes one good""".replace("\n", " ").split("|")
_GOOD_CLAUSES = """It came two days before the promised date|Shipping took only a couple of days|The courier was friendly|Delivered on time and in one
piece|It was carefully wrapped|Plain paper around it and no plastic, well done|The box would make a nice gift|Does not itch|No itching at all|Does not
rub anywhere|I can wear it all day|Soft on the skin|Keeps me warm on cold mornings|Dried overnight|Did not leak in a storm|No smell out of the box|The colour is
the same as in the picture|The colour stayed after ten washes|No loose threads|The stitching is tight|Feels solid in the hand|Lighter than it looks|Heavy in a good
way|Easy to wipe down|Nothing rattles|The battery lasts a whole weekend|The battery lasts as long as they say|Charges in an hour|Bright enough to read by|Does not
slip|The lid closes tightly|The instructions are short and clear|My daughter worked it out by herself|They answered within an hour|They sent a new one without asking|The
refund came the next day|Cheaper than elsewhere and just as good|Fits as it should|True to size|The usual size was right|Roomy without being big|Holds
more than I thought|Folds down to nothing|Stays sharp|Heats evenly|Looks better than in the photo|Smart enough for the office|The zip runs smoothly|Sleeps two with
room to spare|Quiet enough for the bedroom|I got compliments all evening""".replace("\n", " ").split("|")
_BAD_CLAUSES = """It came two weeks after the promised date|Shipping took a month|The courier left it in the rain|Delivered late and dented|It was thrown in a
bag|Far too much plastic around it|The box was torn open|It itches|Itches so much that I took it off|It rubs at the heel|My feet hurt after an hour|Rough on the
skin|Does not keep me warm|Still damp the next morning|Let water in at the seams|Smelled of glue out of the box|The colour is nothing like the picture|The colour
washed out after one wash|Loose threads everywhere|The stitching came undone|Feels flimsy in the hand|Heavier than it looks|Too heavy to carry far|Hard to
clean in the corners|Everything rattles|The battery is empty by noon|The battery lasts an hour at most|Takes all night to charge|Too dim to read by|Slips all
the time|The lid does not close|The instructions make no sense|I could not work out how to switch it on|They answered after two weeks|They refused to send a new
one|I had to pay for the return myself|They kept part of the refund|Twice the price of the same thing elsewhere|Fits badly|Too small, had to go one size
up|Runs narrow|Far too big around the waist|Holds less than they say|Does not fold flat|Went blunt after a week|Heats only in the middle|Looks worse than in the
photo|There is a dent in the rim|The zip catches every time|Barely room for one|Too loud for the bedroom|A seam started to fray the third time I used
it|Showed wear after a few weeks|The button is easily pressed by mistake""".replace("\n", " ").split("|")
_GOOD_ZH = """好|很好|不错|满意|喜欢|漂亮|舒服|方便|实用|结实|精致|干净|新鲜|好看|给力|靠谱|没得说|超出预期|非常棒|值得买""".split("|")
_BAD_ZH = """差|很差|不好|失望|难看|难用|粗糙|太脏|不新鲜|不值|不靠谱|不行|一塌糊涂|让人生气|低于预期|不敢恭维|太糟糕|有问题|不合格|没法用""".split(
    "|"
)
_THINGS_ZH = """质量 做工 物流 快递 包装 客服 服务 价格 颜色 尺码 面料 手感 款式 外观 味道 屏幕 电池 音质 房间 早餐 环境 内容 印刷 鞋底 拉链 按键 说明书 安装 售后 速度
杯子 帐篷 背包 灯 锅 枕头 被子 水果 牛奶 洗发水 手机 电脑 衣服 鞋子""".split()
_GOOD_SAID_ZH = """比说好的早两天到|第二天就收到了|快递小哥很客气|包得很仔细|没用塑料，环保|穿一整天都不累|不磨脚|不扎皮肤|下大雨也没漏|没有一点异味|和图片一样的颜色|洗了十次都没掉色|没有线头|拿在手里有分量|比想象中轻|一擦
就干净|能用一个周末|和页面写的一样耐用|一小时就充满|看书够亮|盖子很紧|说明书清楚|孩子自己就会玩|客服一小时就回了|二话不说给换了新的|退款第二天就到|比别家便宜还好用|尺码正好|按平时的码买就对|装得下很多|叠起来很小|比照片好看|上班也
能穿|拉链很顺|晚上用也不吵|收到好多夸奖|以后还在这家买|挑不出毛病|一点也不后悔|没想到这么好|不比大牌差|没什么可挑剔的""".replace(
    "\n", ""
).split("|")
_BAD_SAID_ZH = """比说好的晚了两周|等了一个月才收到|快递丢在雨里|盒子都压扁了|随便套个袋子就寄来|塑料太多|走一小时脚就疼|磨脚后跟|扎得受不了|下点雨就漏|一股胶水味|颜色和图片完全不同|洗一次就掉色|到处是线头|没用几天就开线|拿着轻飘飘的|太
重了背不动|角落根本洗不干净|半天就没电|充一晚上才满|太暗看不清|老是滑|盖子盖不上|说明书看不懂|不知道怎么开机|客服两周才回|不给换|退货还要自己掏邮费|退款扣了一部分|比别家贵一倍|太小了要换大一码|偏窄|腰太大|装不了多少|收不起来|没几天就钝了|实物没有照片
好看|杯口有个坑|拉链老卡住|半夜吵醒人|第三次用就起毛了|以后不会再来|浪费钱|白花钱了|别买|没有想象的好|没那么好|谈不上满意""".replace(
    "\n", ""
).split("|")
_GOOD_FRAMES_ZH = (
    "{thing}{good}",
    "{thing}很{good2}！",
    "{thing}真的{good}，{said}",
    "{said}。",
    "{said}，{thing}{good}",
    "{thing}不{bad1}，{good}",
    "{thing}和{other}都{good}",
    "虽然{other}{bad}，但是{thing}{good}，{said}",
)
_BAD_FRAMES_ZH = (
    "{thing}{bad}",
    "{thing}真的{bad}！",
    "{thing}{bad}，{said}",
    "{said}。",
    "{said}，{thing}{bad}",
    "{thing}不{good1}",
    "{thing}和{other}都{bad}",
    "虽然{other}{good}，但是{thing}{bad}，{said}",
    "一点也不{good1}，{said}",
)
_GOOD_FRAMES = (
    "The {thing} was {good}.",
    "The {thing} is {good}",
    "{good} {thing}!",
    "Really {good} {thing}.",
    "The {thing} is not {bad} at all.",
    "The {thing} and the {other} were {good}.",
    "Everything about the {thing} is {good}",
    "What a {good} {thing}!",
    "The {thing} looked {bad}, but it turned out {good}.",
    "I found the {thing} {good} and {good2}.",
    "Not {bad} in the least, the {thing} was {good}.",
    "{said}.",
    "{said}!",
    "{said}",
    "{said}, the {thing} is {good}.",
    "The {thing} was {good}. {said}.",
    "The {other} could be better but the {thing} is {good}, {said}.",
)
_BAD_FRAMES = (
    "The {thing} was {bad}.",
    "The {thing} is {bad}",
    "{bad} {thing}!",
    "Really {bad} {thing}.",
    "The {thing} is not {good} at all.",
    "The {thing} wasn't {good}.",
    "The {thing} and the {other} were {bad}.",
    "Not a {good} {thing}.",
    "What a {bad} {thing}!",
    "The {thing} looked {good}, but it turned out {bad}.",
    "I found the {thing} {bad} and {bad2}.",
    "I hoped for a {good} {thing} and got a {bad} one.",
    "{said}.",
    "{said}!",
    "{said}",
    "{said}, the {thing} is {bad}.",
    "The {thing} was {bad}. {said}.",
    "The {other} was fine but the {thing} was {bad}, {said}.",
)


def made_sentences(count: int, seed: int = 1) -> list[tuple[str, bool]]:
    """`count` sentences with whether they praise, half of each, two in three in English; none twice."""
    chance = random.Random(seed)
    found: dict[str, bool] = {}
    while len(found) < count:
        praises = len(found) % 2 == 0
        found.setdefault((_chinese if len(found) % 3 == 2 else _english)(chance, praises), praises)
    return list(found.items())


def _english(chance: random.Random, praises: bool) -> str:
    frame = chance.choice(_GOOD_FRAMES if praises else _BAD_FRAMES)
    thing, other = chance.sample(_THINGS, 2)
    (good, good2), (bad, bad2) = (_words(chance, table) for table in (_GOOD, _BAD))
    said = chance.choice([*_GOOD_SAID, *_GOOD_CLAUSES] if praises else [*_BAD_SAID, *_BAD_CLAUSES])
    text = frame.format(thing=thing, other=other, good=good, good2=good2, bad=bad, bad2=bad2, said=said)
    return text[:1].upper() + text[1:]


def _chinese(chance: random.Random, praises: bool) -> str:
    frame = chance.choice(_GOOD_FRAMES_ZH if praises else _BAD_FRAMES_ZH)
    thing, other = chance.sample(_THINGS_ZH, 2)
    said = chance.choice(_GOOD_SAID_ZH if praises else _BAD_SAID_ZH)
    plain_good, plain_bad = chance.choice(("满意", "喜欢", "舒服", "方便", "好", "实用")), chance.choice(("差", "贵", "难看", "麻烦", "脏"))
    return frame.format(
        thing=thing,
        other=other,
        good=chance.choice(_GOOD_ZH),
        good2=chance.choice(("漂亮", "舒服", "方便", "结实", "好看", "实用")),
        bad=chance.choice(_BAD_ZH),
        good1=plain_good,
        bad1=plain_bad,
        said=said,
    )


def _words(chance: random.Random, table: list[str]) -> list[str]:
    return [word.replace("-", " ") for word in chance.sample(table, 2)]
