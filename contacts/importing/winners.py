"""Two passes over a file: the first finds which row of each number counts, the second hands rows out by that.

Where the group has a key it is a row of each number and reference.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import dropwhile, repeat

from contacts.importing.future_key import FutureKey
from contacts.importing.identities import Rejected, identity_of, in_order, is_among, numbers
from contacts.importing.rows import Candidate, RowReader
from contacts.models import Contact, Upload
from contacts.models.group import HAS_REFERENCE
from contacts.spreadsheets import Row, Sheet
from contacts.spreadsheets.reading import place_of
from contacts.values import DayOrders

NUMBERS_ASKED_AT_ONCE = 10_000
PROGRESS_EVERY_ROWS = 20_000
STAYS_OLD = "cannot be read, and the old value must not stay"
IN_CONFLICT = "stands in more than one row with different values"
ROW_BITS = 35
ROW_MASK = (1 << ROW_BITS) - 1
SHAPE_MASK = (1 << 28) - 1

# Called with how many rows of the file have been read.
ProgressListener = Callable[[int], None]


class RowVerdict(Enum):
    TAKEN = "taken"
    REPEATED = "repeated"
    REJECTED = "rejected"


# As names of their own, since each of a million rows asks: in Python 3.11 a member of an enum takes 25 times as long.
TAKEN, REPEATED, REJECTED = RowVerdict


@dataclass
class Winners:
    """Which row of each number counts, or of each number and reference: every good one but the `repeated`.

    `in_conflict` are those whose rows say different things. `identities` are those of good rows, once the file has been
    read, and `references` theirs, one for each; `with_zeros` are those of them that begin so. `known` are the numbers,
    or references, that are in the group already, where that decides whether a row is good.
    """

    upload: Upload
    phone_column: int
    keyed: bool = False
    repeated: set[int] = field(default_factory=set)
    identities: array[int] = field(default_factory=numbers)
    references: array[int] = field(default_factory=numbers)
    with_zeros: set[str] = field(default_factory=set)
    rejected: Rejected = field(default_factory=Rejected)
    known: set[str] = field(default_factory=set)
    in_conflict: set[int] = field(default_factory=set)
    # Date columns that only fit the other way than they are read, and nobody has said so; each with such a cell.
    in_doubt: dict[int, str] = field(default_factory=dict)
    rows: int = 0
    # The row of each number in the low bits, and a digest of what it says above them: a million numbers in a plain
    # dictionary take about 110 MB, which are given back when the file has been read once.
    _row_of: dict[int, int] = field(default_factory=dict)

    def add(self, identity: int, place: int, shape: int) -> None:
        """A good row. Of two with one identity the one counts that the upload's choice says."""
        new = (shape << ROW_BITS) | place
        old = self._row_of.setdefault(identity, new)
        if old is not new:
            before = old & ROW_MASK
            if old >> ROW_BITS != shape:
                self.in_conflict.add(identity)
            if (self.upload.repeats == Upload.Repeats.FIRST) == (before < place):
                self.repeated.add(place)
                return
            self.repeated.add(before)
            self._row_of[identity] = new

    def take(self, phone: str, reference: str, place: int, shape: int) -> None:
        """As `add`, of a number with its reference."""
        if reference:
            identity = identity_of(phone, reference)
            if identity not in self._row_of:
                self.references.append(hash(reference))
                if reference[0] == "0":
                    self.with_zeros.add(reference)
            self.add(identity, place, shape)
        else:
            self.add(int(phone), place, shape)

    def reject(self, phones: Iterable[str], reference: str) -> None:
        """A row that is not taken, of these numbers; none of them, where its number cannot be read."""
        self.rejected.add(phones, reference, keyed=self.keyed)

    def all_added(self) -> Winners:
        """No more good rows come."""
        self.identities, self._row_of = array("q", self._row_of), {}
        return self

    def has_row_of(self, identity: int) -> bool:
        """Whether a row of this identity counts, once all of them have been looked at."""
        if self.upload.repeats == Upload.Repeats.NONE and identity in self.in_conflict:
            return False
        return is_among(self._in_order, identity)

    @cached_property
    def _in_order(self) -> array[int]:
        return in_order(self.identities)

    def judge(self, row: Row, candidate: Candidate) -> RowVerdict:
        """What becomes of a row, once all of them have been looked at."""
        if candidate.errors and not self.accepts(candidate):
            return REJECTED
        if self.upload.repeats == Upload.Repeats.NONE and self.differs(candidate):
            return REJECTED
        # In most files no number is repeated.
        return REPEATED if self.repeated and row.place in self.repeated else TAKEN

    def accepts(self, candidate: Candidate) -> bool:
        """Whether a row is good by itself, whatever others say of its number."""
        return not candidate.errors or self.counts_as_good(candidate, known=self._is_known(candidate))

    def differs(self, candidate: Candidate) -> bool:
        """Whether another good row of the same identity says something else."""
        return bool(self.in_conflict) and identity_of(candidate.phone, candidate.reference) in self.in_conflict

    def _is_known(self, candidate: Candidate) -> bool:
        return (candidate.reference or candidate.phone) in self.known

    def counts_as_good(self, candidate: Candidate, *, known: bool) -> bool:
        """Whether a row is good by itself, where its person is in the group already, or where she is not."""
        if not candidate.errors:
            return True
        if not candidate.phone or (self.keyed and not candidate.reference):
            return False
        if known:
            return self.upload.keep_stale or not candidate.wants_new
        return not self.upload.reject_bad_cells

    def hangs_on_group(self, candidate: Candidate) -> bool:
        """Whether a row is good or not by whether its person is in the group already."""
        return self.counts_as_good(candidate, known=True) != self.counts_as_good(candidate, known=False)

    def reasons(self, candidate: Candidate) -> dict[int, str]:
        """Column to reason of a rejected row; a cell that is only bad for somebody in the group already says so."""
        if self.accepts(candidate):
            return {self.phone_column: IN_CONFLICT}
        if candidate.phone and candidate.wants_new and self._is_known(candidate):
            return {column: f"{words}: {STAYS_OLD}" for column, words in candidate.errors.items()}
        return candidate.errors


