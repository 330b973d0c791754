"""Whole numbers planned at once, where a group tells rows of one number apart: a text for each row, or one for all."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from campaigns.audience import Audience
from campaigns.audience.numbers import Row, digest_of, names_read, numbers, of_first_list
from campaigns.models import Campaign, Run
from campaigns.planning.copying import Planned
from campaigns.planning.reminder_keys import NewKey
from campaigns.writing import prices
from campaigns.writing.numbers import SAME_TEXT, NumberWriter, RowText


class Number(NamedTuple):
    """A number with those of its rows that count, and its texts; of a reminder the keys of the rows that are told."""

    rows: list[Row]
    merged: int
    texts: list[Planned]
    keys: list[NewKey]

    @property
    def phone(self) -> str:
        return self.rows[0].phone


class _Costs(dict[int, Decimal]):
    """What so many parts cost."""

    def __init__(self, price: Decimal) -> None:
        super().__init__()
        self._price = price

    def __missing__(self, parts: int) -> Decimal:
        return self.setdefault(parts, self._price * parts)


class NumberPlanner:
    """Plans one number of a run after another. Raises placeholders.PlaceholderError where the text is broken."""

    def __init__(self, run: Run, audience: Audience) -> None:
        self._run, self._audience = run, audience
        self._lists, self._groups = audience.lists, [group.name for group in audience.groups]
        self._writer = NumberWriter(
            run.campaign,
            [audience.fields_of(group) for group in audience.groups],
            text=run.text,
            today=run.day,
            each_row=run.one_text_for == Campaign.OneTextFor.ROW,
        )
        self._names = names_read(run.text, audience.choice.fields)
        self._costs = _Costs(prices.price_of_part(run.campaign.sender))
        self._due = [audience.due(run.stage, run.day, group.pk) for group in audience.groups]

    def chunks(self, after: int, reader: BaseDatabaseWrapper) -> Iterator[list[Number]]:
        """What is not planned yet, past the number `after`."""
        for chunk in numbers(
            self._audience,
            self._run.day,
            after=str(after) if after else "",
            connection=reader,
            stage=self._run.stage,
            since=self._run.campaign.approved_until,
            text=self._run.text,
        ):
            yield [self.number(*of_first_list(rows, self._lists)) for rows in chunk]

    def number(self, rows: list[Row], merged: int) -> Number:
        """What a number gets by these rows of it."""
        written = self._writer.write(rows[0].phone, rows)
        texts = [self._together(one, rows) if len(one.rows) > 1 else self._alone(one, rows) for one in written]
        return Number(rows, merged, texts, self._keys(written, rows))

    def _alone(self, one: RowText, rows: list[Row]) -> Planned:
        # By position, and taken apart at once: by name each takes twice as long.
        (first, *_), reference, text, parts, reason, detail, _ = one
        contact, phone, name, _, _, writer, _, place = rows[first]
        return Planned(
            contact, phone, text, parts, self._costs[parts], reason, None, writer, name, self._groups[place], reference,
            detail,
        )  # fmt: skip

    def _together(self, one: RowText, rows: list[Row]) -> Planned:
        """All rows of the number in one text."""
        first = rows[0]
        return self._alone(one, rows)._replace(
            person=first.name if all(row.name == first.name for row in rows) else None,
            group_name=self._groups[first.place] if rows[-1].place == first.place else None,
            rows=[row.contact for row in rows],
            digest=None if one.reason else digest_of(rows, self._names),
        )

    def _keys(self, written: list[RowText], rows: list[Row]) -> list[NewKey]:
        """One for each row that is told, by its own text or by another that says the same."""
        return [
            NewKey(rows[number].phone, rows[number].reference, one.told_by, about)
            for one in written
            if one.reason in ("", SAME_TEXT)
            for number in one.rows
            if (due := self._due[rows[number].place]) and (about := due.stands_for(rows[number].values)) is not None
        ]
