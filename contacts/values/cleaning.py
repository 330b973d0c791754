"""A row of cells as it is kept."""

from __future__ import annotations

from lib.words import clean


def clean_row(cells: list[str]) -> list[str]:
    """`clean` for a whole row; most rows of a file are clean already, which is seen at once."""
    joined = "|".join(cells)
    if (
        joined.isascii()
        and joined.isprintable()
        and "  " not in joined
        and " |" not in joined
        and "| " not in joined
        and not joined.startswith(" ")
        and not joined.endswith(" ")
    ):
        return cells
    return [clean(cell) for cell in cells]
