"""Two passes over a file: the first finds which row of each number is the last good one, the second hands them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contacts.importing.rows import Candidate, RowReader
from contacts.models import Contact, Upload
from contacts.spreadsheets import Row, Sheet

ASKED_AT_ONCE = 10_000
STAYS_OLD = "cannot be read, and the old value must not stay"


@dataclass
class Winners:
    """`last` is the winning row of each number; `known` the people for whom a bad amount or date rejects the row."""

    last: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    rows: int = 0

    def accepts(self, candidate: Candidate) -> bool:
        return bool(candidate.phone) and not (candidate.wants_new and candidate.phone in self.known)


def winners(sheet: Sheet, reader: RowReader, upload: Upload) -> Winners:
    """Read the whole file once. A rejected row takes no part; of the others with one number the last wins."""
    found, doubtful = Winners(), []
    for row in sheet.rows():
        found.rows += 1
        candidate = reader.read(row.cells)
        if not candidate.phone:
            continue
        if candidate.wants_new:
            doubtful.append((candidate.phone, row.number))
        else:
            found.last[candidate.phone] = row.number
    found.known = _in_group(upload, [phone for phone, _ in doubtful])
    for phone, number in doubtful:
        if phone not in found.known:
            found.last[phone] = max(number, found.last.get(phone, 0))
    return found


def rows_after(sheet: Sheet, reader: RowReader, row_cursor: int) -> Iterator[tuple[Row, Candidate]]:
    """The rows past `row_cursor`, as the spreadsheet numbers them, each with what it says."""
    for row in sheet.rows():
        if row.number > row_cursor:
            yield row, reader.read(row.cells)


def _in_group(upload: Upload, phones: list[str]) -> set[str]:
    """Who of these is in the group, but for those whom this upload itself has put there before it was interrupted."""
    found: set[str] = set()
    for start in range(0, len(phones), ASKED_AT_ONCE):
        piece = phones[start : start + ASKED_AT_ONCE]
        contacts = Contact.objects.filter(group=upload.group_id, phone__in=piece).exclude(upload=upload.pk)
        found.update(contacts.values_list("phone", flat=True))
    return found
