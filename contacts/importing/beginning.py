"""A file comes, or is to be read in another way: a small text is read at once, all else by a worker."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from django.db import OperationalError, transaction

from accounts.audit import record
from accounts.models import User
from contacts.importing.choosing import WANTED, guess_columns
from contacts.importing.orders import order_reading
from contacts.models import ContactGroup, StoredFile, Upload
from contacts.models.files import TooLarge
from contacts.spreadsheets import BadFile, Reading, check_whole, is_read_by_child
from contacts.spreadsheets.reading import LARGE_FILE, MOST_FILE_BYTES
from contacts.values import clean
from lib import room

# A larger text is read in the background, so that no request waits for it; workbooks and vCards always.
READ_AT_ONCE_BYTES = 4 << 20


def begin_upload(
    group: ContactGroup,
    name: str,
    pieces: Iterable[bytes],
    user: User | None = None,
    *,
    at_once: bool = True,
    repeats: str = Upload.Repeats.LAST,
) -> Upload:
    """Keep a file and guess how it is to be read. Raises BadFile; then nothing is kept.

    Not `at_once`: what takes long waits for a worker to guess; the upload is then `is_reading`. `repeats`: which row
    of a number counts, as long as nobody says otherwise.
    """
    name = clean(Path(name).name)[:255] or "file"
    with transaction.atomic():
        file, by_worker = store_file(name, pieces)
        upload = Upload.objects.create(group=group, name=name, file=file, created_by=user, repeats=repeats)
        record("upload begun", f"upload {upload.pk}", user=user, group=group.pk)
        if at_once or not by_worker:
            guess_columns(upload)
        else:
            order_reading(upload)
            upload.refresh_from_db()
    return upload


def store_file(name: str, pieces: Iterable[bytes]) -> tuple[StoredFile, bool]:
    """Keep what comes, and whether a worker has to read it. Raises BadFile."""
    rest = iter(pieces)
    first = next(rest, b"")
    try:
        file = StoredFile.store(name, chain([first], rest), most=MOST_FILE_BYTES)
    except TooLarge as error:
        raise BadFile("too_large", LARGE_FILE) from error
    except (OperationalError, OSError) as error:
        if room.is_full(error):
            raise BadFile("disk_full", room.FULL) from error
        raise
    check_whole(first, file.tail())
    return file, is_read_by_child(first) or file.size > READ_AT_ONCE_BYTES


def reread(upload: Upload, wanted: Reading) -> bool:
    """Read the file in another way. True: a worker is to do it. Raises BadFile; then it is read as before.

    A worker that cannot read it so leaves it as before too, with the words as its `error`.
    """
    if wanted.kind in ("workbook", "vcard") or (upload.file is not None and upload.file.size > READ_AT_ONCE_BYTES):
        upload.reading = upload.reading | {WANTED: wanted.to_json()}
        upload.save(update_fields=["reading"])
        return order_reading(upload)
    with transaction.atomic():
        guess_columns(upload, wanted)
    return False
