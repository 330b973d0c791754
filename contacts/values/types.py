"""The types of a field, and what a cell that its type cannot take is."""

from __future__ import annotations

TEXT, INTEGER, DECIMAL, MONEY, DATE, DATETIME, BOOLEAN, CHOICE = (
    "text", "integer", "decimal", "money", "date", "datetime", "boolean", "choice",
)  # fmt: skip
LONGEST_TYPED = 60


class BadValue(ValueError):
    """A cell that its column's type cannot take; the message says so to a clerk."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def shortened(cell: str) -> str:
    """A cell as a message quotes it."""
    return cell if len(cell) <= LONGEST_TYPED else f"{cell[:LONGEST_TYPED]}…"
