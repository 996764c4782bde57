"""Plans that say what reviewers say, with the counts from the shop's reviews: "14 of 60 reviewers say it runs small".

Asked for reviews, a shopper gets the shares and the aspects, or what is said of the one aspect that the question names. A question whose
answer reviewers know better than any record ("does it run small?") gets their count as well. Where no reviewer speaks of it there is no
plan, and what was planned stays. A quote is a short piece of a review, never who wrote it; a piece that gives orders or addresses is not
quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from chatbot.figures import figures
from chatbot.followup import Whole
from chatbot.phrases import join, say
from chatbot.plan import Plan, gap
from chatbot.refusals import refusal, without_orders
from chatbot.sentiment.aspects import NAMES, named_in
from chatbot.sentiment.counting import aspect_labels
from chatbot.sentiment.dashboard import without_private
from chatbot.sentiment.found_aspects import where
from chatbot.sentiment.judge import Label
from chatbot.sentiment.review_book import Pair, ReviewShelf
from chatbot.sentiment.sayings import NAMED, SAYINGS, Saying
from knowledge_base.catalog import Passage, Product

_REVIEWS = re.compile(
    r"\breview(?:s|ers?|ed)?\b|\bratings?\b|\bhow (?:is|are) .{2,40} rated\b|\bfeedback\b|评价|评论|口碑|差评|好评|用户反馈", re.IGNORECASE
)
_PEOPLE_SAY = re.compile(
    r"\b(?:reviewers|people|customers?|buyers|others|shoppers|everyone|anyone|owners|users) (?:\w+ )?"
    r"(?:say|saying|said|think|thought|like|liked|love|"
    r"complain\w*|feel|report\w*|find|mention\w*|happy|satisfied|unhappy)\b|买家|买过的|大家(?:都)?(?:觉得|怎么说|说|反映)|别人(?:觉得|怎么说|说)",
    re.IGNORECASE,
)
_NOT_THEIRS = re.compile(
    r"\b(?:write|writing|leave|leaving|post|posting|submit|delete|remove|edit|give|giving|earn|points?|draft|fake|verified|moderat\w+|e-?mail|phone|"
    r"address|contact)\b|(?:写|发表|提交|删除|修改|追加|撰写)评|评价(?:有|送|返|奖)|评论(?:有奖|送|规则)|积分|邮箱|电话|怎么评价|如何评价|在哪.{0,4}评价",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|？|\b(?:do|does|did|is|are|was|will|would|has|have|should|how|what|any)\b|吗|么|呢|会不会|是不是|有没有|怎么", re.IGNORECASE
)
_ASKED_SAYINGS = frozenset(
    "runs_small runs_large true_to_size colour_differs colour_fades shows_wear smells uncomfortable comfortable noisy".split()
)
_OPPOSITES = {
    "runs_small": ("runs_large", "true_to_size"),
    "runs_large": ("runs_small", "true_to_size"),
    "true_to_size": ("runs_small", "runs_large"),
    "comfortable": ("uncomfortable",),
    "uncomfortable": ("comfortable",),
}
_MOST_PRODUCTS = 3
_MOST_ASPECTS = 3
_QUOTED = 110
_LABELS: tuple[Label, ...] = ("positive", "negative")


class ReviewAnswers:
    def __init__(self, shelf: ReviewShelf) -> None:
        self._shelf = shelf

    def told(self, whole: Whole, plan: Plan, language: str) -> Plan:
        """The plan, or what reviewers say in its place or behind it."""
        question = whole.question
        if not self._shelf.book.by_product or (plan.by_model and not asks_reviews(question)) or _NOT_THEIRS.search(question):
            return plan
        explicit = asks_reviews(question)
        asked = _asked_saying(question)
        if not explicit and (asked is None or not whole.products):
            return plan
        found = self._said(whole, plan, asked, language)
        if found is None:
            return plan
        if explicit or plan.finish == "unknown":
            return found
        text = f"{plan.text}\n{found.text}"
        return replace(plan, text=text, passages=(*plan.passages, *found.passages), scores=(*plan.scores, *found.scores), brief="")

    def _said(self, whole: Whole, plan: Plan, asked: Saying | None, language: str) -> Plan | None:
        products = [product for product in whole.products[:_MOST_PRODUCTS] if self._shelf.book.of(product)]
        if whole.products and not products:
            return None
        if not products:
            return self._of_all(whole.question, plan, language) if asks_reviews(whole.question) else None
        told = [(product, text) for product in products if (text := self._of(product, whole.question, asked, language))]
        if not told:
            return None
        passages = tuple(self._passage(product, text, language) for product, text in told)
        products_told = tuple(product for product, _ in told)
        return Plan(
            "\n".join(text for _, text in told), "stop", "reviews", products_told, passages, tuple((one.id, 1.0) for one in passages)
        )

    def _of(self, product: Product, question: str, asked: Saying | None, language: str) -> str:
        pairs = self._shelf.book.of(product)
        if asked is not None:
            return saying_text(product.title, pairs, asked, language)
        aspects = self._asked_aspects(question.replace(product.title, " "), pairs)
        if aspects:
            return gap(language).join(text for name in aspects if (text := aspect_text(product.title, pairs, name, language)))
        return summary_text(product.title, pairs, language) if asks_reviews(question) and not _asks_other(question, product) else ""

    def _of_all(self, question: str, plan: Plan, language: str) -> Plan | None:
        """Of the whole shop: where the question asks what people say, or nothing else answers it."""
        if plan.finish != "unknown" and not _PEOPLE_SAY.search(question):
            return None
        pairs, shop = self._shelf.book.all(), say("the_shop", language)
        aspects = self._asked_aspects(question, pairs)
        text = gap(language).join(text for name in aspects if (text := aspect_text(shop, pairs, name, language)))
        text = text or summary_text(shop, pairs, language)
        passage = Passage("reviews#0", "reviews", "review", shop, text, text, language)
        return Plan(text, "stop", "reviews", passages=(passage,), scores=((passage.id, 1.0),))

    def _asked_aspects(self, question: str, pairs: Sequence[Pair]) -> list[str]:
        """The aspects that the question names, those known and those of these reviews."""
        found = [word for word in self._shelf.book.found if where(word, question) is not None]
        return [*found, *(name for name, _, _ in named_in(_REVIEWS.sub(" ", _PEOPLE_SAY.sub(" ", question))))][:2]

    def _passage(self, product: Product, text: str, language: str) -> Passage:
        """The counts as evidence, so that a reply is held against them as against any passage."""
        heading = say("reviews_of", language, title=product.title)
        return Passage(f"reviews:{product.id}#0", f"reviews:{product.id}", "review", heading, text, text, language, product.url)


def saying_text(title: str, pairs: Sequence[Pair], asked: Saying, language: str) -> str:
    """How many say it, how many the opposite, and one of them in their words; "" where nobody says either."""
    counts = Counter(said.name for _, read in pairs for said in read.sayings)
    names = [name for name in (asked.name, *_OPPOSITES.get(asked.name, ())) if counts[name]]
    if not names:
        return ""
    first = counts[names[0]]
    told = [say("reviews_say", language, count=str(first), total=str(len(pairs)), title=title, what=_what(NAMED[names[0]], language))]
    told += [say("reviews_say_too", language, count=str(counts[name]), what=_what(NAMED[name], language)) for name in names[1:]]
    quoted = next(
        (
            quote
            for _, read in pairs
            for said in read.sayings
            if said.name == names[0] and (quote := _around(read.text, said.start, said.end))
        ),
        "",
    )
    return gap(language).join([*told, *([say("reviewer", language, quote=quoted)] if quoted else [])])


def aspect_text(title: str, pairs: Sequence[Pair], aspect: str, language: str) -> str:
    """How many speak of an aspect, how many praise it and how many complain, with a short quote of each; "" where nobody does."""
    labels = Counter(found[aspect] for _, read in pairs if aspect in (found := aspect_labels(read.aspects)))
    speaking = sum(labels.values())
    if not speaking:
        return ""
    name = (NAMES[aspect].chinese if language == "zh" else NAMES[aspect].english.lower()) if aspect in NAMES else aspect
    text = say(
        "reviews_aspect",
        language,
        count=str(speaking),
        total=str(len(pairs)),
        title=title,
        what=name,
        praise=str(labels["positive"]),
        blame=str(labels["negative"]),
    )
    quotes = [quote for label in _LABELS if labels[label] and (quote := _aspect_quote(pairs, aspect, label))]
    return gap(language).join(
        [text, *([say("reviewers", language, quotes=("；" if language == "zh" else "; ").join(quotes))] if quotes else [])]
    )


def summary_text(title: str, pairs: Sequence[Pair], language: str) -> str:
    """Shares of all reviews of a product, what is praised and what is blamed most."""
    labels = Counter(read.judgement.label for _, read in pairs)
    text = say("reviews_all", language, total=str(len(pairs)), title=title, praise=str(labels["positive"]), blame=str(labels["negative"]))
    aspects: dict[Label, Counter[str]] = {label: Counter() for label in _LABELS}
    for _, read in pairs:
        for aspect, label in aspect_labels(read.aspects).items():
            if label in aspects:
                aspects[label][aspect] += 1
    told = [text]
    for label, phrase in (("positive", "reviews_praised"), ("negative", "reviews_blamed")):
        most = aspects[label].most_common(_MOST_ASPECTS)
        names = [f"{_aspect_name(aspect, language)} ({count})" for aspect, count in most]
        told += [say(phrase, language, what=join(names, language))] if names else []
    return gap(language).join(told)


def asks_reviews(question: str) -> bool:
    """Whether a question asks what those who bought say."""
    return _PEOPLE_SAY.search(question) is not None or _REVIEWS.search(question) is not None


def _asked_saying(question: str) -> Saying | None:
    """What the question asks whether reviewers say it: "does it run small?", "会掉色吗"."""
    if not _ASKS.search(question):
        return None
    return next((saying for saying in SAYINGS if saying.name in _ASKED_SAYINGS and saying.pattern.search(question)), None)


def _asks_other(question: str, product: Product) -> bool:
    """Whether a question about reviews asks for something in particular that was not found among the aspects."""
    asks = re.search(
        r"\b(?:about|of|on|for|regarding) (?:the |its |their )?([a-z][\w -]*?)(?:\?|$| of | on | in )", question, re.IGNORECASE
    )
    if asks is None:
        return False
    named = set(re.findall(r"[a-z]{3,}", product.title.lower())) | {"product", "one", "item", "them", "that", "this", "the"}
    return not set(re.findall(r"[a-z]{3,}", asks[1].lower())) & named


def _aspect_name(aspect: str, language: str) -> str:
    return (NAMES[aspect].chinese if language == "zh" else NAMES[aspect].english.lower()) if aspect in NAMES else aspect


def _what(saying: Saying, language: str) -> str:
    return saying.chinese if language == "zh" else saying.english


def _aspect_quote(pairs: Sequence[Pair], aspect: str, label: Label) -> str:
    """The surest short clause of a review that says it."""
    said = [
        (abs(one.praise - 0.5), read.text, one) for _, read in pairs for one in read.aspects if one.aspect == aspect and one.label == label
    ]
    ranked = sorted(said, key=lambda item: -item[0])
    return next((quote for _, text, one in ranked if (quote := _quotable(text[one.start : one.end]))), "")


def _around(text: str, start: int, end: int) -> str:
    """The sentence of a review around a place, where it may be quoted."""
    from chatbot.sentiment.clauses import clauses

    return next((_quotable(clause.text) for clause in clauses(text) if clause.start <= start and end <= clause.end), "")


def _quotable(text: str) -> str:
    """A piece of a review in quotation marks; "" for one that is long, gives orders or an address, or states a figure, which would read
    as the shop's."""
    said = " ".join(text.split()).strip(" ,，.。;；")
    harmless = without_private(said) == said and without_orders(said) == said and refusal(said) is None
    return f"“{said}”" if 0 < len(said) <= _QUOTED and harmless and not figures(said) else ""
