"""One row of a file, read by what its columns are: a person, or the reasons why not, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from contacts.columns import NAME, PHONE
from contacts.importing.mapping import Choice
from contacts.merging import Incoming
from contacts.models import ContactField, ContactGroup
from contacts.phones import BadNumber, read
from contacts.values import BadValue, canonical

LONGEST_NAME = 200
# A wrong amount or day is worse than none: who is texted last month's balance is told something untrue.
MUST_NOT_STAY_OLD = (ContactField.Type.MONEY, ContactField.Type.DATE)
NO_NUMBER = "no number"


class Candidate(NamedTuple):
    """What a row says. `errors` names each bad cell by its column; without a phone the row is rejected.

    `wants_new`: a money or date cell cannot be read, so that the row is good only for somebody who is not in the group.
    """

    phone: str
    name: str | None
    values: dict[str, str]
    errors: dict[int, str]
    wants_new: bool

    @property
    def person(self) -> Incoming:
        return Incoming(self.phone, self.name, dict(self.values))


@dataclass(frozen=True)
class _Value:
    index: int
    key: str
    type: str
    options: tuple[str, ...]


class RowReader:
    """Reads rows by `choices`; fields that exist are read by the type that they have now."""

    def __init__(self, choices: list[Choice], group: ContactGroup, *, workbook: bool, region: str = "KE") -> None:
        fields = {field.key: field for field in group.fields.all()}
        self.phone_column = next(choice.index for choice in choices if choice.role == PHONE)
        self.name_column = next((choice.index for choice in choices if choice.role == NAME), None)
        self.values = [_value(choice, fields.get(choice.key)) for choice in choices if choice.gives_value]
        self.workbook = workbook
        self.region = region

    def read(self, cells: list[str]) -> Candidate:
        errors: dict[int, str] = {}
        width = len(cells)
        phone = self._phone(cells[self.phone_column] if self.phone_column < width else "", errors)
        name: str | None = None
        if self.name_column is not None:
            name = cells[self.name_column] if self.name_column < width else ""
            if len(name) > LONGEST_NAME:
                errors[self.name_column] = f"longer than {LONGEST_NAME} letters"
                name = ""
        values: dict[str, str] = {}
        wants_new = False
        for column in self.values:
            cell = cells[column.index] if column.index < width else ""
            if not cell:
                values[column.key] = ""
                continue
            try:
                values[column.key] = canonical(column.type, cell, workbook=self.workbook, options=column.options)
            except BadValue as error:
                errors[column.index] = str(error)
                wants_new = wants_new or column.type in MUST_NOT_STAY_OLD
        return Candidate(phone, name, values, errors, wants_new)

    def _phone(self, cell: str, errors: dict[int, str]) -> str:
        if not cell:
            errors[self.phone_column] = NO_NUMBER
            return ""
        try:
            return read(cell, self.region).digits
        except BadNumber as error:
            errors[self.phone_column] = str(error)
            return ""


def _value(choice: Choice, field: ContactField | None) -> _Value:
    if field is None:
        return _Value(choice.index, choice.key, choice.type, ())
    return _Value(choice.index, choice.key, field.type, tuple(field.options))
