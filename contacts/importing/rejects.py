"""The rejected rows of an upload, as a file to mend and upload again; and which of them nobody has mended yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.importing import mapping
from contacts.models import RejectedRow, Upload
from contacts.spreadsheets import REASON

ROWS_READ_AT_ONCE = 5_000
# Whoever has not mended them by then does not mean to.
MENDED_WITHIN = timedelta(days=14)
LOOKED_AT = 100


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


@dataclass(frozen=True)
class ToMend:
    """An upload whose rejected rows nobody has uploaded since."""

    upload: int
    group: str
    rows: int


def uploads_to_mend(now: datetime) -> list[ToMend]:
    """Of the last two weeks those whose group has had no upload since, be it a mended file or a newer list."""
    latest = Upload.objects.filter(group__deleted_at=None).order_by("-pk")[:LOOKED_AT]
    found, newer = [], set()
    for one in latest.values("pk", "group_id", "group__name", "status", "finished_at", "counts"):
        if one["status"] != Upload.Status.DONE or one["group_id"] in newer:
            continue
        newer.add(one["group_id"])
        rows = one["counts"].get("rejected", 0)
        if rows and one["finished_at"] and one["finished_at"] > now - MENDED_WITHIN:
            found.append(ToMend(one["pk"], one["group__name"], rows))
    return found
