"""What calls of the API answer with, as its description tells it: each field with an example, whole ones made of them.

The views write their answers themselves; the tests hold every one of them against these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

from ninja import Field, Schema

Money = Annotated[str, Field(pattern=r"^-?\d+\.\d\d$", description="KES.", examples=["722.40"])]
Phone = Annotated[str, Field(pattern=r"^\+\d{7,15}$", examples=["+254712345678"])]


def one_of(words: Iterable[str]) -> dict[str, Any]:
    """Of a field's schema: it is one of these."""
    return {"enum": list(words)}


class Answer(Schema, extra="forbid"):
    """An object with these fields and no other."""


Item = TypeVar("Item")


class Results(Answer, Generic[Item]):
    results: list[Item]


class Page(Results[Item]):
    next: str | None = Field(description="The `cursor` of what follows; null: nothing.", examples=["2w"])
