"""The rows of a file written into its group, a chunk at a time. Each chunk moves the upload's cursor in its own
transaction, so that whoever goes on after a dead worker neither repeats nor loses a row.

While the database writes one chunk, the next is being read: two processors are busy, and the import takes as long as
the slower of both.
"""

from __future__ import annotations

from contextlib import closing

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.names import one_named
from contacts.importing import mapping
from contacts.importing.cell_words import with_words
from contacts.importing.chunking import CHUNKS_AHEAD, Chunk, Chunker, RowListener
from contacts.importing.claims import move_on, under_claim
from contacts.importing.date_doubt import OrderDoubt
from contacts.importing.future_key import FutureKey
from contacts.importing.key_column import check_key_column
from contacts.importing.leaving import take_out
from contacts.importing.mapping import BadMapping
from contacts.importing.new_fields import make_chosen_fields
from contacts.importing.opening import open_upload
from contacts.importing.rows import RowReader
from contacts.importing.siblings import describe_references
from contacts.importing.totals import with_totals
from contacts.importing.waiting import open_group
from contacts.importing.winners import find_winners, rows_after
from contacts.models import ContactGroup, RejectedRow, Upload
from contacts.people.keys import KeyNotPossible, give_key
from contacts.people.merge import Consent, KeyChanged, MergeCounts, add_lines, lock_as_read, merge_lines
from lib.ahead import ahead

STATUS = Upload.Status.IMPORTING
NO_VALUE = ":null"


def import_rows(upload: Upload, *, bad_listener: RowListener | None = None) -> None:
    """Write the rows, from where the last worker was on.

    `bad_listener` hears of each row that has a cell which could not be read.
    """
    under_claim(upload, STATUS, lambda: _import(upload, bad_listener))


def _import(upload: Upload, bad_listener: RowListener | None) -> None:
    with open_upload(upload) as sheet:
        choices = mapping.from_json(upload.mapping)
        make_chosen_fields(upload.group, choices)
        check_key_column(choices, upload)
        reader = RowReader(choices, upload, sheet)
        with_conflicts = bool(upload.counts.get("with_lost"))
        winners = find_winners(
            sheet, reader, upload, lambda _rows: move_on(upload, STATUS), with_conflicts=with_conflicts
        )
        if winners.in_doubt:
            move_on(upload, STATUS, counts=upload.counts | {"month_first": sorted(winners.in_doubt)})
            raise OrderDoubt(winners.in_doubt, choices)
        open_group(upload)
        if winners.keyed and "two_numbers" not in upload.counts:
            upload.counts |= describe_references(upload, winners, FutureKey(upload))
        _settle_key(upload)
        move_on(upload, STATUS, rows_expected=winners.rows, key=upload.key, counts=upload.counts)
        rows = rows_after(sheet, reader, upload.row_cursor)
        chunker = Chunker(upload, reader, winners, bad_listener=bad_listener)
        with closing(ahead(lambda: chunker.chunks(rows), CHUNKS_AHEAD)) as chunks:
            for chunk in chunks:
                _write(upload, chunk)
    if upload.replaces or (winners.keyed and _is_somebody_else_there(upload)):
        take_out(upload, winners)
    counts = dict.fromkeys(Upload.COUNTED, 0) | upload.counts
    done = {"status": Upload.Status.DONE, "lease_until": None, "finished_at": timezone.now()}
    move_on(upload, STATUS, counts=counts, **done)


def _settle_key(upload: Upload) -> None:
    """The group has its key before the first row is written; by what rows were told apart is kept for an undo."""
    group, by = upload.group, one_named(upload.ordered_by)
    if upload.key and not group.key:
        user = by if isinstance(by, User) else None
        try:
            with transaction.atomic():
                lock_as_read(group)
                give_key(group, group.fields.get(key=upload.key), user=user)
        except (KeyNotPossible, KeyChanged) as error:
            raise BadMapping(str(error)) from error
    upload.key = group.key


def _is_somebody_else_there(upload: Upload) -> bool:
    size = ContactGroup.objects.values_list("size", flat=True).get(pk=upload.group_id)
    return size != upload.counts.get("created", 0)


@transaction.atomic
def _write(upload: Upload, chunk: Chunk) -> None:
    """One chunk: the cursor first, so that of two workers one stops; then people, then rejected rows."""
    move_on(upload, STATUS, row_cursor=chunk.last, attempts=0)
    try:
        merged, alone = _merge(upload, chunk)
    except KeyChanged as error:
        raise BadMapping(str(error)) from error
    RejectedRow.objects.bulk_create([*chunk.rejected, *chunk.lost], batch_size=2_000)
    step = {
        "rows": chunk.rows,
        "created": merged.created,
        "updated": merged.updated,
        "unchanged": merged.unchanged,
        "rejected": len(chunk.rejected),
        "lost": len(chunk.lost),
        "not_updated": merged.not_updated,
        "unmarked": 0 if alone else chunk.numberless,
        "duplicates": chunk.rows - len(chunk.rejected) - len(chunk.lines),
    }
    words = with_words(upload.counts.get("words", {}), chunk.words)
    totals = with_totals(upload.counts.get("totals", {}), chunk.totals)
    summed = {name: upload.counts.get(name, 0) + count for name, count in step.items()}
    upload.counts = upload.counts | summed | {"words": words, "totals": totals}
    move_on(upload, STATUS, counts=upload.counts)
    upload.row_cursor = chunk.last


def _merge(upload: Upload, chunk: Chunk) -> tuple[MergeCounts, bool]:
    """What came of the people, and whether nobody but those of this upload was there before."""
    consent = Consent(upload.consent_source, upload.consent_on)
    # Where all of the group's people are this upload's own, none of the next can be there yet.
    lines, alone = chunk.lines, lock_as_read(upload.group) == upload.counts.get("created", 0)
    # A zero date takes a value away.
    plain = upload.keep_empty and not any(NO_VALUE in line for line in lines)
    if lines and alone and plain and add_lines(upload.group, lines, upload, consent):
        return MergeCounts(created=len(lines)), alone
    return merge_lines(upload.group, lines, unread=chunk.unread, upload=upload, consent=consent), alone
