"""By which columns a group's people can be put in order: by all in most groups, by those with an index in big ones."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.filters.indexes import OWN, kind_of, sorted_quickly
from contacts.filters.pages import Sort
from contacts.models import ContactGroup

LABELS = {"phone": "Phone", "name": "Name"}


@dataclass(frozen=True)
class Column:
    """`name` is what an address calls it; `may_sort`, whether the people can be put in its order."""

    name: str
    label: str
    sort: Sort
    may_sort: bool


def columns_of(group: ContactGroup, *, few: bool) -> list[Column]:
    """The columns of the group's list; where those who are shown are `few`, it does not matter how big the group is."""
    quick = None if few else sorted_quickly(group)
    own = [Column(key, LABELS[key], Sort(key), quick is None or (OWN, key) in quick) for key in ("phone", "name")]
    return own + [
        Column(
            one.name,
            one.label,
            Sort(one.key, one.type),
            quick is None or (kind_of(one.type), one.key) in quick,
        )
        for one in group.fields.all()
    ]


def sort_asked(columns: list[Column], written: str) -> tuple[Column, Sort] | None:
    """The column that an address names, and the order: `balance`, or `-balance` for the largest first."""
    name = written.removeprefix("-")
    for one in columns:
        if one.name == name:
            return one, Sort(one.sort.key, one.sort.type, down=written.startswith("-"))
    return None
