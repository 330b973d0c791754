"""An upload's way through its states. Whoever works on it holds a claim with a lease: a worker that dies is followed by
one that goes on, and of two workers one stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from contacts.importing import mapping
from contacts.importing.mapping import ColumnChoice
from contacts.importing.opening import opened_first, reading_of
from contacts.models import ContactGroup, StoredFile, Upload
from contacts.models.files import TooLarge
from contacts.spreadsheets import BadFile, Reading
from contacts.spreadsheets.reading import MOST_TEXT_BYTES
from contacts.values import clean

LEASE = timedelta(seconds=30)
# A child may take five minutes over a workbook, and says nothing meanwhile.
READING_LEASE = timedelta(minutes=6)
MOST_ATTEMPTS = 5
# A larger file is read in the background, so that no request waits for it.
READ_AT_ONCE = 4 << 20
LEFT_UNREAD = "The file could not be read to its end, five times. Save it as CSV and upload it again."

Status = Upload.Status


class Superseded(Exception):
    """Another worker has taken the upload over, or it has ended: leave it alone."""


def begin_upload(
    group: ContactGroup, name: str, pieces: Iterable[bytes], user: User | None = None, *, at_once: bool = True
) -> Upload:
    """Keep a file and guess how it is to be read. Raises BadFile; then nothing is kept.

    Not `at_once`: a large file waits for a worker to guess; the upload is then `is_reading`.
    """
    name = clean(Path(name).name)[:255] or "file"
    with transaction.atomic():
        try:
            file = StoredFile.store(name, pieces, most=MOST_TEXT_BYTES)
        except TooLarge as error:
            raise BadFile("too_large", "The file is larger than 200 MB. Split it into smaller ones.") from error
        upload = Upload.objects.create(group=group, name=name, file=file, created_by=user)
        if at_once or file.size <= READ_AT_ONCE:
            guess_columns(upload)
        else:
            _order_reading(upload)
            upload.refresh_from_db()
    return upload


def guess_columns(upload: Upload, wanted: Reading | None = None) -> list[ColumnChoice]:
    """Guess what the columns are, or take them as they were for the same headings; and keep it. Raises BadFile."""
    with opened_first(upload, wanted) as sheet:
        digest = mapping.headings_hash(sheet.headings)
        choices = mapping.guess_mapping(sheet, upload.group, _chosen_before(upload, digest))
        upload.headings_hash = digest
        upload.rows_expected = sheet.lines
        upload.reading = sheet.reading.to_json() | {
            "hidden": [sheet.hidden_rows, sheet.hidden_columns],
            "hidden_unseen": sheet.hidden_unseen,
            "unnamed": sheet.unnamed,
            "sheets": sheet.sheets,
            "accent": sheet.first_accent()[:100],
        }
        upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["reading", "mapping", "headings_hash", "rows_expected"])
    return choices


def _chosen_before(upload: Upload, digest: str) -> mapping.Kept | None:
    """The columns of the last upload with these headings that came to an end: into this group, else into any."""
    done = Upload.objects.filter(headings_hash=digest, status__in=[Status.DONE, Status.UNDONE]).order_by("-pk")
    for found in (done.filter(group=upload.group), done):
        if (kept := found.values_list("mapping", flat=True).first()) is not None:
            return kept
    return None


def choose_columns(upload: Upload, choices: list[ColumnChoice]) -> None:
    """Keep what the columns are. Raises BadMapping."""
    mapping.check_mapping(choices)
    upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["mapping"])


def reread(upload: Upload, wanted: Reading) -> bool:
    """Read the file in another way. True: a worker is to do it. Raises BadFile; then it is read as before."""
    if upload.file is not None and upload.file.size > READ_AT_ONCE:
        upload.reading = upload.reading | wanted.to_json()
        upload.save(update_fields=["reading"])
        return _order_reading(upload)
    with transaction.atomic():
        guess_columns(upload, wanted)
    return False


def _order_reading(upload: Upload) -> bool:
    return _order(upload, Status.READING)


def order_check(upload: Upload) -> bool:
    """Have the file checked in the background. False: it is past that."""
    return _order(upload, Status.CHECKING)


def order_import(upload: Upload) -> bool:
    """Have the rows written in the background. False: that was ordered before; a second click does nothing."""
    return _order(upload, Status.IMPORTING)


def order_undo(upload: Upload) -> bool:
    """Have it undone in the background. False: that was ordered before, or its 30 days are over."""
    return upload.may_be_undone(timezone.now()) and _order(upload, Status.UNDOING)


def uploads_standing_still(now: datetime) -> list[int]:
    """Uploads whose worker is gone, or was never there. Those that failed too often are given up here."""
    still = Upload.objects.filter(status__in=Upload.WORKING, lease_until__lt=now)
    still.filter(attempts__gte=MOST_ATTEMPTS).update(status=Status.FAILED, error=LEFT_UNREAD, finished_at=now)
    return list(still.values_list("pk", flat=True))


def read_columns(upload: Upload) -> None:
    """Guess the columns of a large file, as it was ordered."""

    def read() -> None:
        guess_columns(upload, reading_of(upload) if upload.reading else None)
        move_on(upload, Status.READING, status=Status.MAPPING, lease_until=None)

    work(upload, Status.READING, read, READING_LEASE)


def work(upload: Upload, status: str, act: Callable[[], None], lease: timedelta = LEASE) -> None:
    """Claim the upload and do `act`, which raises Superseded where another has it by then.

    A file that cannot be read makes the upload failed; whatever else ends the act lets the next worker go on at once.
    """
    try:
        _claim(upload, status, lease)
        act()
    except Superseded:
        return
    except (BadFile, mapping.BadMapping) as error:
        now = timezone.now()
        _mine(upload, status).update(status=Status.FAILED, error=str(error), lease_until=None, finished_at=now)
    except BaseException:
        _mine(upload, status).update(lease_until=timezone.now())
        raise


def move_on(upload: Upload, at: str, /, **changes: object) -> None:
    """Change what is this worker's, and keep hold of it; a status only to one that may follow. Raises Superseded."""
    assert "status" not in changes or changes["status"] in Upload.AFTER[Status(at)]
    changes = {"lease_until": timezone.now() + LEASE} | changes
    if not _mine(upload, at).update(**changes):
        raise Superseded


def _mine(upload: Upload, status: str) -> QuerySet[Upload]:
    """The upload, as long as it is still this worker's."""
    return Upload.objects.filter(pk=upload.pk, status=status, claim=upload.claim)


def _order(upload: Upload, status: str) -> bool:
    now = timezone.now()
    fields = {"status": status, "lease_until": now + LEASE, "attempts": 0, "claim": 0, "row_cursor": 0, "error": ""}
    if status == Status.IMPORTING:
        fields["counts"] = {"began": now.timestamp()}
    return bool(Upload.objects.filter(pk=upload.pk, status__in=Upload.before(status)).update(**fields))


@transaction.atomic
def _claim(upload: Upload, status: str, lease: timedelta) -> None:
    now = timezone.now()
    found = Upload.objects.select_for_update().filter(pk=upload.pk, status=status).first()
    if found is None or (found.claim and found.lease_until and found.lease_until > now):
        raise Superseded
    found.claim, found.attempts, found.lease_until = found.claim + 1, found.attempts + 1, now + lease
    found.save(update_fields=["claim", "attempts", "lease_until"])
    upload.refresh_from_db()
