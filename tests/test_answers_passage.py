"""Quotes of passages: the shop's own words, a second one that is as sure, and the closest one without a yes that nobody gave."""

from dataclasses import replace

import pytest

from chatbot.answers_passage import WHOLE_QUOTE, PassageAnswers
from chatbot.phrases import say
from chatbot.plan import Plan
from chatbot.retriever import MAYBE, SURE, Candidate, LookUp, Retriever
from chatbot.sentences import without_yes_no
from knowledge_base.catalog import Passage
from tests.toy_house import toy_knowledge


def passage(document: str) -> Passage:
    return next(one for one in toy_knowledge().all_passages() if one.document_id == document)


def candidate(document: str, score: float) -> Candidate:
    return Candidate(passage(document), score, score, score)


def looked(*candidates: Candidate) -> LookUp:
    return LookUp(toy_knowledge().search("delivery", language="en"), candidates)


@pytest.fixture(scope="module")
def answers() -> PassageAnswers:
    return PassageAnswers(toy_knowledge(), Retriever(toy_knowledge()))


def quoted(plan: Plan) -> list[str]:
    return [one.document_id for one in plan.passages]


CANADA, WRAP, RETURNS, REFUNDS = "faq:canada", "faq:gift-wrap", "faq:return-window", "policy:returns/refunds"


def test_a_yes_is_said_to_the_very_question_it_answers_and_under_its_heading_to_another(answers: PassageAnswers) -> None:
    same = answers.quote("do you ship to canada", candidate(CANADA, 0.9), "en")
    assert same.text == passage(CANADA).body
    other = answers.quote("how long does it take to canada", candidate(CANADA, 0.9), "en")
    assert other.text == f"“{passage(CANADA).heading}” {passage(CANADA).body}"
    assert (other.finish, quoted(other)) == ("stop", [CANADA])


def test_a_second_passage_is_quoted_when_it_answers_as_surely(answers: PassageAnswers) -> None:
    plan = answers.answer("how do I get my money back", looked(candidate(RETURNS, 0.8), candidate(REFUNDS, 0.77)), "en")
    assert quoted(plan) == [RETURNS, REFUNDS]
    assert plan.text == f"{passage(RETURNS).body}\n{passage(REFUNDS).body}"
    assert dict(plan.scores).keys() == {passage(RETURNS).id, passage(REFUNDS).id}


@pytest.mark.parametrize("others", [[], [candidate(REFUNDS, 0.7)], [candidate(REFUNDS, 0.7), candidate(WRAP, 0.79)]])
def test_a_second_passage_that_is_less_sure_is_left_out(answers: PassageAnswers, others: list[Candidate]) -> None:
    assert quoted(answers.answer("how long may I send it back", looked(candidate(RETURNS, 0.8), *others), "en")) == [RETURNS]


def test_two_doubtful_passages_are_not_both_quoted_as_the_answer(answers: PassageAnswers) -> None:
    assert quoted(answers.answer("money", looked(candidate(RETURNS, 0.45), candidate(REFUNDS, 0.44)), "en")) == [RETURNS]


@pytest.mark.parametrize("question", ["do you ship to New Zealand", "are parcels insured", "do you ship kayaks"])
def test_the_closest_passage_makes_no_promise_that_its_question_did_not_ask_for(answers: PassageAnswers, question: str) -> None:
    plan = answers.nearest(question, [candidate(CANADA, 0.45)], "en")
    assert plan.finish == "unknown"
    assert "8 to 12 working days" in plan.text
    assert "“Yes" not in plan.text
    assert "Yes" not in plan.text or passage(CANADA).heading in plan.text


def test_only_what_is_close_is_told_where_nothing_answers(answers: PassageAnswers) -> None:
    near, far = candidate(WRAP, MAYBE + 0.01), candidate(WRAP, MAYBE - 0.01)
    assert quoted(answers.unknown("do you make gift boxes", looked(near), "en")) == [WRAP]
    nothing = answers.unknown("do you make gift boxes", looked(far), "en")
    assert (quoted(nothing), nothing.finish) == ([], "unknown")
    assert passage(WRAP).body not in nothing.text
    assert nothing.text.endswith(say("offer_person", "en"))


@pytest.mark.parametrize(("second", "told"), [(0.5, [WRAP, RETURNS]), (0.4, [WRAP])])
def test_a_runner_up_is_shown_with_the_closest_only_where_it_is_nearly_as_close(
    answers: PassageAnswers, second: float, told: list[str]
) -> None:
    plan = answers.unknown("do you make gift boxes", looked(candidate(WRAP, 0.55), candidate(RETURNS, second)), "en")
    assert quoted(plan) == told


def test_a_passage_in_another_language_is_told_as_the_shops_own_words(answers: PassageAnswers) -> None:
    plan = answers.quote("when is delivery free", candidate("faq:包邮", SURE), "en")
    assert plan.text == say("quoted_other_language", "en", quote=passage("faq:包邮").body)


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        ("Yes, parcels to Canada take 8 to 12 working days.", "Parcels to Canada take 8 to 12 working days."),
        ("No. Only one discount code can be used.", "Only one discount code can be used."),
        ("可以，签收后七天内商品未拆封都可以退货，退货运费由买家承担。", "签收后七天内商品未拆封都可以退货，退货运费由买家承担。"),
        ("Yes, we do.", "Yes, we do."),
        ("Nobody may use two codes on one order.", "Nobody may use two codes on one order."),
    ],
)
def test_a_yes_or_no_is_left_out_where_enough_remains(body: str, rest: str) -> None:
    assert without_yes_no(body) == rest


def test_a_short_passage_is_quoted_whole_and_a_long_one_by_its_telling_sentences(answers: PassageAnswers) -> None:
    filler = " ".join(f"The cat number {number} sleeps on the sofa." for number in range(20))
    long = replace(passage(WRAP), body=f"{filler} Gift wrapping costs €3 per item.")
    assert len(long.body) > WHOLE_QUOTE
    told = answers.words_of("how much is gift wrapping", long)
    assert "Gift wrapping costs €3 per item." in told
    assert len(told) < len(long.body) / 3
    assert answers.words_of("how much is gift wrapping", passage(WRAP)) == passage(WRAP).body


@pytest.mark.parametrize("question", ["how can I contact you", "what is your phone number", "怎么联系你们"])
def test_the_ways_to_reach_the_shop_come_from_its_profile(answers: PassageAnswers, question: str) -> None:
    plan = answers.contact(question, "zh" if question[0] == "怎" else "en")
    assert plan is not None
    assert "hello@otter.example" in plan.text and "+49 30 1234567" in plan.text


def test_a_question_that_is_not_about_contact_gets_none(answers: PassageAnswers) -> None:
    assert answers.contact("how much is the kettle", "en") is None
