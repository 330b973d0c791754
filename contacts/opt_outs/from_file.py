"""Opting out a whole file of numbers: a regulator's list, or who called the shop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from accounts.audit import record
from accounts.models import User
from contacts.spreadsheets import BadFile, columns, open_sheet
from lib import phones

MOST_ROWS = 200_000
MOST_SHOWN = 1_000

# In the order of their numbers, as every writer of many does.
ADD = """
INSERT INTO contacts_optout (phone, scope, source, reason, created_at, created_by_id)
SELECT phone, %(scope)s, 'upload', %(reason)s, clock_timestamp(), %(user)s
FROM unnest(%(phones)s::varchar[]) AS phone ORDER BY phone
ON CONFLICT (phone, scope) DO NOTHING
"""


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
    """Leave every number of a file out of `scope` from now on; rows that are none are told.

    It is read in the request: a number takes some microseconds. Raises BadFile, also above 200,000 rows; then nothing
    is kept of it.
    """
    told, numbers = OptOutCounts(), dict[str, None]()
    with tempfile.NamedTemporaryFile(prefix="opt-outs-") as file:
        file.writelines(pieces)
        file.flush()
        for row, cell, problem in _cells(Path(file.name), name):
            try:
                if problem:
                    raise phones.BadNumber("no_row", problem)
                numbers[phones.read_phone(cell).digits] = None
            except phones.BadNumber as error:
                told.bad += 1
                if len(told.rejected) < MOST_SHOWN:
                    told.rejected.append((row, cell, str(error)))
    if not numbers:
        raise BadFile("no_numbers", "There is no mobile number in it.")
    with connection.cursor() as cursor:
        parameters = {"phones": list(numbers), "scope": scope, "reason": reason, "user": user.pk if user else None}
        cursor.execute(ADD, parameters)
        told.added = cursor.rowcount
    told.there = len(numbers) - told.added
    record("opted out by a file", f"file {name[:60]}", user=user, scope=scope, reason=reason, added=told.added)
    return told


def _cells(path: Path, name: str) -> Iterator[tuple[int, str, str]]:
    """The cell of each row that should be a number, with the row as the spreadsheet numbers it, and its problem."""
    sheet = open_sheet(path, name)
    try:
        cells = [row.cells for row in sheet.samples()]
        guessed = columns.guess_fields(sheet.headings, cells, {}, first_upload=False)
        column = next((one.index for one in guessed if one.role == columns.PHONE), 0)
        for number, row in enumerate(sheet.rows(), start=1):
            if number > MOST_ROWS:
                raise BadFile("too_large", f"At most {MOST_ROWS:,} numbers at once. Split the file.")
            yield row.number, row.cells[column] if column < len(row.cells) else "", row.problem
    finally:
        sheet.close()
