"""Where an empty fallback leaves a sign hanging: `Dear <name|>,` is `Dear ,` to whoever has no name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.placeholders.grammar import Field, Literal, Piece, When, normalised, parse

SIGNS = tuple(",.!?")
BEFORE = 20
_begins = re.compile(r"[<>|?\n]")  # the words before a field, up to the last field, branch or line
# Unicode keeps these for nobody's text.
MARKS = [chr(code) for code in range(0xFDD0, 0xFDF0)]


@dataclass(frozen=True, slots=True)
class Gap:
    """A field with an empty fallback before a sign, and what `reads` whoever has no value for it."""

    field: Field
    reads: str


def gaps(text: str, pieces: Sequence[Piece]) -> list[Gap]:
    """The gaps of a normalised text, from its first to its last."""
    return [
        Gap(field, f"{_begins.split(text[: field.start])[-1][-BEFORE:].lstrip()}{text[field.end]}")
        for field in _fields(pieces)
        if field.fallback == "" and not field.counts_rows and text[field.end : field.end + 1] in SIGNS
    ]


def marked(text: str) -> tuple[str, dict[str, int]]:
    """The text with a mark as the fallback at each of its gaps, and by mark where in the normalised text that is.

    Who would read it is then told by writing: a gap within a condition counts only where that branch is taken.
    Raises PlaceholderError.
    """
    text = normalised(text)
    places = {}
    for gap, mark in reversed(list(zip(gaps(text, parse(text)), MARKS, strict=False))):
        end = gap.field.end - 1
        text = text[:end] + mark + text[end:]
        places[mark] = gap.field.start
    return text, places


def _fields(pieces: Sequence[Literal | Field | When]) -> list[Field]:
    found: list[Field] = []
    for piece in pieces:
        inner = (*piece.body, *piece.otherwise) if isinstance(piece, When) else (piece,)
        found += [one for one in inner if isinstance(one, Field)]
    return found