@dataclass
class _Undecided:
    """Rows that are good or not by whether their people are in the group: there may be a million, so arrays of them."""

    phones: array[int] = field(default_factory=numbers)
    references: list[str] = field(default_factory=list)
    places: array[int] = field(default_factory=numbers)
    shapes: array[int] = field(default_factory=numbers)
    good_if_known: bytearray = field(default_factory=bytearray)

    def add(self, candidate: Candidate, place: int, shape: int, *, good_if_known: bool) -> None:
        self.phones.append(int(candidate.phone))
        if candidate.reference:
            self.references.append(candidate.reference)
        self.places.append(place)
        self.shapes.append(shape)
        self.good_if_known.append(good_if_known)


def find_winners(
    sheet: Sheet, reader: RowReader, upload: Upload, progress: ProgressListener, *, with_conflicts: bool = False
) -> Winners:
    """Read the whole file once. A rejected row takes no part; of the others with one number the last or first counts.

    `with_conflicts`: which rows of a number differ is wanted as well; else they are only compared where it matters.
    """
    winners, orders = Winners(upload, reader.phone_column, bool(reader.key)), DayOrders(reader.dates_in_any_order)
    if not with_conflicts and _number_alone_decides(upload, reader):
        _add_by_number(winners, sheet, reader, orders, progress)
    else:
        _decide(winners, _add_whole_rows(winners, sheet, reader, orders, progress))
    winners.in_doubt = orders.in_doubt
    return winners.all_added()


def _number_alone_decides(upload: Upload, reader: RowReader) -> bool:
    """Whether a row with a good number is good, whatever its other cells hold: they need not be read to know.

    Not where the others leave, and whoever stands in a rejected row stays; nor where a cell may make several rows.
    """
    if reader.key or reader.reason_column is not None:
        return False
    if upload.numbers == Upload.Numbers.EACH or upload.repeats == Upload.Repeats.NONE:
        return False
    if upload.replaces or upload.reject_bad_cells:
        return False
    if upload.keep_stale or not any(column.must_not_stay for column in reader.values):
        return True
    others = Contact.objects.filter(group=upload.group_id).exclude(upload=upload.pk)
    # Whom it had changed before its worker died bears its number too.
    return not (others.exists() or upload.changes.filter(kind="updated").exists())


def _add_by_number(
    winners: Winners, sheet: Sheet, reader: RowReader, orders: DayOrders, progress: ProgressListener
) -> None:
    """Add the rows that have a good number, without reading their other cells but dates that may be in doubt."""
    for row in sheet.samples() if orders.open else ():
        orders.look_at_row(row.cells)
    last = max(orders.open, default=0)
    for winners.rows, (number, cell, cells) in enumerate(sheet.column(reader.phone_column, last), start=1):
        if not winners.rows % PROGRESS_EVERY_ROWS:
            progress(winners.rows)
        if orders.open:
            orders.look_at_row(cells)
        if digits := reader.phone_of(cell):
            winners.add(int(digits), place_of(number), 0)


