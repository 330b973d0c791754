"""What an import would do, found by reading the whole file; nothing is written but that."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from contacts.importing import mapping
from contacts.importing.chunking import CHUNKS_AHEAD, Chunker
from contacts.importing.leaving import leavers
from contacts.importing.opening import opened
from contacts.importing.rows import Candidate, RowReader
from contacts.importing.uploading import move_on, work
from contacts.importing.winners import IN_CONFLICT, RowVerdict, Winners, rows_after, winners
from contacts.models import RejectedRow, Upload
from contacts.people.merge import MergeCounts, compare_lines
from contacts.spreadsheets import Row, Sheet
from contacts.values import day_first_only
from lib import phones
from lib.ahead import ahead

BAD_ROWS_SHOWN = 20
LEAVERS_SHOWN = 50
CONFLICTS_SHOWN = 20
MANY_ZEROS = "000000"
FEW_ZEROS = 3


def check_upload(upload: Upload, *, keep_rejected: bool = False) -> None:
    """Find what an import would do, and keep it with the upload; its rejected rows only where they are asked for."""

    def look() -> None:
        with opened(upload) as sheet:
            seen = _dry_run(upload, sheet, keep_rejected)
        done = {"status": Upload.Status.CHECKED, "lease_until": None, "attempts": 0}
        move_on(upload, Upload.Status.CHECKING, counts=seen, rows_expected=seen["rows"], **done)

    work(upload, Upload.Status.CHECKING, look)


def _dry_run(upload: Upload, sheet: Sheet, keep_rejected: bool) -> dict[str, Any]:
    reader = RowReader(mapping.from_json(upload.mapping), upload.group, sheet)
    half = (upload.rows_expected or 0) // 2
    found = winners(sheet, reader, upload, lambda rows: _progress(upload, min(half, rows // 2)), all_told=True)
    seen, told = _Seen(reader, found), MergeCounts()
    chunker = Chunker(upload, found, seen.look_at)
    with closing(ahead(lambda: chunker.chunks(rows_after(sheet, reader, 0)), CHUNKS_AHEAD)) as chunks:
        for chunk in chunks:
            told += compare_lines(upload.group, chunk.lines)
            seen.rows += chunk.rows
            seen.rejected += len(chunk.rejected)
            if keep_rejected:
                RejectedRow.objects.bulk_create(chunk.rejected, batch_size=2_000)
            _progress(upload, half + seen.rows // 2)
    taken = told.created + told.updated + told.unchanged
    leaving, shown = 0, list[tuple[str, str]]()
    if upload.replaces:
        for people in leavers(upload, found):
            leaving += len(people)
            shown += [(one.phone, one.name) for one in people[: LEAVERS_SHOWN - len(shown)]]
            _progress(upload, found.rows)
    return seen.told() | {
        "rows": found.rows,
        "created": told.created,
        "updated": told.updated,
        "unchanged": told.unchanged,
        "opted_out": told.opted_out,
        "rejected": seen.rejected,
        "duplicates": found.rows - seen.rejected - taken,
        "leaving": leaving,
        "leavers": shown,
    }


def _progress(upload: Upload, rows: int) -> None:
    move_on(upload, Upload.Status.CHECKING, row_cursor=rows)


class _Seen:
    """What is worth saying of the rows beside their counts."""

    def __init__(self, reader: RowReader, found: Winners) -> None:
        self.reader, self.found = reader, found
        self.bad: list[dict[str, Any]] = []
        self.rows = self.rejected = self.bad_cells = self.empty_cells = self.new_ranges = self.zeros = 0
        self.month_first: dict[int, int] = {}
        self.day_first: set[int] = set()
        self.reasons: dict[str, int] = {}
        self.shown: dict[int, list[list[Any]]] = {phone: [] for phone in sorted(found.in_conflict)[:CONFLICTS_SHOWN]}

    def look_at(self, row: Row, candidate: Candidate, verdict: RowVerdict) -> None:
        if candidate.errors:
            self._look_at_errors(row, candidate, verdict)
        if candidate.phone:
            self.zeros += candidate.phone.endswith(MANY_ZEROS)
            self.new_ranges += bool(candidate.warning) and verdict is RowVerdict.TAKEN
            self._look_at_conflict(row, candidate)
        if verdict is RowVerdict.TAKEN and "" in candidate.values.values():
            self.empty_cells += sum(1 for value in candidate.values.values() if value == "")
        for column in self.reader.dates:
            if column not in candidate.errors and column < len(row.cells) and day_first_only(row.cells[column]):
                self.day_first.add(column)

    def told(self) -> dict[str, Any]:
        return {
            "bad_rows": self.bad,
            "bad_cells": self.bad_cells,
            "empty_cells": self.empty_cells,
            "reasons": dict(sorted(self.reasons.items(), key=lambda one: -one[1])[:BAD_ROWS_SHOWN]),
            "new_ranges": self.new_ranges,
            "many_zeros": self.zeros if self.zeros >= FEW_ZEROS else 0,
            "conflicts": len(self.found.in_conflict),
            "conflict_rows": [[phones.local_number(str(phone)), rows] for phone, rows in self.shown.items()],
            "month_first": [column for column in self.month_first if column not in self.day_first],
        }

    def _look_at_errors(self, row: Row, candidate: Candidate, verdict: RowVerdict) -> None:
        for column, code in candidate.codes.items():
            if code == "month_first":
                self.month_first[column] = self.month_first.get(column, 0) + 1
        if verdict is RowVerdict.REJECTED:
            for words in self.found.reason(candidate).values():
                kind = words if len(words) < 80 and "“" not in words else "a cell cannot be read"
                self.reasons[kind] = self.reasons.get(kind, 0) + 1
        else:
            self.bad_cells += len(candidate.errors)
        if len(self.bad) < BAD_ROWS_SHOWN:
            kept = verdict is not RowVerdict.REJECTED
            errors = list((candidate.errors if kept else self.found.reason(candidate)).items())
            self.bad.append({"row": row.number, "cells": row.cells, "errors": errors, "kept": kept})

    def _look_at_conflict(self, row: Row, candidate: Candidate) -> None:
        phone = int(candidate.phone)
        if phone in self.found.in_conflict and self.found.accepts(candidate):
            if self.found.upload.repeats == Upload.Repeats.NONE:
                self.reasons[IN_CONFLICT] = self.reasons.get(IN_CONFLICT, 0) + 1
            if phone in self.shown and len(self.shown[phone]) < 5:
                said = [candidate.name or "", *(value or "" for value in candidate.values.values())]
                self.shown[phone].append([row.number, ", ".join(one for one in said if one)[:200]])
