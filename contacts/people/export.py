"""People of a group as a file: CSV or Excel, numbers as text, and no cell that is taken for a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contacts import value_display
from contacts.filters.search import PeopleQuery
from contacts.models import Contact, ContactField, OptOut
from contacts.spreadsheets import csv_lines
from contacts.values import DATE, DATETIME, INTEGER, MONEY
from lib import phones
from lib.workbooks import new_workbook

PEOPLE_READ_AT_ONCE = 2_000
MOST_WORKBOOK_ROWS = 1_000_000
EXCEL_DIGITS = 15
ENDS_HERE = "An Excel sheet ends here. Export the rest by a filter, or as CSV."

# Called with how many people more have been read.
PeopleListener = Callable[[int], None]


def people_as_csv(query: PeopleQuery, listener: PeopleListener | None = None) -> Iterator[str]:
    """The lines of a CSV file; values are canonical, as they upload again."""
    fields = list(query.group.fields.all())
    rows = (
        [
            phones.local_number(person.phone),
            person.name,
            *(person.values.get(field.key, "") for field in fields),
            left_out,
        ]
        for person, left_out in _people(query, listener)
    )
    return csv_lines(_headings(fields), rows)


def write_people_workbook(query: PeopleQuery, path: Path, listener: PeopleListener | None = None) -> None:
    """Write an Excel file: amounts and days are real ones, numbers of phones and everything else is text."""
    fields = list(query.group.fields.all())
    with new_workbook(path) as book:
        sheet = book.add_worksheet("People")
        sheet.write_row(0, 0, _headings(fields), book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 30)
        sheet.set_column(2, len(fields) + 2, 16)
        formats = {
            MONEY: book.add_format({"num_format": "#,##0.00"}),
            INTEGER: book.add_format({"num_format": "0"}),
            DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
            DATETIME: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        for number, (person, left_out) in enumerate(_people(query, listener), start=1):
            if number > MOST_WORKBOOK_ROWS:
                sheet.write_string(number, 0, ENDS_HERE)
                break
            sheet.write_string(number, 0, phones.local_number(person.phone))
            sheet.write_string(number, 1, person.name)
            for column, field in enumerate(fields, start=2):
                _cell(sheet, number, column, field, person.values.get(field.key, ""), formats)
            sheet.write_string(number, len(fields) + 2, left_out)


def _headings(fields: list[ContactField]) -> list[str]:
    return ["Phone", "Name", *(field.label for field in fields), "Opted out"]


def _people(query: PeopleQuery, listener: PeopleListener | None) -> Iterator[tuple[Contact, str]]:
    """Each with what she is left out of, by id, some thousand at a time: no cursor outlives a query."""
    last = 0
    while page := list(query.people().filter(pk__gt=last).order_by("pk")[:PEOPLE_READ_AT_ONCE]):
        opt_outs = OptOut.objects.filter(phone__in=[one.phone for one in page]).widest_last()
        left_out = {one.phone: one.what_is_left_out for one in opt_outs}
        for person in page:
            yield person, left_out.get(person.phone, "")
        last = page[-1].pk
        if listener is not None:
            listener(len(page))


def _cell(sheet: Any, row: int, column: int, field: ContactField, value: str, formats: dict[str, Any]) -> None:
    if not value:
        return
    amount = value_display.as_number(value) if field.type in value_display.NUMERIC else None
    days = {DATE: value_display.as_day, DATETIME: value_display.as_moment}
    day = days[field.type](value) if field.type in days else None
    # Excel keeps fifteen digits and turns the others into noughts, and its days begin in 1900.
    if amount is not None and len(amount.as_tuple().digits) <= EXCEL_DIGITS:
        sheet.write_number(row, column, amount, formats.get(field.type))
    elif day is not None and day.year >= 1900:
        sheet.write_datetime(row, column, day, formats[field.type])
    else:
        sheet.write_string(row, column, value)
