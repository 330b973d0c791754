"""People of a group as a file: CSV or Excel, numbers as text, and no cell that is taken for a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from contacts import value_display
from contacts.filters.search import PeopleQuery
from contacts.models import Contact, ContactField, OptOut
from contacts.spreadsheets import csv_lines
from contacts.values import DATE, INTEGER, MONEY
from lib import phones

READ_AT_ONCE = 2_000
MOST_ROWS = 1_000_000
MOST_DIGITS = 15
ENDS_HERE = "An Excel sheet ends here. Export the rest by a filter, or as CSV."

Told = Callable[[int], None]


def csv_of(wanted: PeopleQuery, told: Told | None = None) -> Iterator[str]:
    """The lines of a CSV file; values are canonical, as they upload again."""
    fields = list(wanted.group.fields.all())
    rows = (
        [phones.local_number(one.phone), one.name, *(one.values.get(field.key, "") for field in fields), left_out]
        for one, left_out in _people(wanted, told)
    )
    return csv_lines(_headings(fields), rows)


def workbook_of(wanted: PeopleQuery, path: Path, told: Told | None = None) -> None:
    """Write an Excel file: amounts and days are real ones, numbers of phones and everything else is text."""
    fields = list(wanted.group.fields.all())
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
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
        }
        for number, (one, left_out) in enumerate(_people(wanted, told), start=1):
            if number > MOST_ROWS:
                sheet.write_string(number, 0, ENDS_HERE)
                break
            sheet.write_string(number, 0, phones.local_number(one.phone))
            sheet.write_string(number, 1, one.name)
            for column, field in enumerate(fields, start=2):
                _cell(sheet, number, column, field, one.values.get(field.key, ""), formats)
            sheet.write_string(number, len(fields) + 2, left_out)


def _headings(fields: list[ContactField]) -> list[str]:
    return ["Phone", "Name", *(field.label for field in fields), "Opted out"]


def _people(wanted: PeopleQuery, told: Told | None) -> Iterator[tuple[Contact, str]]:
    """Each with what she is left out of, by id, some thousand at a time: no cursor outlives a query."""
    last = 0
    while page := list(wanted.people().filter(pk__gt=last).order_by("pk")[:READ_AT_ONCE]):
        out = OptOut.objects.filter(phone__in=[one.phone for one in page]).widest_last()
        left_out = {one.phone: one.what_is_left_out for one in out}
        for one in page:
            yield one, left_out.get(one.phone, "")
        last = page[-1].pk
        if told is not None:
            told(len(page))


def _cell(sheet: Any, row: int, column: int, field: ContactField, value: str, formats: dict[str, Any]) -> None:
    if not value:
        return
    amount = value_display.as_number(value) if field.type in value_display.NUMERIC else None
    day = value_display.as_day(value) if field.type == DATE else None
    # Excel keeps fifteen digits and turns the others into noughts, and its days begin in 1900.
    if amount is not None and len(amount.as_tuple().digits) <= MOST_DIGITS:
        sheet.write_number(row, column, amount, formats.get(field.type))
    elif day is not None and day.year >= 1900:
        sheet.write_datetime(row, column, day, formats[DATE])
    else:
        sheet.write_string(row, column, value)
