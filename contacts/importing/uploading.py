"""An upload's way through its states. Each chunk moves the upload's cursor by a guarded UPDATE in its own transaction:
a worker that dies is followed by one that goes on, and of two workers one stops.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from contacts.importing import mapping
from contacts.importing.mapping import BadMapping, Choice
from contacts.importing.passes import STAYS_OLD, Winners, rows_after, winners
from contacts.importing.rows import Candidate, RowReader
from contacts.merging import Consent, Counts, Incoming, compare, count_others, merge, remove_others
from contacts.models import ContactGroup, RejectedRow, StoredFile, Upload
from contacts.spreadsheets import BadFile, Reading, Row, Sheet, open_sheet

CHUNK = 5_000
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
BAD_ROWS_SHOWN = 20
LEFT_UNREAD = "The file could not be read to its end, five times. Save it as CSV and upload it again."

Status = Upload.Status


def begin(group: ContactGroup, name: str, pieces: Iterable[bytes], user: User | None = None) -> Upload:
    """Keep a file and guess how it is to be read. Raises BadFile; then nothing is kept."""
    with transaction.atomic():
        upload = Upload.objects.create(
            group=group, name=Path(name).name[:255], file=StoredFile.store(name[:255], pieces), created_by=user
        )
        guess(upload)
    return upload


def guess(upload: Upload, sheet_name: str = "") -> list[Choice]:
    """Guess what the columns are, and keep it. Raises BadFile."""
    with _opened(upload, guessing=True, sheet_name=sheet_name) as sheet:
        choices = mapping.guess(sheet, upload.group)
        upload.reading = sheet.reading.to_json() | {"hidden": [sheet.hidden_rows, sheet.hidden_columns]}
        upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["reading", "mapping"])
    return choices


def choose(upload: Upload, choices: list[Choice]) -> None:
    """Keep what the columns are. Raises BadMapping."""
    mapping.check(choices)
    upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["mapping"])


def order_check(upload: Upload) -> bool:
    """Have the file checked in the background. False: it is past that."""
    return _order(upload, (Status.MAPPING, Status.CHECKED), Status.CHECKING)


def order_import(upload: Upload) -> bool:
    """Have the rows written in the background. False: that was ordered before; a second click does nothing."""
    return _order(upload, (Status.CHECKED,), Status.IMPORTING)


def standing_still(now: datetime) -> list[int]:
    """Uploads whose worker is gone, or was never there. Those that failed too often are given up here."""
    still = Upload.objects.filter(status__in=[Status.CHECKING, Status.IMPORTING], lease_until__lt=now)
    still.filter(attempts__gte=MOST_ATTEMPTS).update(status=Status.FAILED, error=LEFT_UNREAD, finished_at=now)
    return list(still.values_list("pk", flat=True))


def check(upload: Upload) -> None:
    """Find what an import would do, and write nothing but that. A file that cannot be read makes the upload failed."""
    if not _attempt(upload, Status.CHECKING):
        return
    try:
        with _opened(upload) as sheet:
            counts, bad = _dry_run(upload, sheet)
    except (BadFile, BadMapping) as error:
        _fail(upload, error)
        return
    Upload.objects.filter(pk=upload.pk, status=Status.CHECKING).update(
        status=Status.CHECKED,
        counts=counts | {"bad_rows": bad},
        rows_expected=counts["rows"],
        lease_until=None,
        attempts=0,
    )


def import_rows(upload: Upload) -> None:
    """Write the rows, from where the last worker was on. A file that cannot be read makes the upload failed."""
    if not _attempt(upload, Status.IMPORTING):
        return
    try:
        with _opened(upload) as sheet:
            choices = mapping.from_json(upload.mapping)
            mapping.make_fields(upload.group, choices)
            reader = RowReader(choices, upload.group, workbook=sheet.is_workbook)
            found = winners(sheet, reader, upload)
            Upload.objects.filter(pk=upload.pk).update(rows_expected=found.rows)
            rows = rows_after(sheet, reader, upload.row_cursor)
            while chunk := list(islice(rows, CHUNK)):
                if not _write(upload, chunk, found):
                    return
            _finish(upload, found)
    except (BadFile, BadMapping) as error:
        _fail(upload, error)


def _order(upload: Upload, before: tuple[str, ...], status: str) -> bool:
    fields = {"status": status, "lease_until": timezone.now() + LEASE, "attempts": 0, "row_cursor": 0, "error": ""}
    if status == Status.IMPORTING:
        fields["counts"] = {}
    return bool(Upload.objects.filter(pk=upload.pk, status__in=before).update(**fields))


def _attempt(upload: Upload, status: str) -> bool:
    mine = Upload.objects.filter(pk=upload.pk, status=status).update(
        attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE
    )
    upload.refresh_from_db()
    return bool(mine)


def _fail(upload: Upload, error: Exception) -> None:
    Upload.objects.filter(pk=upload.pk).update(
        status=Status.FAILED, error=str(error), lease_until=None, finished_at=timezone.now()
    )


def _dry_run(upload: Upload, sheet: Sheet) -> tuple[dict[str, int], list[dict[str, object]]]:
    reader = RowReader(mapping.from_json(upload.mapping), upload.group, workbook=sheet.is_workbook)
    found = winners(sheet, reader, upload)
    told, rejected = Counts(), 0
    bad: list[dict[str, object]] = []
    rows = rows_after(sheet, reader, 0)
    while chunk := list(islice(rows, CHUNK)):
        told += compare(upload.group, _people(chunk, found), keep_empty=upload.keep_empty)
        for row, candidate in chunk:
            accepted = found.accepts(candidate)
            rejected += not accepted
            if candidate.errors and len(bad) < BAD_ROWS_SHOWN:
                bad.append(
                    {"row": row.number, "cells": row.cells, "errors": list(candidate.errors.items()), "kept": accepted}
                )
    counts = {
        "rows": found.rows,
        "created": told.created,
        "updated": told.updated,
        "unchanged": told.unchanged,
        "opted_out": told.opted_out,
        "rejected": rejected,
        "duplicates": found.rows - rejected - len(found.last),
        "leaving": count_others(upload.group, found.last) if upload.replaces and found.last else 0,
    }
    return counts, bad


def _people(chunk: list[tuple[Row, Candidate]], found: Winners) -> list[Incoming]:
    return [one.person for row, one in chunk if found.accepts(one) and found.last.get(one.phone) == row.number]


@transaction.atomic
def _write(upload: Upload, chunk: list[tuple[Row, Candidate]], found: Winners) -> bool:
    """One chunk: the cursor first, so that of two workers one stops; then people, then rejected rows."""
    last = chunk[-1][0].number
    mine = Upload.objects.filter(pk=upload.pk, status=Status.IMPORTING, row_cursor=upload.row_cursor)
    if not mine.update(row_cursor=last, lease_until=timezone.now() + LEASE, attempts=0):
        return False
    people = _people(chunk, found)
    consent = Consent(upload.consent_source, upload.consent_on)
    merged = merge(upload.group, people, upload=upload, keep_empty=upload.keep_empty, consent=consent)
    rejected = [
        RejectedRow(upload=upload, row=row.number, cells=row.cells, errors=_errors(one))
        for row, one in chunk
        if not found.accepts(one)
    ]
    RejectedRow.objects.bulk_create(rejected, ignore_conflicts=True)
    step = {
        "rows": len(chunk),
        "created": merged.created,
        "updated": merged.updated,
        "unchanged": merged.unchanged,
        "rejected": len(rejected),
        "duplicates": len(chunk) - len(rejected) - len(people),
    }
    upload.counts = {name: upload.counts.get(name, 0) + count for name, count in step.items()}
    Upload.objects.filter(pk=upload.pk).update(counts=upload.counts)
    upload.row_cursor = last
    return True


def _errors(candidate: Candidate) -> dict[str, str]:
    """Column to reason; a cell that is only bad for somebody already in the group says so."""
    ending = f": {STAYS_OLD}" if candidate.phone else ""
    return {str(column): words + ending for column, words in candidate.errors.items()}


@transaction.atomic
def _finish(upload: Upload, found: Winners) -> None:
    done = Upload.objects.filter(pk=upload.pk, status=Status.IMPORTING, row_cursor=upload.row_cursor)
    if not done.update(status=Status.DONE, lease_until=None, finished_at=timezone.now()):
        return
    if upload.replaces and found.last:
        # A file without one good row empties no group.
        upload.counts["left"] = remove_others(upload.group, found.last)
    empty = dict.fromkeys(("rows", "created", "updated", "unchanged", "rejected", "duplicates"), 0)
    Upload.objects.filter(pk=upload.pk).update(counts=empty | upload.counts)


@contextmanager
def _opened(upload: Upload, *, guessing: bool = False, sheet_name: str = "") -> Iterator[Sheet]:
    """The upload's file as a sheet, copied out of the database for as long as it is read."""
    if upload.file is None:
        raise BadFile("gone", "The file is kept for 30 days, and they are over. Upload it again.")
    kept = {name: value for name, value in upload.reading.items() if name != "hidden"}
    reading = None if guessing else Reading.from_json(kept)
    with tempfile.NamedTemporaryFile(prefix="upload-") as file:
        upload.file.copy_to(file)  # type: ignore[arg-type]
        file.flush()
        sheet = open_sheet(Path(file.name), upload.name, reading=reading, sheet=sheet_name)
        try:
            yield sheet
        finally:
            sheet.close()


def rejects_of(upload: Upload) -> tuple[list[str], Iterator[list[str]]]:
    """The rejected rows as a file to mend and upload again: headings, and rows in their own columns plus the reason."""
    headings = [choice.heading for choice in mapping.from_json(upload.mapping)]
    width = len(headings)
    rows = ([*row.cells, *[""] * (width - len(row.cells)), "; ".join(row.errors.values())] for row in _rejected(upload))
    return [*headings, "error"], rows


def _rejected(upload: Upload) -> Iterator[RejectedRow]:
    """The rejected rows in the file's order, some thousand at a time."""
    last = 0
    while page := list(upload.rejected_rows.filter(Q(row__gt=last)).order_by("row")[:CHUNK]):
        yield from page
        last = page[-1].row
