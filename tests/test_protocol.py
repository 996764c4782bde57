"""The models of the wire, the strict reading of shopper frames, and the published AsyncAPI document."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.asyncapi import DOCUMENT, document, rendered
from chatbot.frames import BadFrame, parse_frame
from chatbot.protocol import (
    SERVER_EVENTS,
    SHOPPER_FRAMES,
    CancelFrame,
    ContextFrame,
    ErrorEvent,
    FeedbackFrame,
    HandlerEvent,
    HandoffFrame,
    HelloFrame,
    Incoming,
    MessageFrame,
    PageFields,
    ReplyEvent,
    SourceFields,
    TypingFrame,
    UsageFields,
)

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("raw", "frame"),
    [
        ('{"type":"hello"}', HelloFrame(type="hello")),
        (
            '{"type":"hello","locale":"zh-Hans-CN","session":"abc","token":"x_-1","after":7,"identity":"a.b.c","page":{"url":"/p","product_id":"9"}}',
            HelloFrame(
                type="hello",
                locale="zh-Hans-CN",
                session="abc",
                token="x_-1",
                after=7,
                identity="a.b.c",
                page=PageFields(url="/p", product_id="9"),
            ),
        ),
        (f'{{"type":"message","id":"{ID}","text":"多少钱？"}}', MessageFrame(type="message", id=ID, text="多少钱？")),
        ('{"type":"cancel","turn":"t1"}', CancelFrame(type="cancel", turn="t1")),
        (
            '{"type":"feedback","turn":"t1","rating":"down","comment":"no"}',
            FeedbackFrame(type="feedback", turn="t1", rating="down", comment="no"),
        ),
        ('{"type":"handoff","reason":"a person"}', HandoffFrame(type="handoff", reason="a person")),
        ('{"type":"context","cart":["1","2"]}', ContextFrame(type="context", cart=["1", "2"])),
        ('{"type":"typing"}', TypingFrame(type="typing")),
    ],
)
def test_every_frame_of_the_contract_is_read(raw: str, frame: Incoming) -> None:
    assert parse_frame(raw) == parse_frame(raw.encode()) == frame


def test_null_means_left_out() -> None:
    assert parse_frame('{"type":"hello","session":null,"page":null}') == HelloFrame(type="hello")


def test_bytes_that_are_not_utf_8_are_refused_with_their_place() -> None:
    with pytest.raises(BadFrame, match="frame: not UTF-8 at byte 2"):
        parse_frame(b'{"\xff"}')


def test_the_size_is_counted_in_bytes() -> None:
    fits = json.dumps({"type": "message", "id": ID, "text": "x"})
    assert parse_frame(fits + " " * (16 * 1024 - len(fits)))
    with pytest.raises(BadFrame, match="at most 16384 bytes, got 16385") as caught:
        parse_frame(fits + " " * (16 * 1024 - len(fits) + 1))
    assert caught.value.code == "too_large"
    with pytest.raises(BadFrame, match="at most 16384 bytes"):
        parse_frame("字" * 6000)


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_no_input_raises_anything_but_bad_frame(raw: str | bytes) -> None:
    with pytest.raises(BadFrame):
        parse_frame(raw)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["id", "text", "turn", "rating", "page", "cart", "session", "token", "after", "locale", "reason", "x"])


@given(
    st.sampled_from(["hello", "message", "cancel", "feedback", "handoff", "context", "typing"]),
    st.dictionaries(_NAMES, _VALUES, max_size=4),
)
def test_a_frame_is_taken_or_its_fault_is_named(kind: str, fields: dict[str, object]) -> None:
    try:
        frame: Incoming | None = parse_frame(json.dumps({"type": kind} | fields))
        fault = ""
    except BadFrame as refused:
        frame, fault = None, str(refused)
    assert isinstance(frame, SHOPPER_FRAMES) if frame is not None else ":" in fault
    assert fault.encode() is not None  # can be sent


def test_prices_travel_as_decimal_strings_and_empty_fields_not_at_all() -> None:
    source = SourceFields(id="product:7", kind="product", title="Lamp", score=0.5, price=Decimal("12.90"), currency="EUR")
    reply = ReplyEvent(seq=2, turn="t", text="12.90", citations=[], sources=[source], finish="stop", usage=UsageFields())
    wire = json.loads(reply.wire())
    assert wire["sources"] == [{"id": "product:7", "kind": "product", "title": "Lamp", "score": 0.5, "price": "12.90", "currency": "EUR"}]
    assert "ahead" not in json.loads(HandlerEvent(seq=1, state="operator", reason="operator_took_over").wire())
    assert (
        ErrorEvent(code="conflict", message="x", retryable=False).wire()
        == '{"type":"error","code":"conflict","message":"x","retryable":false}'
    )


def test_the_published_document_is_the_one_the_models_make() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == rendered(), "run: python -m chatbot.asyncapi"


def test_the_document_describes_every_frame_and_all_its_references_lead_somewhere() -> None:
    made = document()
    assert len(made["channels"]["chat"]["messages"]) == len(SHOPPER_FRAMES) + len(SERVER_EVENTS) == 18
    for pointer in _references(made):
        target = made
        for step in pointer.removeprefix("#/").split("/"):
            target = target[step]


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in _references(item)]
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    return []
