"""A cell or a name as it is kept: one line, without what nobody sees."""

from __future__ import annotations

import re
import unicodedata

LONGEST_COMPOSED_LETTERS = 1_000
COMPOSED_AT_ONCE_LETTERS = 100

_spaces = re.compile(r"\s+")
# Zero-width signs and those of a direction; control characters; and halves of surrogate pairs, which neither a text nor
# the database can hold.
_invisible = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\u061c\u180e\ufeff\u00ad\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]"
)


def clean(text: str) -> str:
    """NFC, every run of white space one blank, ends trimmed, invisible characters out."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _spaces.sub(" ", _invisible.sub("", _composed(text))).strip()


def _composed(text: str) -> str:
    """In NFC. Marks are put in order in squared time, so that what is too long to be a value goes in pieces."""
    if len(text) <= LONGEST_COMPOSED_LETTERS:
        return unicodedata.normalize("NFC", text)
    pieces = range(0, len(text), COMPOSED_AT_ONCE_LETTERS)
    return "".join(unicodedata.normalize("NFC", text[start : start + COMPOSED_AT_ONCE_LETTERS]) for start in pieces)
