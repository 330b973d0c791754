"""What addresses and forms ask for by number, read without trusting it."""

from __future__ import annotations

MOST_DIGITS = 18


def row_id(written: str | None) -> int | None:
    """The row's number that is written there; None for anything that is none, or too large for the database."""
    return (
        int(written) if written and written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS else None
    )
