"""What a route declares for the page about the interface: the answers beside the usual one, and examples with values of the shop.

The shapes of refusals are filled in by `api_document`, as is what stands for a value.
"""

from __future__ import annotations

from typing import Any, Final

Told = dict[int | str, dict[str, Any]]

A_PRODUCT: Final = "{a product of this shop}"  # in an example: its id is put there

STREAM_TOLD: Final[Told] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}


def told(*statuses: int) -> Told:
    """The refusals that this call has of its own: 404, 429 and the like."""
    return {status: {} for status in statuses}


def table_told(example: str) -> Told:
    """A file is the answer."""
    return {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}, "example": example}}}} | told(413)
