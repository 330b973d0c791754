"""Opting out a whole file of numbers: a regulator's list, or who called the shop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from contacts.models import OptOut
from contacts.opt_outs.many import opt_out_many
from contacts.spreadsheets import BadFile, columns, open_sheet
from lib import phones

MOST_NUMBERS = 200_000
MOST_REJECTED_SHOWN = 1_000


@dataclass
class OptOutCounts:
    """What came of a file. `rejected` has row, cell and reason of the first thousand of `bad`."""

    added: int = 0
    there: int = 0
    bad: int = 0
    rejected: list[tuple[int, str, str]] = field(default_factory=list)


@transaction.atomic
def opt_out_file(
    name: str, pieces: Iterable[bytes], scope: str, *, reason: str = "", user: User | None = None
) -> OptOutCounts:
    """Leave every number of a file out of `scope` from now on; rows that are none are named with the reason.

    It is read in the request: a number takes some microseconds. Raises BadFile, also above 200,000 rows; then nothing
    is kept of it.
    """
    counts, numbers = OptOutCounts(), dict[str, None]()
    with tempfile.NamedTemporaryFile(prefix="opt-outs-") as file:
        file.writelines(pieces)
        file.flush()
        for row, cell, problem in _cells(Path(file.name)):
            try:
                if problem:
                    raise phones.BadNumber("no_row", problem)
                numbers[phones.read_phone(cell).digits] = None
            except phones.BadNumber as error:
                counts.bad += 1
                if len(counts.rejected) < MOST_REJECTED_SHOWN:
                    counts.rejected.append((row, cell, str(error)))
    if not numbers:
        raise BadFile("no_numbers", "There is no mobile number in it.")
    counts.added = opt_out_many(numbers, scope, source=OptOut.Source.UPLOAD, reason=reason, user=user)
    counts.there = len(numbers) - counts.added
    record("opted out by a file", f"file {name[:60]}", user=user, scope=scope, reason=reason, added=counts.added)
    return counts


def _cells(path: Path) -> Iterator[tuple[int, str, str]]:
    """The cell of each row that should be a number, with the row as the spreadsheet numbers it, and its problem."""
    sheet = open_sheet(path)
    try:
        cells = [row.cells for row in sheet.samples()]
        guessed = columns.guess_fields(sheet.headings, cells, {}, first_upload=False)
        phone_column = next((column.index for column in guessed if column.role == columns.PHONE), 0)
        for number, row in enumerate(sheet.rows(), start=1):
            if number > MOST_NUMBERS:
                raise BadFile("too_large", f"At most {MOST_NUMBERS:,} numbers at once. Split the file.")
            yield row.number, row.cells[phone_column] if phone_column < len(row.cells) else "", row.problem
    finally:
        sheet.close()
