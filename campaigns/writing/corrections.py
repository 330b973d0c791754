"""What the buttons beside a text do to it: plain characters for costly ones, and what is suggested for a mistake."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns import gsm, placeholders

ALL = "all"


def with_plain_twins(text: str, char: str) -> str:
    """`text` with the plain twin of `char` wherever it stands; of ALL those that have one and are no letters."""
    if char == ALL:
        return gsm.sanitise(text)[0]
    for one in gsm.costly(text):
        if one.char == char and one.twin is not None:
            return text.replace(char, one.twin)
    return text


def with_suggestion(text: str, position: int, fields_by_group: Mapping[str, Mapping[str, str]]) -> str:
    """`text` with what is suggested for the problem at `position`, if there is one."""
    text = placeholders.normalised(text)
    for one in placeholders.lint(text, fields_by_group):
        if one.position == position and one.suggestion:
            return text[:position] + one.suggestion + text[position + one.length :]
    return text
