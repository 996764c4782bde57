"""What is sent to POST /v1/copy and the calls beside it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chatbot.copywriter.channels import ChannelName
from chatbot.copywriter.wish import Length, Tone

_STORABLE = r"^[^\x00]*$"  # PostgreSQL stores no NUL
_ROW: dict[str, Any] = {
    "name": "Linen Shirt",
    "attributes": {"Material": "linen", "Fit": "relaxed"},
    "image": "https://shop.example/linen-shirt.jpg",
}
_TAKEN: dict[str, Any] = {
    "row": _ROW,
    "written": "This is the Linen Shirt.",
    "text": "The Linen Shirt is made of linen.",
    "operator": "Ana",
}
_EXAMPLES: list[Any] = [
    {"row": _ROW, "tone": "friendly", "length": "medium", "variants": 2},
    {"theme": "Mid-autumn sale", "keywords": ["lanterns", "tea"], "channels": ["banner", "social"]},
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=_STORABLE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=_STORABLE)]


class RowFields(BaseModel):
    """What a row states. `attributes`: name to value."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    brand: Text = ""
    category: Text = ""
    image: Text = ""
    description: Text = ""
    attributes: dict[Name, Text] = Field(default={}, max_length=60)


class CopyRequest(BaseModel):
    """Either `row` or `product` for a description, or `theme` for marketing copy."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})

    row: RowFields | None = Field(None, description="A row, as it stands in a file.")
    product: str = Field("", max_length=300, description="Id of a product of the shop's catalogue, instead of a row.")
    theme: str = Field("", max_length=300, description="What marketing copy is about.")
    keywords: list[Name] = Field(default=[], max_length=12)
    tone: Tone = "plain"
    length: Length = "medium"
    language: Literal["", "en", "zh"] = ""
    variants: int = Field(1, ge=1, le=4)
    with_price: bool = False
    channels: list[ChannelName] = Field(default=["email", "banner", "social"], min_length=1, max_length=3)
    products: list[Name] = Field(default=[], max_length=6, description="Ids of the products that marketing copy names; chosen when empty.")
    seed: int = Field(0, ge=0, le=2**31)
    stream: bool = Field(False, description="Server-Sent Events: each sentence or part as soon as it is checked.")


class Accepted(BaseModel):
    """A text that was taken, as it was written and as it shall be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_TAKEN]})

    row: RowFields | None = None
    product: str = Field("", max_length=300)
    language: Literal["", "en", "zh"] = ""
    written: Text
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=_STORABLE)]
    operator: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=_STORABLE)]


class FileWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tone: Tone = "plain"
    length: Length = "medium"
    language: Literal["", "en", "zh"] = ""
    keywords: list[Name] = Field(default=[], max_length=12)
    seed: int = Field(0, ge=0, le=2**31)
    with_price: bool = False
    overwrite: bool = False
