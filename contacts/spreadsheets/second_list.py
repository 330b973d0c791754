"""A second list beside the first one: the same headings again, with people of their own."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.spreadsheets.heading_words import heading_words, says_phone
from contacts.spreadsheets.headings import column_letter, looks_like_number

FEWEST_HEADINGS = 2


def second_list(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The column where it begins; None where there is none."""
    named = [
        "" if heading == f"Column {column_letter(index)}" else heading.casefold()
        for index, heading in enumerate(headings)
    ]
    first = next((heading for heading in named if heading), "")
    for start in range(FEWEST_HEADINGS, len(named)):
        left, right = [one for one in named[:start] if one], [one for one in named[start:] if one]
        again = right[: len(left)]
        if named[start] == first and len(again) >= FEWEST_HEADINGS and left[: len(again)] == again:
            phones = [at for at in range(start, len(named)) if says_phone(heading_words(named[at]))]
            if any(at < len(row) and looks_like_number(row[at]) for at in phones for row in rows):
                return start
    return None
