"""The rejected rows of an upload, as a file to mend and upload again."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.importing import mapping
from contacts.models import RejectedRow, Upload

PAGE = 5_000


def rejects_of(upload: Upload) -> tuple[list[str], Iterator[list[str]]]:
    """Headings, and rows in their own columns plus the reason; the columns are known again by these headings."""
    headings = [choice.heading for choice in mapping.from_json(upload.mapping)]
    if headings[-1:] == [mapping.REASON]:
        headings.pop()
    width = len(headings)
    rows = ([*_cells(row.cells, width), "; ".join(row.errors.values())] for row in _rejected(upload))
    return [*headings, mapping.REASON], rows


def _cells(cells: list[str], width: int) -> list[str]:
    """As many as there are headings; the last holds what is behind them too, to be seen by whoever mends the row."""
    if len(cells) > width and any(cells[width:]):
        return [*cells[: width - 1], " | ".join(cells[width - 1 :])]
    return [*cells[:width], *[""] * (width - len(cells))]


def _rejected(upload: Upload) -> Iterator[RejectedRow]:
    """The rejected rows in the file's order, some thousand at a time."""
    last = 0
    while page := list(upload.rejected_rows.filter(row__gt=last).order_by("row")[:PAGE]):
        yield from page
        last = page[-1].row
