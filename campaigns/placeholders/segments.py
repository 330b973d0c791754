"""Where in a text its fields and its errors stand, for an editor that marks them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from campaigns.placeholders.grammar import PlaceholderError, Reader, key_of

_resume = re.compile(r"[<\n]")


class SegmentKind(StrEnum):
    LITERAL = "literal"
    FIELD = "field"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TextSegment:
    """`text[start:end]`; `key` is a field's name as names are compared, an error's code, or empty."""

    start: int
    end: int
    kind: SegmentKind
    key: str = ""


def segments(text: str) -> list[TextSegment]:
    """The text from its first to its last character; a condition is one field. After an error the rest is read on."""
    found: list[TextSegment] = []
    reader = Reader(text)
    plain = 0
    while reader.at < len(text):
        if not reader.opens():
            reader.char()
            continue
        start = reader.at
        if plain < start:
            found.append(TextSegment(plain, start, SegmentKind.LITERAL))
        found.append(_field(reader))
        plain = reader.at
    if plain < len(text):
        found.append(TextSegment(plain, len(text), SegmentKind.LITERAL))
    return found


def _field(reader: Reader) -> TextSegment:
    start = reader.at
    try:
        field = reader.field()
    except PlaceholderError as error:
        following = _resume.search(reader.text, start + 1)
        reader.at = following.start() if following else len(reader.text)
        return TextSegment(start, reader.at, SegmentKind.ERROR, error.code)
    return TextSegment(start, reader.at, SegmentKind.FIELD, key_of(field.name))
