"""The question whether the month stands first, where a column's dates only fit the other way than they are read."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.importing.mapping import BadMapping, ColumnChoice

DOUBT = (
    "Dates in “{}” cannot be read with the {} first, such as {}. Say whether the month stands first in it; nobody was "
    "written."
)


class OrderDoubt(BadMapping):
    """Some columns' dates only fit the other way: ask which of day and month stands first in each."""

    def __init__(self, in_doubt: Mapping[int, str], choices: list[ColumnChoice]) -> None:
        asked = [choice for choice in choices if choice.index in in_doubt]
        words = [DOUBT.format(one.heading, "month" if one.month_first else "day", in_doubt[one.index]) for one in asked]
        super().__init__(" ".join(words))
