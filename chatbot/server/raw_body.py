"""How a body is described that a route reads by itself: its schema in one piece, and an example."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel


def json_body(model: type[BaseModel], example: dict[str, Any], *, without: Collection[str] = (), required: bool = True) -> dict[str, Any]:
    """A `requestBody` for `openapi_extra`. `without`: fields of the model that this call does not take."""
    schema = _inlined(model.model_json_schema())
    schema["properties"] = {name: field for name, field in schema["properties"].items() if name not in without}
    schema["required"] = [name for name in schema.get("required", []) if name not in without]
    schema.pop("examples", None)
    return {"required": required, "content": {"application/json": {"schema": schema, "example": example}}}


def table_body(example: str) -> dict[str, Any]:
    """A `requestBody` for `openapi_extra`: the bytes of a CSV file."""
    return {"required": True, "content": {"text/csv": {"schema": {"type": "string"}, "example": example}}}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its definitions in place, since a hand-made request body has no other place for them."""
    definitions = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return put(definitions[value["$ref"].rsplit("/", 1)[1]])
            return {name: put(inner) for name, inner in value.items()}
        return [put(inner) for inner in value] if isinstance(value, list) else value

    inlined: dict[str, Any] = put(schema)
    return inlined
