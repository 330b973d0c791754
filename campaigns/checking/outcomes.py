"""What would become of each of an audience: the text that goes, or why none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import date
from typing import NamedTuple

from campaigns.audience import Audience, Person
from campaigns.audience.numbers import Row, of_first_list
from campaigns.models import Campaign
from campaigns.writing.numbers import NumberWriter
from campaigns.writing.writer import LeftOut, Writer, Zeros
from contacts.models import ContactField, ContactGroup


class Outcome(NamedTuple):
    """One text to the number of a `contact`, or the `reason` for which there is none. `says_zero`: of KES 0.00."""

    contact: int
    phone: str
    name: str
    text: str = ""
    parts: int = 0
    reason: str = ""
    says_zero: bool = False


class OfPeople:
    """What becomes of the people of one group, who have a row each. Raises what the text raises."""

    def __init__(self, audience: Audience, group: ContactGroup, day: date) -> None:
        campaign, fields = audience.campaign, audience.fields_of(group)
        self._writer = Writer(campaign, fields, text=campaign.text, today=day)
        self._zeros = Zeros(campaign, fields, text=campaign.text, today=day)

    def of(self, people: Iterable[Person]) -> Iterator[Outcome]:
        for contact, phone, name, values, left_out, _ in people:
            written = LeftOut(left_out) if left_out else self._writer.write(phone, name, values)
            if isinstance(written, LeftOut):
                yield Outcome(contact, phone, name, reason=written.reason)
            else:
                yield Outcome(contact, phone, name, *written, says_zero=self._zeros.read_by(phone, name, values))


class OfNumber(NamedTuple):
    """The texts of one number; `merged` rows of it are in a later list, `other_keys`: one with another key."""

    texts: list[Outcome]
    merged: int
    other_keys: bool


class OfNumbers:
    """What becomes of numbers with all their rows, of all groups. Raises what the text raises.

    `text`: another than the campaign's.
    """

    def __init__(self, audience: Audience, day: date, text: str = "") -> None:
        campaign, groups = audience.campaign, audience.groups
        strict = copy(campaign)
        strict.zero_amounts = Campaign.Zeros.SKIP
        fields = [audience.fields_of(group) for group in groups]
        self._lists = audience.lists
        self._keyed = {group.list_name for group in groups if group.is_keyed}
        self._money = [[key for key, type_ in one.items() if type_ == ContactField.Type.MONEY] for one in fields]
        self._writer, self._strict = (
            NumberWriter(one, fields, text=text or campaign.text, today=day, each_row=campaign.texts_each_row)
            for one in (campaign, strict)
        )

    def of(self, rows: Sequence[Row]) -> OfNumber:
        """`rows` are those of one number, in the campaign's order of groups."""
        phone = rows[0].phone
        kept, merged = of_first_list(rows, self._lists)
        written = self._writer.write(phone, kept)
        # Few have a zero at all, and for the others nothing is written twice.
        zeros = self._strict.write(phone, kept) if any(map(self._may_be_zero, kept)) else written
        texts = []
        for one, strictly in zip(written, zeros, strict=True):
            row = kept[one.rows[0]]
            says_zero = not one.reason and strictly.reason.startswith("zero:")
            others = f" and {len(one.rows) - 1} more" if len(one.rows) > 1 else ""
            name = one.detail or row.name + others
            texts.append(Outcome(row.contact, phone, name, one.text, one.parts, one.reason, says_zero))
        lists = {self._lists[row.place] for row in rows} & self._keyed if merged else ()
        return OfNumber(texts, merged, len(lists) > 1)

    def _may_be_zero(self, row: Row) -> bool:
        """An amount of it is nothing, or takes away from the others."""
        return any(
            (value := row.values.get(key)) and (value.startswith("-") or not value.strip("0."))
            for key in self._money[row.place]
        )
