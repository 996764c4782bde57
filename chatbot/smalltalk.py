"""What is said to be polite and asks nothing of the shop: "evening! anybody in?", "that's grand, you've been a star".

A message is small talk when nothing is left of it once the phrases below are taken out; with a question behind them it is that question.
A yes or a no is the whole message; who the assistant is may be asked anywhere in it. What it is follows the order of the tables. Knows English and Chinese phrases, and no shop.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

from chatbot.terms import normalise

Social = Literal["greeting", "thanks", "goodbye", "yes", "no", "who"]
_Patterns = tuple[tuple[Social, re.Pattern[str]], ...]

_DAY = r"(?:morning|afternoon|evening|day|night)"
_PHRASES: dict[Literal["who", "thanks", "goodbye", "greeting"], str] = {
    "who": r"(?:so )?(?:are|r) (?:you|u) (?:an? |the )?(?:real |actual |live )?(?:human(?: being)?|person|bot|chat ?bot|robot|machine|computer|ai|assistant|someone real|real)(?:,? or (?:an? )?(?:real |actual )?(?:human(?: being)?|person|bot|chat ?bot|robot|machine|computer|ai|program))?"
    r"|(?:am i|is this) (?:really |actually )?(?:talking|speaking|chatting|writing) (?:to|with) (?:an? |the )?(?:real |actual |live )?(?:human(?: being)?|person|bot|chat ?bot|robot|machine|computer|ai)"
    r"|is (?:this|it|that) (?:an? |the )?(?:real |actual )?(?:human(?: being)?|person|bot|chat ?bot|robot|machine|computer|ai)"
    r"|(?:what(?:'s| is)|do you have|have you got) (?:your|a) name|who (?:are you|am i (?:talking|speaking|chatting) (?:to|with)|made you|built you)|what are you|what (?:all )?(?:can|do) you (?:do(?: for me)?|help (?:me )?with)"
    r"|你是(?:真人|机器人|人工智能|谁|人|ai)|你叫什么(?:名字)?|你是什么",
    "thanks": r"(?:many |ok(?:ay)?,? )?(?:thanks?(?: you| u)?|ta|thx|ty|tysm)(?: (?:so|very) much| a lot| a million| a bunch| loads| again| for (?:all (?:that|this|of (?:that|this))|that|this|all|everything|(?:all )?(?:the|your) (?:(?:quick|fast|kind|prompt) )?(?:help|time|answers?|reply|response|patience|info(?:rmation)?)|helping)| anyway| mate)*"
    r"|cheers(?: mate| for (?:that|the help))?|\bta\b|much appreciated|(?:i )?(?:really )?appreciate (?:it|that|(?:the|your) help)"
    r"|you(?:'ve| have)? been (?:(?:very|so|really|most|super|a|a (?:big|great|real)) )?(?:helpful|kind|great|brilliant|amazing|lovely|patient|help|star)"
    r"|(?:that|this)(?:'s| is| was| has) (?:(?:just |really |very |so |all )?(?:great|perfect|grand|brilliant|lovely|helpful|good|sorted|useful|wonderful|fantastic|super|awesome|fine|clear|cool|nice)|(?:been )?(?:a )?(?:great|big) help|just what i (?:needed|wanted)|all i (?:needed|wanted)(?: to know)?)"
    r"|that (?:really )?help(?:s|ed)(?: a lot| me)?|you(?:'re| are) (?:a |an |the )?(?:star|legend|angel|gem|life ?saver|best|great|brilliant|awesome|hero|very kind|so kind|too kind|sweet)"
    r"|(?:great|nice|good|excellent|brilliant|fantastic) (?:service|help|job|work)|谢谢(?:你|您|啦|了|帮忙)*|谢了|谢啦|多谢|感谢|辛苦了?|帮大忙了|太好了|真棒|麻烦你?了",
    "goodbye": r"(?:good ?)?bye(?: ?-?bye)?(?: for now)?|see (?:you|ya)(?: (?:later|soon|around|then))?|farewell|take care|cheerio|ta-?ra|so long|good ?night"
    rf"|(?:have|enjoy) (?:a |the rest of )?(?:your )?(?:nice|good|great|lovely|wonderful|pleasant)? ?(?:rest of (?:your|the) )?(?:{_DAY}|weekend|one|week|time)(?: too)?"
    r"|that(?:'s| is| will be|'ll be) (?:all|it|everything)(?: (?:for (?:now|today)|from me|i (?:need|wanted)))?|nothing else|(?:i(?:'m| am)|that(?:'s| is) me) (?:all )?(?:done|set|sorted)|talk (?:later|soon)"
    r"|再见|拜拜|回头见|没(?:有别的|有|事|别的)了|就这些了?|祝.{0,6}(?:愉快|开心)",
    "greeting": rf"(?:hi+|hello+|hey+|hiya|howdy|yo|hullo|g'?day|greetings|salut|hola|bonjour)(?: (?:there|again|all|everyone|folks|guys|team|you))*|good {_DAY}(?: to you)?|\b(?:morning|afternoon|evening)(?: all)?\b"
    r"|how(?:'s| is| are) (?:you|things|it going|everything|life|your day|the day|business|the form|tricks|you doing|you all|your (?:morning|evening|afternoon|week(?:end)?))(?: (?:doing|going|treating you))?(?: (?:today|so far|this (?:morning|afternoon|evening)))?"
    r"|how do you do|what'?s up|(?:are )?you (?:ok|alright|well|there|around|awake)|(?:is )?(?:anyone|anybody|someone|somebody) (?:there|in|home|here|around|about|awake|on)"
    r"|(?:i )?hope (?:you(?:'re| are)|all is|everything is|you'?re all) (?:(?:doing|keeping) )?(?:well|ok|good|fine|great)|(?:nice|pleased|lovely) to (?:meet|see) you|long time no see"
    r"|(?:what a |you(?:'ve| have) (?:got )?(?:a )?|i (?:really )?(?:like|love) )?(?:very |really |such a )?(?:nice|lovely|great|cool|beautiful|pretty|your|the) (?:little )?(?:web ?)?(?:shop|store|website|site|page|place)(?: you have)?(?: here)?"
    r"|(?:i(?:'m| am) )?just (?:looking|browsing)(?: around)?|it(?:'s| is) (?:only )?me(?: again)?|happy (?:new year|holidays|christmas|easter|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|merry christmas"
    r"|你好|您好|嗨|哈喽|(?:早上|下午|晚上|中午)好|在(?:吗|么|不在)|有人(?:吗|么|在吗)|最近(?:怎么样|好吗)|你好吗|吃了吗",
}  # fmt: skip
_AT_ONCE: dict[Social, str] = {
    "yes": r"^(yes|yeah|yep|yup|sure|ok|okay|please|yes,? please|please do|go ahead|do it|sounds good)[\s!.,]*$|^(是的?|好的?|可以|行|嗯+|要|对|麻烦了?|好啊|好呀|需要)[！!。.~\s]*$",
    "no": r"^(no|nope|nah|no,? thanks?|no,? thank you|not now)[\s!.,]*$|^(不用了?|不要了?|不了|不需要|没有|算了)[，,谢！!。.\s]*$",
    "who": r"\b(are you (a )?(real|human|robot|bot|person|an? ai|ai)|am i (talking|speaking) to (a )?(real|human|robot|bot|person|an? ai))\b|(?:^|[.!?] ?)(?:who are you|what are you)(?=\W*$)|你是(真人|机器人|人工智能|谁|人|ai)|你能做什么|你会什么",
}  # fmt: skip
_LEFT = re.compile(
    r"[\W_]+|\b(?:so|well|oh|ah|ok|okay|right|then|now|just|and|but|very|all|again|today|please|me|to|you|there|for|a|the|is|it|i|great|perfect|brilliant|lovely|super|cool|nice|awesome|amazing|excellent|fantastic|wonderful|sorted|grand)\b|好的|知道了|明白了|[啊呀哦哈呢吧吗么啦了哟好~]"
)


@functools.lru_cache(maxsize=2_000)
def smalltalk(text: str) -> Social | None:
    """What kind of small talk a message is; None where it says anything else, or nothing."""
    rest, found = normalise(text), []
    at_once, phrases = _patterns()
    for kind, pattern in at_once:
        if pattern.search(rest):
            return kind
    for kind, pattern in phrases:
        rest, times = pattern.subn(" ", rest)
        found += [kind] * bool(times)
    return found[0] if found and not _LEFT.sub("", rest) else None


@functools.cache
def _patterns() -> tuple[_Patterns, _Patterns]:
    """What is enough by itself, and the phrases that are taken out."""
    phrases = tuple((kind, re.compile(rf"(?<![a-z\d'])(?:{pattern})(?![a-z\d'])")) for kind, pattern in _PHRASES.items())
    return tuple((kind, re.compile(pattern)) for kind, pattern in _AT_ONCE.items()), phrases
