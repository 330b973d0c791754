"""What an import would do, found by reading the whole file; nothing is written but that."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from contacts.importing import mapping
from contacts.importing.cell_words import StoredWords, with_words
from contacts.importing.chunking import CHUNKS_AHEAD, Chunker, RowListener
from contacts.importing.claims import move_on, under_claim
from contacts.importing.future_key import FutureKey
from contacts.importing.identities import identity_of
from contacts.importing.key_column import check_key_column
from contacts.importing.leaving import leavers
from contacts.importing.opening import open_upload
from contacts.importing.rows import Candidate, RowReader
from contacts.importing.siblings import Siblings, describe_references
from contacts.importing.totals import StoredTotals, with_totals
from contacts.importing.winners import (
    IN_CONFLICT,
    REJECTED,
    TAKEN,
    RowVerdict,
    Winners,
    find_winners,
    rows_after,
)
from contacts.models import RejectedRow, Upload
from contacts.people.merge import MergeCounts, compare_lines
from contacts.spreadsheets import Row, Sheet
from lib import phones
from lib.ahead import ahead

BAD_ROWS_SHOWN = 20
REASONS_SHOWN = 20
LEAVERS_SHOWN = 50
CONFLICTS_SHOWN = 20
ROWS_SHOWN_OF_CONFLICT = 5
LONGEST_REASON_SHOWN = 80
LONGEST_ROW_SHOWN = 200
MANY_ZEROS = "000000"
FEW_ZEROS = 3


def check_upload(upload: Upload, *, keep_rejected: bool = False, bad_listener: RowListener | None = None) -> None:
    """Find what an import would do, and keep it with the upload; its rejected rows only where they are asked for.

    `bad_listener` hears of each row that has a cell which could not be read.
    """

    def look() -> None:
        with open_upload(upload) as sheet:
            counts = _dry_run(upload, sheet, keep_rejected, bad_listener)
        done = {"status": Upload.Status.CHECKED, "lease_until": None, "attempts": 0}
        move_on(upload, Upload.Status.CHECKING, counts=counts, rows_expected=counts["rows"], **done)

    under_claim(upload, Upload.Status.CHECKING, look)


def _dry_run(upload: Upload, sheet: Sheet, keep_rejected: bool, bad_listener: RowListener | None) -> dict[str, Any]:
    choices = mapping.from_json(upload.mapping)
    check_key_column(choices, upload)
    reader = RowReader(choices, upload, sheet)
    half = (upload.rows_expected or 0) // 2
    winners = find_winners(
        sheet, reader, upload, lambda rows: _progress(upload, min(half, rows // 2)), with_conflicts=True
    )
    notes, counts, rows, rejected, numberless, lost = _Notes(winners), MergeCounts(), 0, 0, 0, 0
    future, changed = FutureKey(upload), set[int]()
    siblings = Siblings(reader, winners, choices)
    words: StoredWords = {}
    totals: StoredTotals = {}

    def look_at(row: Row, candidate: Candidate, verdict: RowVerdict) -> None:
        notes.look_at(row, candidate, verdict)
        siblings.look_at(row, candidate)

    chunker = Chunker(upload, reader, winners, look_at if siblings.matter else notes.look_at, bad_listener)
    with closing(ahead(lambda: chunker.chunks(rows_after(sheet, reader, 0)), CHUNKS_AHEAD)) as chunks:
        for chunk in chunks:
            lines, unread = future.as_they_are(chunk.lines), future.as_they_are(chunk.unread)
            counts += future.with_moved(compare_lines(upload, lines, unread, changed=changed.add), lines)
            rows += chunk.rows
            rejected += len(chunk.rejected)
            lost += len(chunk.lost)
            words = with_words(words, chunk.words)
            numberless += chunk.numberless
            totals = with_totals(totals, chunk.totals)
            if keep_rejected:
                kept = [*chunk.rejected, *chunk.lost] if winners.keyed else chunk.rejected
                RejectedRow.objects.bulk_create(kept, batch_size=2_000)
            _progress(upload, half + rows // 2)
    taken = counts.created + counts.updated + counts.unchanged
    leaving = _leaving(upload, winners, future, changed)
    children = leaving.pop("children")
    return {
        **notes.as_json(),
        **siblings.as_json(),
        **describe_references(upload, winners, future),
        "words": words,
        "month_first": sorted(winners.in_doubt),
        "totals": totals,
        "rows": winners.rows,
        "created": counts.created,
        "updated": counts.updated + children,
        "unchanged": counts.unchanged - children,
        "opted_out": counts.opted_out,
        "said_stop": counts.said_stop,
        "rejected": rejected,
        "lost": lost,
        "not_updated": counts.not_updated,
        "unmarked": numberless if upload.group.size else 0,
        "duplicates": winners.rows - rejected - taken,
        **leaving,
    }


def _leaving(upload: Upload, winners: Winners, future: FutureKey, changed: set[int]) -> dict[str, Any]:
    """How many would leave with an upload that is the whole list, or have other numbers with it; the first of them.

    `children` are those of whom that is the only change.
    """
    left = renumbered = 0
    first, first_renumbered, children = list[tuple[str, str]](), list[tuple[str, str]](), set[int]()
    if upload.replaces or (winners.keyed and upload.group.size):
        for people in leavers(upload, winners, future):
            left, renumbered = left + len(people.left), renumbered + len(people.renumbered)
            first += [(person.phone, person.name) for person in people.left[: LEAVERS_SHOWN - len(first)]]
            more = people.renumbered[: LEAVERS_SHOWN - len(first_renumbered)]
            first_renumbered += [(person.phone, person.name) for person in more]
            children |= {hash(one.reference) for one in people.renumbered} - changed
            _progress(upload, winners.rows)
    counts = {"leaving": left, "leavers": first, "children": len(children)}
    return counts | ({"renumbered": renumbered, "numbers": first_renumbered} if winners.keyed else {})


def _progress(upload: Upload, rows: int) -> None:
    move_on(upload, Upload.Status.CHECKING, row_cursor=rows)


class _Notes:
    """What is worth saying of the rows beside their counts."""

    def __init__(self, winners: Winners) -> None:
        self.winners = winners
        self.bad_rows: list[dict[str, Any]] = []
        self.bad_cells = self.empty_cells = self.new_ranges = self.many_zeros = self.several = 0
        self.reasons: dict[str, int] = {}
        first = sorted(winners.in_conflict)[:CONFLICTS_SHOWN]
        self.conflicts_shown: dict[int, list[list[Any]]] = {identity: [] for identity in first}
        self.names_of: dict[int, str] = {}

    def look_at(self, row: Row, candidate: Candidate, verdict: RowVerdict) -> None:
        if candidate.errors:
            self._look_at_errors(row, candidate, verdict)
        if candidate.phone:
            self.many_zeros += candidate.phone.endswith(MANY_ZEROS)
            self.new_ranges += bool(candidate.warning) and verdict is TAKEN
            self._look_at_conflict(row, candidate)
        if verdict is TAKEN and "" in candidate.values.values():
            self.empty_cells += sum(1 for value in candidate.values.values() if value == "")

    def as_json(self) -> dict[str, Any]:
        often = sorted(self.reasons.items(), key=lambda reason: -reason[1])
        conflicts = self.conflicts_shown.items()
        return {
            "bad_rows": self.bad_rows,
            "bad_cells": self.bad_cells,
            "empty_cells": self.empty_cells,
            "several": self.several,
            "reasons": dict(often[:REASONS_SHOWN]),
            "new_ranges": self.new_ranges,
            "many_zeros": self.many_zeros if self.many_zeros >= FEW_ZEROS else 0,
            "conflicts": len(self.winners.in_conflict),
            "conflict_rows": [[self.names_of.get(identity, ""), rows] for identity, rows in conflicts],
        }

    def _look_at_errors(self, row: Row, candidate: Candidate, verdict: RowVerdict) -> None:
        self.several += "several" in candidate.codes.values()
        if verdict is REJECTED:
            for words in self.winners.reasons(candidate).values():
                is_short = len(words) < LONGEST_REASON_SHOWN and "“" not in words
                self._count_reason(words if is_short else "a cell cannot be read")
        else:
            self.bad_cells += len(candidate.errors)
        if len(self.bad_rows) < BAD_ROWS_SHOWN:
            kept = verdict is not REJECTED
            errors = candidate.errors if kept else self.winners.reasons(candidate)
            bad_row = {"row": row.number, "cells": row.cells, "errors": list(errors.items()), "kept": kept}
            self.bad_rows.append(bad_row)

    def _look_at_conflict(self, row: Row, candidate: Candidate) -> None:
        if self.winners.differs(candidate) and self.winners.accepts(candidate):
            identity = identity_of(candidate.phone, candidate.reference)
            if self.winners.upload.repeats == Upload.Repeats.NONE:
                self._count_reason(IN_CONFLICT)
            rows = self.conflicts_shown.get(identity)
            if rows is not None and len(rows) < ROWS_SHOWN_OF_CONFLICT:
                self.names_of[identity] = phones.local_number(candidate.phone)
                cells = [candidate.name or "", *(value or "" for value in candidate.values.values())]
                rows.append([row.number, ", ".join(filter(None, cells))[:LONGEST_ROW_SHOWN]])

    def _count_reason(self, words: str) -> None:
        self.reasons[words] = self.reasons.get(words, 0) + 1
