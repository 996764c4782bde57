import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest

from chatbot.engine import ChatMessage, Sampling
from chatbot.engines.circuit import Circuit
from chatbot.engines.letters import SURE
from chatbot.engines.remote import Patience, RemoteEngine
from chatbot.errors import EngineError, EngineUnavailable, Overloaded
from tests.contracts.engine_contract import *  # noqa: F403 - the suite every engine runs
from tests.contracts.engine_contract import QUESTION, written
from tests.fake_upstream import BREAKS, WORDS, Upstream, upstream_server

QUICK = Patience(connect=0.5, first=0.4, gap=0.3)
KEY = "sk-very-secret"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with upstream_server() as server:
        yield server


@pytest.fixture
async def engine(upstream: Upstream) -> AsyncIterator[RemoteEngine]:
    remote = RemoteEngine(upstream.url, "some-model", KEY, patience=QUICK)
    yield remote
    await remote.close()


async def heard(engine: RemoteEngine) -> tuple[str, Exception | None]:
    """The text that came, and the error that ended it."""
    text = ""
    try:
        async for chunk in engine.stream(QUESTION, Sampling(max_tokens=24)):
            text += chunk.text
    except Exception as error:
        return text, error
    return text, None


@pytest.mark.parametrize("mode", BREAKS)
async def test_a_stream_that_breaks_off_is_an_error_and_is_not_tried_again(engine: RemoteEngine, upstream: Upstream, mode: str) -> None:
    upstream.mode = mode
    text, error = await heard(engine)
    assert text == "The blue "
    assert type(error) is EngineError
    assert "broke off in the middle" in str(error)
    assert len(upstream.requests) == 1
    assert KEY not in str(error)


@pytest.mark.parametrize("mode", ["500", "503", "html", "garbage", "closed", "error event"])
async def test_a_failure_before_the_first_token_is_tried_once_more(engine: RemoteEngine, upstream: Upstream, mode: str) -> None:
    upstream.modes = [mode]
    assert await heard(engine) == ("".join(WORDS), None)
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("mode", ["500", "hang", "html", "garbage", "closed", "error event"])
async def test_a_failure_that_lasts_is_unavailable_within_the_time_limits(engine: RemoteEngine, upstream: Upstream, mode: str) -> None:
    upstream.mode = mode
    began = time.monotonic()
    text, error = await heard(engine)
    assert (text, type(error)) == ("", EngineUnavailable)
    assert time.monotonic() - began < QUICK.first + 0.3
    assert len(upstream.requests) == (1 if mode == "hang" else 2)  # who has waited in vain is not made to wait once more


