"""Texts, yes or no, and choices."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.values.types import BadValue, shortened

LONGEST_TEXT = 1_000
YES = frozenset(["yes", "y", "true", "1", "ndiyo", "ndio"])
NO = frozenset(["no", "n", "false", "0", "hapana", "la"])


def read_text(cell: str) -> str:
    if len(cell) > LONGEST_TEXT:
        raise BadValue("too_long", f"longer than {LONGEST_TEXT:,} letters")
    return cell


def read_yes_or_no(cell: str) -> str:
    lowered = cell.lower()
    if lowered in YES:
        return "yes"
    if lowered in NO:
        return "no"
    raise BadValue("not_yes_no", f"“{shortened(cell)}” is neither yes nor no")


def read_choice(cell: str, options: Sequence[str]) -> str:
    for option in options:
        if option.casefold() == cell.casefold():
            return option
    raise BadValue("no_such_choice", f"“{shortened(cell)}” is none of: {', '.join(options)}")
