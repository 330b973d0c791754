"""Whether the day or the month stands first in a column of dates: where cells only fit with the month first, and none
contradicts, nothing is read of it until somebody has said which. Else 5/3 beside 12/24 would be the wrong day.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from contacts.importing.mapping import BadMapping
from contacts.values import day_first_only, month_first_only

DAY, MONTH, EITHER = "day", "month", ""
DOUBT = (
    "Dates in “{}” cannot be read with the day first, such as {}. Say whether the month stands first in it; nothing "
    "was written."
)
ISO_DASH = 4


class OrderDoubt(BadMapping):
    """A column's dates only fit with the month first: ask whether that is meant. `column` is its number."""

    def __init__(self, column: int, heading: str, cell: str) -> None:
        super().__init__(DOUBT.format(heading, cell))
        self.column = column


class DayOrders:
    """Looks at cells of these columns, and tells which are in doubt."""

    def __init__(self, columns: Sequence[int]) -> None:
        self.open = list(columns)
        self._months: dict[int, str] = {}

    def look_at(self, column: int, cell: str) -> None:
        if cell[ISO_DASH : ISO_DASH + 1] == "-":
            return
        order = _order(cell)
        if order == DAY:
            self.open.remove(column)
        elif order == MONTH:
            self._months.setdefault(column, cell)

    def look_at_row(self, cells: Sequence[str]) -> None:
        for column in tuple(self.open):
            if column < len(cells):
                self.look_at(column, cells[column])

    @property
    def in_doubt(self) -> dict[int, str]:
        """The columns whose dates only fit with the month first, each with such a cell."""
        return {column: cell for column, cell in self._months.items() if column in self.open}


@lru_cache(maxsize=4096)
def _order(cell: str) -> str:
    return DAY if day_first_only(cell) else MONTH if month_first_only(cell) else EITHER
