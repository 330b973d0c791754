"""A chunk of planned numbers written down: whole or not at all, each number once, each row reminded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.db import IntegrityError, transaction

from campaigns.audience.numbers import Row
from campaigns.models import Run
from campaigns.planning import as_planned
from campaigns.planning.copying import copy_in
from campaigns.planning.numbers import Number
from campaigns.planning.reminder_keys import NewKey, change_keys, take_keys_back, write_keys
from campaigns.planning.store import add_up, move_cursor, phones_planned

Again = Callable[[list[Row], int], Number]


class WrittenNumber(NamedTuple):
    """Who has written rows of a number since the campaign was approved, and the most parts of the texts about them."""

    writer: str
    parts: int


def write_numbers(run: Run, numbers: list[Number], again: Again) -> bool:
    """Write one chunk in one transaction. False: the run was moved on or stopped by another; nothing was written.

    `again` plans a number once more by those of its rows that were not reminded yet.
    """
    try:
        return _chunk(run, numbers, again, look=False)
    except IntegrityError:
        return _chunk(run, numbers, again, look=True)


def _chunk(run: Run, numbers: list[Number], again: Again, *, look: bool) -> bool:
    last = int(numbers[-1].phone)
    with transaction.atomic():
        if not move_cursor(run, 0, last):
            return False
        there = phones_planned(run, [one.phone for one in numbers]) if look else set()
        kept = _not_yet_reminded(run, [one for one in numbers if one.phone not in there], again)
        texts = [text for one in kept for text in one.texts]
        copy_in(run, texts)
        add_up(run, texts, people=len(kept), merged=sum(one.merged for one in numbers))
        noted = as_planned.note(run, _written(kept))
    run.cursor_contact, run.as_planned = last, noted
    return True


def _not_yet_reminded(run: Run, numbers: list[Number], again: Again) -> list[Number]:
    """Of a reminder, numbers with those rows whose key was not there; rows that are left out get none, as ever."""
    keys = [key for one in numbers for key in one.keys]
    if not keys:
        return numbers
    new = write_keys(run, keys)
    kept: list[Number] = []
    changed: list[NewKey] = []
    taken_back: list[NewKey] = []
    for number in numbers:
        before = {key.reference for key in number.keys if (key.phone, key.reference) not in new}
        if before:
            rows = [row for row in number.rows if row.reference not in before]
            rest = again(rows, number.merged) if rows else None
            told = {key.reference for key in rest.keys} if rest else set()
            changed += rest.keys if rest else []
            taken_back += [key for key in number.keys if key.reference not in told | before]
            if rest:
                kept.append(rest)
        else:
            kept.append(number)
    change_keys(run, changed)
    take_keys_back(run, taken_back)
    return kept


def _written(numbers: Iterable[Number]) -> Iterator[WrittenNumber]:
    for number in numbers:
        writers = {row.contact: row.writer for row in number.rows}
        most: dict[str, int] = {}
        for text in number.texts:
            for contact in text.rows or [text.contact]:
                most[writers[contact]] = max(most.get(writers[contact], 0), text.parts)
        yield from (WrittenNumber(writer, parts) for writer, parts in most.items())
