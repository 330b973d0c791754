"""Rows of a file as chunks ready for the database: people as lines for COPY, rejected rows with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from contacts.importing.identities import identity_of
from contacts.importing.rows import ANOTHER_COUNTS, Candidate, RowReader
from contacts.importing.totals import StoredTotals, Tally
from contacts.importing.winners import REJECTED, REPEATED, TAKEN, RowVerdict, Winners
from contacts.models import RejectedRow, Upload
from contacts.people.merge import copy_line, unread_line
from contacts.spreadsheets import Row

CHUNK_ROWS = 20_000
CHUNKS_AHEAD = 1

# Called with each row, what it says, and what becomes of it.
RowListener = Callable[[Row, Candidate, RowVerdict], None]


@dataclass
class Chunk:
    """Some rows of a file. `last` is the last one's number in the sheet; `words` counts what cells were read by.

    `unread`: numbers with the fields of which they say what cannot be read, whether their rows are taken or not.
    `totals` are those of the rows taken.
    `numberless`: how many rejected rows cannot be told whom they mean.
    `lost`: rows that another one has won over and that say something else; they are no rejected ones.
    """

    last: int = 0
    rows: int = 0
    lines: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    words: Counter[tuple[int, str]] = field(default_factory=Counter)
    numberless: int = 0
    totals: StoredTotals = field(default_factory=dict)
    lost: list[RejectedRow] = field(default_factory=list)


class Chunker:
    """Makes chunks of the rows of `upload` by what `winners` says of them.

    `listener` hears of each row, `bad_listener` of each that has a cell which could not be read.
    """

    def __init__(
        self,
        upload: Upload,
        reader: RowReader,
        winners: Winners,
        listener: RowListener | None = None,
        bad_listener: RowListener | None = None,
    ) -> None:
        self.upload, self.reader, self.winners = upload, reader, winners
        self.listener, self.bad_listener = listener, bad_listener
        self.rejected_identities: set[int] = set()

    def chunks(self, rows: Iterator[tuple[Row, Candidate]]) -> Iterator[Chunk]:
        # A row is let go of at once: twenty thousand kept ones cost the garbage collector as much as reading them.
        judge, listener, keep_empty = self.winners.judge, self.listener, self.upload.keep_empty
        chunk, tally = Chunk(), Tally(self.reader)
        for row, candidate in rows:
            # Whoever goes on after `last` begins with another row of the sheet.
            if chunk.rows >= CHUNK_ROWS and not row.nth:
                chunk.totals = tally.totals()
                yield chunk
                chunk, tally = Chunk(), Tally(self.reader)
            verdict = judge(row, candidate)
            if verdict is TAKEN:
                reference = candidate.reference
                line = copy_line(candidate.phone, candidate.name, candidate.values, reference, keep_empty=keep_empty)
                chunk.lines.append(line)
                if words := self.reader.words_in(row.cells, candidate.errors):
                    chunk.words.update(words)
                if not candidate.errors:
                    tally.put(tally.pick(candidate.values))
                else:
                    tally.add_damaged(candidate.values)
                    if keys := self.reader.unread_keys(candidate):
                        chunk.unread.append(unread_line(candidate.phone, keys, reference))
            elif verdict is REJECTED:
                errors = self.winners.reasons(candidate)
                chunk.rejected.append(self._rejected(row, errors))
                phones = [candidate.phone] if candidate.phone else self.reader.phones_in(row)
                self._note_rejected(chunk, phones, candidate.reference)
            elif verdict is REPEATED and (self.winners.differs(candidate) or self.reader.lost_before(row)):
                chunk.lost.append(self._rejected(row, {self.reader.phone_column: ANOTHER_COUNTS}))
            if listener is not None:
                listener(row, candidate, verdict)
            if candidate.errors and self.bad_listener is not None:
                self.bad_listener(row, candidate, verdict)
            chunk.rows += 1
            chunk.last = row.number
        if chunk.rows:
            chunk.totals = tally.totals()
            yield chunk

    def _rejected(self, row: Row, errors: dict[int, str]) -> RejectedRow:
        return RejectedRow(upload=self.upload, row=row.number, nth=row.nth, cells=row.cells, errors=errors)

    def _note_rejected(self, chunk: Chunk, phones: list[str], reference: str) -> None:
        """Nothing of the row is taken, so that whatever its columns mean is not updated, unless another row counts."""
        chunk.numberless += not phones and not reference
        meant: list[tuple[int, str | None, str | None]]
        if not self.reader.key:
            meant = [(int(phone), phone, "") for phone in phones]
        elif reference and len(phones) != 1:
            meant = [(hash(reference), None, reference)]
        else:
            meant = [(identity_of(phone, reference), phone, reference or None) for phone in phones]
        for identity, number, known in meant:
            if identity not in self.rejected_identities and not self.winners.has_row_of(identity):
                self.rejected_identities.add(identity)
                if self.reader.types:
                    chunk.unread.append(unread_line(number, self.reader.types, known))
