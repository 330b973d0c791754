"""Whether the day or the month stands first in a column of dates: where cells only fit the other way, and none
contradicts, nothing is read of it until somebody has said which. Else 5/3 beside 12/24 would be the wrong day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from contacts.values.dates import day_first_only, month_first_only

DAY, MONTH, EITHER = "day", "month", ""
ISO_DASH = 4


class DayOrders:
    """Looks at cells of columns, each read with the month first or not, and tells which are in doubt."""

    def __init__(self, month_first: Mapping[int, bool]) -> None:
        self.open = {column: MONTH if month else DAY for column, month in month_first.items()}
        self._columns = tuple(self.open)
        self._others: dict[int, str] = {}

    def look_at_row(self, cells: Sequence[str]) -> None:
        for column in self._columns:
            if column >= len(cells) or cells[column][ISO_DASH : ISO_DASH + 1] == "-":
                continue
            if order := _order(cells[column]):
                self._note(column, order, cells[column])

    def _note(self, column: int, order: str, cell: str) -> None:
        if order == self.open[column]:
            del self.open[column]
            self._columns = tuple(self.open)
        else:
            self._others.setdefault(column, cell)

    @property
    def in_doubt(self) -> dict[int, str]:
        """The columns whose dates only fit the other way than they are read, each with such a cell."""
        return {column: cell for column, cell in self._others.items() if column in self.open}


def doubtful_date(cells: Sequence[str], *, month_first: bool = False) -> str:
    """A cell that shows that these dates do not fit as they would be read; "" where there is none."""
    orders = DayOrders({0: month_first})
    for cell in cells:
        orders.look_at_row([cell])
    return orders.in_doubt.get(0, "")


@lru_cache(maxsize=4096)
def _order(cell: str) -> str:
    return DAY if day_first_only(cell) else MONTH if month_first_only(cell) else EITHER
