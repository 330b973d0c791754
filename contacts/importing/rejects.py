"""The rejected rows of an upload, as a file to mend and upload again."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.importing import mapping
from contacts.models import RejectedRow, Upload
from contacts.spreadsheets import REASON

ROWS_READ_AT_ONCE = 5_000


def rejects_as_table(upload: Upload) -> tuple[list[str], Iterator[list[str]]]:
    """Headings, and rows in their own columns plus the reason; the columns are known again by these headings."""
    headings = [choice.heading for choice in mapping.from_json(upload.mapping)]
    had_reason = headings[-1:] == [REASON]
    if had_reason:
        headings.pop()
    rows = (_with_reason(row, len(headings), had_reason) for row in _rejected(upload))
    return [*headings, REASON], rows


def _with_reason(row: RejectedRow, width: int, had_reason: bool) -> list[str]:
    """Its cells, the reason in place of an earlier one, and behind it the cells that are too many.

    There they are too many again, if nobody mends the row.
    """
    cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
    return [*cells, "; ".join(row.errors.values()), *row.cells[width + had_reason :]]


def _rejected(upload: Upload) -> Iterator[RejectedRow]:
    """The rejected rows in the file's order, some thousand at a time."""
    rows = upload.rejected_rows.order_by("row", "nth")
    page = list(rows[:ROWS_READ_AT_ONCE])
    while page:
        yield from page
        last = page[-1]
        page = list(rows.filter(row__gte=last.row).exclude(row=last.row, nth__lte=last.nth)[:ROWS_READ_AT_ONCE])