async def test_after_a_failure_that_took_a_while_the_second_try_has_the_rest_of_the_time(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.modes, upstream.mode = ["slow 500"], "hang"
    began = time.monotonic()
    _, error = await heard(engine)
    assert isinstance(error, EngineUnavailable)
    assert len(upstream.requests) == 2
    assert time.monotonic() - began < QUICK.first + 0.3


async def test_too_many_requests_is_overloaded_with_the_servers_own_delay(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.mode = "429"
    _, error = await heard(engine)
    assert isinstance(error, Overloaded)
    assert error.retry_after == 7.0
    assert len(upstream.requests) == 1


async def test_a_refusal_is_told_with_its_status_and_not_tried_again(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.mode = "401"
    _, error = await heard(engine)
    assert type(error) is EngineError
    assert "status 401" in str(error)
    assert "no such key" in str(error)
    assert len(upstream.requests) == 1


async def test_a_prompt_that_is_too_long_is_told_in_the_servers_words_and_says_nothing_against_it(
    engine: RemoteEngine, upstream: Upstream
) -> None:
    upstream.mode = "too long"
    for _ in range(6):
        _, error = await heard(engine)
        assert type(error) is EngineError
        assert "exceeds the available context size" in str(error)
    assert len(upstream.requests) == 6


async def test_fields_that_a_server_refuses_are_left_out_from_then_on(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.unknown = ("repetition_penalty", "repeat_penalty", "stream_options", "max_tokens")
    sampling = Sampling(max_tokens=12, repetition_penalty=1.05)
    assert "".join([chunk.text async for chunk in engine.stream(QUESTION, sampling)]) == "".join(WORDS)
    assert len(upstream.requests) == 5
    assert "".join([chunk.text async for chunk in engine.stream(QUESTION, sampling)]) == "".join(WORDS)
    assert len(upstream.requests) == 6
    assert set(upstream.requests[-1]) == {"model", "messages", "temperature", "stream", "max_completion_tokens"}
    assert upstream.requests[-1]["max_completion_tokens"] == 12


async def test_a_refusal_that_no_field_helps_leaves_every_field_in_later_requests(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.modes = ["names a field", "names a field"]
    _, error = await heard(engine)
    assert type(error) is EngineError
    await heard(engine)
    assert "stream_options" in upstream.requests[-1]


async def test_choosing_does_without_probabilities_where_they_are_refused(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.unknown, upstream.logprobs = ("logprobs", "top_logprobs"), False
    shares = await engine.choose(QUESTION, ["product", "policy"])
    assert shares["policy"] == pytest.approx(SURE)


@pytest.mark.parametrize("mode", ["right", "several tokens an event", "thinking"])
async def test_tokens_are_those_that_the_server_counted(engine: RemoteEngine, upstream: Upstream, mode: str) -> None:
    upstream.mode = mode
    chunks = await written(engine)
    assert "".join(chunk.text for chunk in chunks) == "".join(WORDS)
    assert sum(chunk.tokens for chunk in chunks) == len(WORDS) + (5 if mode == "thinking" else 0)
    assert chunks[-1].prompt_tokens == 31


async def test_thoughts_are_signs_of_life_and_are_not_shown(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.mode = "thinking"  # longer than the patience for the first token
    assert await heard(engine) == ("".join(WORDS), None)


async def test_nobody_listening_is_unavailable_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        engine = RemoteEngine(f"http://127.0.0.1:{unused.getsockname()[1]}/v1", "m", patience=QUICK)
        _, error = await heard(engine)
        assert isinstance(error, EngineUnavailable)
        assert "cannot be reached" in str(error)
        await engine.close()


async def test_a_server_that_speaks_no_tls_is_unavailable() -> None:
    async def answer_in_plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer_in_plain, "127.0.0.1", 0) as server:
        engine = RemoteEngine(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", "m", patience=QUICK)
        _, error = await heard(engine)
        assert isinstance(error, EngineUnavailable)
        assert "cannot be reached" in str(error)
        await engine.close()


async def test_a_stream_with_a_finish_reason_but_without_done_is_complete(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.mode = "no done"
    assert await heard(engine) == ("".join(WORDS), None)


async def test_after_five_failures_it_fails_at_once_until_the_time_is_up(engine: RemoteEngine, upstream: Upstream) -> None:
    now = 100.0
    engine._circuit = Circuit(clock=lambda: now)
    upstream.mode = "500"
    for _ in range(3):
        await heard(engine)
    assert len(upstream.requests) == 5
    _, error = await heard(engine)
    assert isinstance(error, EngineUnavailable)
    assert "tried again in 15 s" in str(error)
    assert len(upstream.requests) == 5
    upstream.mode, now = "right", 115.5
    assert await heard(engine) == ("".join(WORDS), None)
    assert await heard(engine) == ("".join(WORDS), None)


def test_while_half_open_one_call_tries_and_the_others_wait() -> None:
    now = 0.0
    circuit = Circuit(failures=2, seconds=15, clock=lambda: now)
    circuit.failed()
    assert circuit.allows()
    circuit.failed()
    assert not circuit.allows()
    now = 15.0
    assert [circuit.allows(), circuit.allows()] == [True, False]
    circuit.succeeded()
    assert circuit.allows()
    assert circuit.remaining == 0.0


def test_a_try_that_tells_nothing_leaves_the_next_call_to_try() -> None:
    circuit = Circuit(failures=1, seconds=15, clock=lambda: now)
    now = 0.0
    circuit.failed()
    now = 15.0
    assert [circuit.allows(), circuit.allows()] == [True, False]
    circuit.undecided()
    assert [circuit.allows(), circuit.allows()] == [True, False]


async def test_a_server_that_writes_again_is_trusted_again_though_its_reader_left(engine: RemoteEngine, upstream: Upstream) -> None:
    now = 100.0
    engine._circuit = Circuit(failures=1, clock=lambda: now)
    upstream.mode = "500"
    await heard(engine)
    upstream.mode, now = "hang in the middle", 116.0
    stream = engine.stream(QUESTION, Sampling(max_tokens=24))
    while not (await anext(stream)).text:
        pass
    await stream.aclose()
    upstream.mode = "right"
    assert await heard(engine) == ("".join(WORDS), None)


async def test_a_server_that_hangs_opens_the_circuit_for_those_who_come_later(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.mode = "hang"
    await asyncio.gather(*[heard(engine) for _ in range(5)])
    began = time.monotonic()
    _, error = await heard(engine)
    assert isinstance(error, EngineUnavailable)
    assert time.monotonic() - began < QUICK.first / 2


async def test_closing_the_stream_closes_the_request_upstream(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.mode = "hang in the middle"
    stream = engine.stream(QUESTION, Sampling(max_tokens=24))
    await anext(stream)
    await stream.aclose()
    assert await asyncio.wait_for(upstream.closed_early.wait(), 2)


async def test_a_reader_that_takes_its_time_is_not_the_servers_fault(engine: RemoteEngine) -> None:
    text = ""
    async for chunk in engine.stream(QUESTION, Sampling(max_tokens=2)):
        text += chunk.text
        if chunk.text:
            await asyncio.sleep(QUICK.gap + 0.05)
    assert text == "The blue "


async def test_the_request_has_what_was_asked_for_and_the_key(engine: RemoteEngine, upstream: Upstream) -> None:
    await written(engine, Sampling(max_tokens=5, temperature=0.3, top_p=0.9, stop=("\n\n",), seed=4))
    request = upstream.requests[0]
    assert request.pop("messages")[1] == {"role": "user", "content": QUESTION[1].content}
    expected = {"model": "some-model", "max_tokens": 5, "temperature": 0.3, "top_p": 0.9, "stop": ["\n\n"], "seed": 4, "stream": True}
    assert request == expected | {"stream_options": {"include_usage": True}}
    assert f"authorization: bearer {KEY}" in upstream.headers[0].lower()


async def test_choices_are_weighed_by_the_probabilities_of_their_letters(engine: RemoteEngine, upstream: Upstream) -> None:
    shares = await engine.choose(QUESTION, ["product", "policy", "small talk"])
    assert max(shares, key=lambda choice: shares[choice]) == "policy"
    assert shares["policy"] / shares["product"] == pytest.approx(4.95, rel=0.01)  # e^(1.8 - 0.2)
    assert shares["small talk"] < 0.01
    assert "A. product\nB. policy\nC. small talk" in upstream.requests[0]["messages"][-1]["content"]


async def test_without_probabilities_the_letter_that_was_answered_gets_most(engine: RemoteEngine, upstream: Upstream) -> None:
    upstream.logprobs = False
    shares = await engine.choose(QUESTION, ["product", "policy"])
    assert shares == {"product": pytest.approx(1 - SURE), "policy": pytest.approx(SURE)}


@pytest.mark.parametrize("mode", ["500", "hang", "html", "garbage", "closed"])
async def test_choosing_fails_as_clearly_as_writing(engine: RemoteEngine, upstream: Upstream, mode: str) -> None:
    upstream.mode = mode
    with pytest.raises(EngineUnavailable):
        await engine.choose(QUESTION, ["a", "b"])


async def test_more_choices_than_letters_are_refused(engine: RemoteEngine) -> None:
    with pytest.raises(EngineError, match="at most 20"):
        await engine.choose(QUESTION, [str(number) for number in range(21)])


async def test_choices_after_an_answer_are_asked_in_a_message_of_their_own(engine: RemoteEngine, upstream: Upstream) -> None:
    await engine.choose([*QUESTION, ChatMessage("assistant", "129.00 EUR.")], ["yes", "no"])
    assert [message["role"] for message in upstream.requests[0]["messages"]] == ["system", "user", "assistant", "user"]
