from collections.abc import AsyncIterator

import pytest

from chatbot.engine import ChatMessage, Sampling
from chatbot.engines.quoting import QuotingEngine, pieces
from tests.contracts.engine_contract import *  # noqa: F403 - the suite every engine runs


@pytest.fixture
async def engine() -> AsyncIterator[QuotingEngine]:
    quoting = QuotingEngine()
    yield quoting
    await quoting.close()


async def said(text: str, **sampling: int) -> tuple[str, str | None]:
    chunks = [chunk async for chunk in QuotingEngine().stream([ChatMessage("user", text)], Sampling(**sampling))]
    return "".join(chunk.text for chunk in chunks), chunks[-1].finish


async def test_the_first_numbered_passage_is_quoted_up_to_the_next_number() -> None:
    assert await said("Evidence:\n[1] Returns are free\nfor 30 days.\n[2] Lamps.\n\nMay I return it?") == (
        "Returns are free\nfor 30 days.",
        "stop",
    )


async def test_a_passage_ends_at_an_empty_line() -> None:
    assert await said("[3] The kettle holds 1.7 l.\n\nHow much does it hold?") == ("The kettle holds 1.7 l.", "stop")


async def test_without_evidence_it_says_nothing() -> None:
    assert await said("How much is the tent? See [1].") == ("", "stop")


async def test_chinese_is_streamed_character_by_character() -> None:
    assert pieces("退货期限是30天。 Yes") == ["退", "货", "期", "限", "是", "30", "天", "。 ", "Yes"]
    assert await said("[1] 退货期限是30天。\n\n能退货吗？", max_tokens=4) == ("退货期限", "length")


async def test_the_choice_that_was_said_is_the_likeliest() -> None:
    shares = await QuotingEngine().choose([ChatMessage("user", "I want to return my boots")], ["return", "order status", "small talk"])
    assert max(shares, key=lambda choice: shares[choice]) == "return"
