"""Two passes over a file: the first finds which row of each number counts, the second hands rows out by that."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import dropwhile

from contacts.importing.rows import Candidate, RowReader
from contacts.models import Contact, Upload
from contacts.spreadsheets import Row, Sheet

ASKED_AT_ONCE = 10_000
TOLD_EVERY = 20_000
STAYS_OLD = "cannot be read, and the old value must not stay"
IN_CONFLICT = "stands in more than one row with different values"
ROW_BITS = 34
ROW_MASK = (1 << ROW_BITS) - 1
SHAPE_MASK = (1 << 29) - 1

Progress = Callable[[int], None]


class RowVerdict(Enum):
    TAKEN = "taken"
    REPEATED = "repeated"
    REJECTED = "rejected"


@dataclass
class Winners:
    """Which row of each number counts: every good one but the `repeated`.

    `in_conflict` are numbers whose rows say different things. `phones` are the numbers of good rows, once the file has
    been read, and `in_rejected` those of the others: whoever stands in such a row is in the file all the same.
    """

    upload: Upload
    phone_column: int
    repeated: set[int] = field(default_factory=set)
    phones: array[int] = field(default_factory=lambda: array("q"))
    in_rejected: array[int] = field(default_factory=lambda: array("q"))
    known: set[str] = field(default_factory=set)
    in_conflict: set[int] = field(default_factory=set)
    rows: int = 0
    # The row of each number in the low bits, and a digest of what it says above them: a million numbers in a plain
    # dictionary take about 110 MB, which are given back when the file has been read once.
    _row_of: dict[int, int] = field(default_factory=dict)

    def judge(self, row: Row, candidate: Candidate) -> RowVerdict:
        if not self.accepts(candidate):
            return RowVerdict.REJECTED
        if self.upload.repeats == Upload.Repeats.NONE and int(candidate.phone) in self.in_conflict:
            return RowVerdict.REJECTED
        return RowVerdict.REPEATED if row.number in self.repeated else RowVerdict.TAKEN

    def add(self, phone: str, number: int, shape: int) -> None:
        """A good row. Of two with one number the one counts that the upload's choice says."""
        key, new = int(phone), (shape << ROW_BITS) | number
        old = self._row_of.setdefault(key, new)
        if old is not new:
            before = old & ROW_MASK
            if old >> ROW_BITS != shape:
                self.in_conflict.add(key)
            if (self.upload.repeats == Upload.Repeats.FIRST) == (before < number):
                self.repeated.add(number)
                return
            self.repeated.add(before)
            self._row_of[key] = new

    def settle(self) -> Winners:
        """All good rows have been added."""
        self.phones, self._row_of = array("q", self._row_of), {}
        return self

    def doubts(self, candidate: Candidate) -> bool:
        """Whether a row is good or not by whether its person is in the group already."""
        return bool(candidate.errors) and self._if_new != self._if_known(candidate)

    def reason(self, candidate: Candidate) -> dict[int, str]:
        """Column to reason of a rejected row; a cell that is only bad for somebody in the group already says so."""
        if self.accepts(candidate):
            return {self.phone_column: IN_CONFLICT}
        if candidate.phone and candidate.wants_new and candidate.phone in self.known:
            return {column: f"{words}: {STAYS_OLD}" for column, words in candidate.errors.items()}
        return candidate.errors

    def accepts(self, candidate: Candidate) -> bool:
        """Whether a row is good by itself, whatever others say of its number."""
        if not candidate.errors:
            return True
        if not candidate.phone:
            return False
        if not self.doubts(candidate):
            return self._if_new
        return self._if_known(candidate) if candidate.phone in self.known else self._if_new

    @property
    def _if_new(self) -> bool:
        return not self.upload.reject_bad_cells

    def _if_known(self, candidate: Candidate) -> bool:
        return self.upload.keep_stale or not candidate.wants_new


def winners(sheet: Sheet, reader: RowReader, upload: Upload, progress: Progress, *, all_told: bool = False) -> Winners:
    """Read the whole file once. A rejected row takes no part; of the others with one number the last or first counts.

    `all_told`: which rows of a number differ is wanted as well; else they are only compared where it matters.
    """
    found = Winners(upload, reader.phone_column)
    if not all_told and _by_number_alone(upload, reader):
        for found.rows, (number, cell) in enumerate(sheet.column(reader.phone_column), start=1):
            if not found.rows % TOLD_EVERY:
                progress(found.rows)
            if digits := reader.phone_of(cell):
                found.add(digits, number, 0)
        return found.settle()
    phones, numbers, shapes, kept = array("q"), array("q"), array("q"), bytearray()
    for found.rows, row in enumerate(sheet.rows(), start=1):
        if not found.rows % TOLD_EVERY:
            progress(found.rows)
        candidate = reader.read_row(row)
        if not candidate.phone:
            if upload.replaces and (digits := reader.phone_in(row)):
                found.in_rejected.append(int(digits))
            continue
        shape = hash((candidate.name, *candidate.values.values())) & SHAPE_MASK
        if found.doubts(candidate):
            phones.append(int(candidate.phone))
            numbers.append(row.number)
            shapes.append(shape)
            kept.append(found._if_known(candidate))
        elif not candidate.errors or found._if_new:
            found.add(candidate.phone, row.number, shape)
        else:
            found.in_rejected.append(int(candidate.phone))
    found.known = _in_group(upload, phones)
    for phone, number, shape, if_known in zip(phones, numbers, shapes, kept, strict=True):
        if if_known if str(phone) in found.known else found._if_new:
            found.add(str(phone), number, shape)
        else:
            found.in_rejected.append(phone)
    return found.settle()


def _by_number_alone(upload: Upload, reader: RowReader) -> bool:
    """Whether a row with a good number is good, whatever its other cells hold: they need not be read to know.

    Not where the others leave, and whoever stands in a rejected row stays.
    """
    if upload.replaces or upload.reject_bad_cells or upload.repeats == Upload.Repeats.NONE:
        return False
    if upload.keep_stale or not any(column.must_not_stay for column in reader.values):
        return True
    others = Contact.objects.filter(group=upload.group_id).exclude(upload=upload.pk)
    # Whom it had changed before its worker died bears its number too.
    return not (others.exists() or upload.changes.filter(kind="updated").exists())


def rows_after(sheet: Sheet, reader: RowReader, row_cursor: int) -> Iterator[tuple[Row, Candidate]]:
    """The rows past `row_cursor`, as the spreadsheet numbers them, each with what it says."""
    for row in dropwhile(lambda row: row.number <= row_cursor, sheet.rows()):
        yield row, reader.read_row(row)


def _in_group(upload: Upload, phones: array[int]) -> set[str]:
    """Who of these is in the group, but for those whom this upload itself has put there before it was interrupted.

    Whom it has changed before that was there already.
    """
    found: set[str] = set()
    for start in range(0, len(phones), ASKED_AT_ONCE):
        piece = [str(phone) for phone in phones[start : start + ASKED_AT_ONCE]]
        contacts = Contact.objects.filter(group=upload.group_id, phone__in=piece)
        found.update(contacts.exclude(upload=upload.pk).values_list("phone", flat=True))
        found.update(upload.changes.filter(kind="updated", phone__in=piece).values_list("phone", flat=True))
    return found
