"""Entries of the audit as a file: CSV as it is read, or an Excel file of not too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from django.utils import timezone

from contacts.spreadsheets import csv_lines
from lib.workbooks import new_workbook
from qsms_portal.auditing.search import AuditQuery
from qsms_portal.auditing.sentences import Sentence, sentences

HEADINGS = ("When", "Who", "What was done", "More", "Before", "After", "From", "Kind")
# Some seconds of writing, while somebody waits.
MOST_WORKBOOK_ROWS = 50_000
ENDS_HERE = f"Excel files end here, at {MOST_WORKBOOK_ROWS:,} entries. Export the rest as CSV, or by dates."


def rows_of(query: AuditQuery) -> Iterator[list[str]]:
    for entries in query.all():
        for one in sentences(entries):
            yield _cells(one)


def audit_as_csv(query: AuditQuery) -> Iterator[str]:
    return csv_lines(HEADINGS, rows_of(query))


def write_audit_workbook(query: AuditQuery, file: IO[bytes]) -> None:
    """All is text: an entry is read, not reckoned with."""
    with new_workbook(file) as book:
        sheet = book.add_worksheet("Audit")
        sheet.write_row(0, 0, HEADINGS, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for column, width in enumerate((18, 24, 60, 40, 30, 30, 18, 20)):
            sheet.set_column(column, column, width)
        for number, cells in enumerate(rows_of(query), start=1):
            if number > MOST_WORKBOOK_ROWS:
                sheet.write_string(number, 0, ENDS_HERE)
                break
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)


def _cells(one: Sentence) -> list[str]:
    at = f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}"
    before, after = ("; ".join(_said(change.what, value) for change, value in pairs) for pairs in (
        [(change, change.before) for change in one.changes], [(change, change.after) for change in one.changes],
    ))  # fmt: skip
    return [at, str(one.who), str(one), "; ".join(one.facts), before, after, one.address, one.kind]


def _said(what: str, value: str) -> str:
    return f"{what}: {value}" if what else value