def _add_whole_rows(
    winners: Winners, sheet: Sheet, reader: RowReader, orders: DayOrders, progress: ProgressListener
) -> _Undecided:
    """Add the rows that are good whoever is in the group; returns those of which that is not known yet."""
    undecided = _Undecided()
    for winners.rows, row in enumerate(reader.rows(sheet), start=1):
        if not winners.rows % PROGRESS_EVERY_ROWS:
            progress(winners.rows)
        candidate = reader.read_row(row)
        if orders.open:
            orders.look_at_row(row.cells)
        if not candidate.phone:
            if winners.upload.replaces or winners.keyed:
                winners.reject(reader.phones_in(row), candidate.reference)
            continue
        if reader.reason_column is not None and reader.lost_before(row):
            winners.repeated.add(row.place)
            winners.reject([candidate.phone], candidate.reference)
            continue
        shape = hash((candidate.name, *candidate.values.values())) & SHAPE_MASK
        if not candidate.errors:
            winners.take(candidate.phone, candidate.reference, row.place, shape)
        elif winners.hangs_on_group(candidate):
            good_if_known = winners.counts_as_good(candidate, known=True)
            undecided.add(candidate, row.place, shape, good_if_known=good_if_known)
        elif winners.counts_as_good(candidate, known=False):
            winners.take(candidate.phone, candidate.reference, row.place, shape)
        else:
            winners.reject([candidate.phone], candidate.reference)
    return undecided


def _decide(winners: Winners, undecided: _Undecided) -> None:
    """Ask who of these rows' people is in the group. Where that decides, a row is good for one of the two alone."""
    phones = map(str, undecided.phones)
    references: Iterable[str] = undecided.references if winners.keyed else repeat("", len(undecided.places))
    if winners.keyed:
        winners.known = _references_in_group(winners.upload, undecided.references)
    else:
        winners.known = _in_group(winners.upload, undecided.phones)
    rows = zip(phones, references, undecided.places, undecided.shapes, undecided.good_if_known, strict=True)
    for phone, reference, place, shape, good_if_known in rows:
        if good_if_known == ((reference or phone) in winners.known):
            winners.take(phone, reference, place, shape)
        else:
            winners.reject([phone], reference)


def rows_after(sheet: Sheet, reader: RowReader, row_cursor: int) -> Iterator[tuple[Row, Candidate]]:
    """The rows past `row_cursor`, as the spreadsheet numbers them, each with what it says."""
    for row in dropwhile(lambda row: row.number <= row_cursor, reader.rows(sheet)):
        yield row, reader.read_row(row)


def _in_group(upload: Upload, phones: array[int]) -> set[str]:
    """Who of these is in the group, but for those whom this upload itself has put there before it was interrupted.

    Whom it has changed before that was there already.
    """
    known: set[str] = set()
    for start in range(0, len(phones), NUMBERS_ASKED_AT_ONCE):
        asked = [str(phone) for phone in phones[start : start + NUMBERS_ASKED_AT_ONCE]]
        contacts = Contact.objects.filter(group=upload.group_id, phone__in=asked)
        known.update(contacts.exclude(upload=upload.pk).values_list("phone", flat=True))
        known.update(upload.changes.filter(kind="updated", phone__in=asked).values_list("phone", flat=True))
    return known


def _references_in_group(upload: Upload, references: list[str]) -> set[str]:
    """As `_in_group`, of references: a child whose number is another one now is known all the same."""
    future = FutureKey(upload).references
    if future:
        return set(references) & set(future.values())
    known: set[str] = set()
    changed = upload.changes.filter(kind__in=("updated", "number"))
    for start in range(0, len(references), NUMBERS_ASKED_AT_ONCE):
        asked = references[start : start + NUMBERS_ASKED_AT_ONCE]
        contacts = Contact.objects.filter(HAS_REFERENCE, group=upload.group_id, reference__in=asked)
        known.update(contacts.exclude(upload=upload.pk).values_list("reference", flat=True))
        known.update(changed.filter(reference__in=asked).values_list("reference", flat=True))
    return known
