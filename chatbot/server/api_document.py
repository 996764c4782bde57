"""The OpenAPI document as this shop's developers read it: FastAPI's own, with chapters, the shape of each refusal, and commands to paste.

All that holds for many routes is told here once. Values of the shop that everybody may see (its site key, a product's id) stand in the
examples, so that they work as they are; nothing else of the shop is in it. Knows no request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from chatbot.protocol import ErrorEvent
from chatbot.server.chapters import CHAPTERS, OPENAI, SHOPPERS
from chatbot.server.curl import Call, command
from chatbot.server.told_responses import A_PRODUCT

ANSWERS: Final = Path(__file__).with_name("api_answers.json")
_TOLD: Final = {
    "400": "The request is none of this call's.",
    "401": "Not logged in, or not with this token.",
    "403": "From a page that may not call this, or without the header `X-Console: 1`.",
    "404": "There is none of that name.",
    "409": "It cannot be done as things are; the message says why.",
    "413": "The body is too large.",
    "422": "A field is missing or wrong; the message names it.",
    "429": "Too many calls from this address; `Retry-After` says when to come back.",
    "503": "Not now: the shop is opening, closing or busy. `Retry-After` says when to come back.",
}
_DETAIL: Final[dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "title": "Problem",
        "required": ["detail"],
        "properties": {
            "detail": {
                "description": "What was expected and what came; a list where fields are wrong, with the place of each in `loc`.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}],
            }
        },
    },
    "Refusal": {
        "type": "object",
        "title": "Refusal",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["message"],
                "properties": {name: {"type": ["string", "null"]} for name in ("message", "code", "type", "param")},
            }
        },
    },
}
_LOCATED: Final = {"detail": [{"type": "missing", "loc": ["body", "query"], "msg": "Field required"}]}


@dataclass(frozen=True, slots=True)
class Shown:
    """What of this shop stands in the examples. `origin`: where this server is reached; `product`: an id, "" where there is none."""

    origin: str
    site: str
    product: str


def document(made: dict[str, Any], shown: Shown) -> dict[str, Any]:
    """`made` is what FastAPI makes of the routes; it is not changed."""
    told = deepcopy(made)
    told["tags"] = [{"name": name, "description": text} for name, text in CHAPTERS.items()]
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= deepcopy(_DETAIL) | {"ErrorEvent": ErrorEvent.model_json_schema()}
    order = list(CHAPTERS)
    told["paths"] = dict(sorted(told["paths"].items(), key=lambda item: min(order.index(_chapter(one)) for one in item[1].values())))
    for path, method, operation in operations(told):
        _parameters(operation, shown)
        _answers(path, method, operation)
        examples = _body(operation, schemas, shown)
        calls = [Call(shown.origin, method.upper(), path, operation, example) for example in examples.values()]
        labels = [f"curl: {name}" if len(examples) > 1 else "curl" for name in examples]
        samples = zip(labels, map(command, calls), strict=True)
        operation["x-codeSamples"] = [{"lang": "shell", "label": label, "source": source} for label, source in samples]
        _name_examples(operation)
    return told


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method in small letters, and the operation, in the document's order."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _body(operation: dict[str, Any], schemas: dict[str, Any], shown: Shown) -> dict[str, JsonValue]:
    """The examples of the operation's body by name, filled in and beside the body too; one that is None where there is no body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in content:
            return {"": content["example"]}
        schema = schemas[content["schema"]["$ref"].rsplit("/", 1)[1]]
        schema["examples"] = [_filled(example, list(schema["properties"]), shown) for example in schema["examples"]]
        named = {", ".join(example): example for example in schema["examples"]}
        content["examples"] = {name: {"summary": name, "value": example} for name, example in named.items()}
        return named
    return {"": None}


def _name_examples(operation: dict[str, Any]) -> None:
    """The other way to tell of one example, which more programs read: the one that draws our page makes one up where it finds `example`."""
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for content in part.get("content", {}).values():
            if "example" in content:
                content["examples"] = {"example": {"value": content.pop("example")}}


def _filled(example: dict[str, Any], order: list[str], shown: Shown) -> dict[str, Any]:
    """In the order of the fields, since a schema's examples are sorted by name."""
    return {name: _with_product(example[name], shown.product) for name in sorted(example, key=order.index)}


def _with_product(value: Any, product: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_product(inner, product) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_product(inner, product) for inner in value]
    return product if value == A_PRODUCT else value


def _chapter(operation: dict[str, Any]) -> str:
    return str(operation["tags"][0])


def _parameters(operation: dict[str, Any], shown: Shown) -> None:
    """An example stands beside the parameter, where every reader of such documents looks for it."""
    own = {"site": shown.site, "product_id": shown.product}
    for parameter in operation.get("parameters", ()):
        examples = parameter["schema"].pop("examples", [])
        example = own.get(parameter["name"], examples[0] if examples else None)
        if example is not None:
            parameter.setdefault("example", example)
        if parameter["name"] == "X-Console":
            parameter |= {"required": True, "schema": {"type": "string", "const": "1"}}


def _answers(path: str, method: str, operation: dict[str, Any]) -> None:
    """What every call of this kind may be refused with, and the shape of it; an answer as it was given once."""
    responses: dict[str, Any] = operation["responses"]
    for status in _refusals(operation):
        responses.setdefault(status, {})
    for status in [status for status in responses if status in _TOLD]:
        given = responses[status].get("content", {})
        own = {} if "HTTPValidationError" in json.dumps(given) else given
        description = responses[status].get("description")
        text = description if own and description else _TOLD[status]
        responses[status] = {"description": text, "content": own or {"application/json": _refusal(operation, status)}}
    answer = _answered().get(f"{method.upper()} {path}")
    for status, kind in ((status, told.get("content", {})) for status, told in responses.items()):
        if status.startswith("2") and answer is not None and "application/json" in kind:
            kind["application/json"]["example"] = answer
    operation["responses"] = dict(sorted(responses.items()))


def _refusals(operation: dict[str, Any]) -> Iterator[str]:
    if any("operator" in one for one in operation.get("security", ())):
        yield "401"
    if any(parameter["name"] == "X-Console" for parameter in operation.get("parameters", ())):
        yield "403"
    if "requestBody" in operation:
        yield from ("413", "422")
    yield "503"


def _refusal(operation: dict[str, Any], status: str) -> dict[str, Any]:
    if _chapter(operation) == SHOPPERS:
        code = {"401": "unauthorized", "403": "forbidden_origin", "409": "conflict", "413": "too_large", "422": "too_long"}
        code |= {"429": "rate_limited", "503": "overloaded"}
        retryable = status in ("429", "503")
        event = ErrorEvent(code=code.get(status, "bad_frame"), message=_TOLD[status], retryable=retryable)
        return _shape("ErrorEvent", event.model_dump(exclude_none=True))
    if _chapter(operation) == OPENAI:
        return _shape("Refusal", {"error": {"message": _TOLD[status], "type": "invalid_request_error", "param": None, "code": None}})
    if status == "413" and "application/json" in operation["requestBody"]["content"]:  # a file has the limit that its call tells
        return _shape("Refusal", {"error": {"code": "too_large", "message": "expected a body of at most 262144 bytes"}})
    if status == "422":
        return _shape("Problem", _LOCATED)
    return _shape("Problem", {"detail": _TOLD[status]})


def _shape(name: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}


@cache
def _answered() -> dict[str, Any]:
    """Answers of a small shop, shortened: `python -m tests.api_answers` writes them down."""
    found: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8")) if ANSWERS.is_file() else {}
    return found
