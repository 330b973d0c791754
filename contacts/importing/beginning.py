"""A file comes, or is to be read in another way: a small one is read at once, a large one by a worker."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from accounts.models import User
from contacts.importing.choosing import guess_columns
from contacts.importing.orders import order_reading
from contacts.models import ContactGroup, StoredFile, Upload
from contacts.models.files import TooLarge
from contacts.spreadsheets import BadFile, Reading
from contacts.spreadsheets.reading import MOST_TEXT_BYTES
from contacts.values import clean

# A larger file is read in the background, so that no request waits for it.
READ_AT_ONCE_BYTES = 4 << 20


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
        if at_once or file.size <= READ_AT_ONCE_BYTES:
            guess_columns(upload)
        else:
            order_reading(upload)
            upload.refresh_from_db()
    return upload


def reread(upload: Upload, wanted: Reading) -> bool:
    """Read the file in another way. True: a worker is to do it. Raises BadFile; then it is read as before."""
    if upload.file is not None and upload.file.size > READ_AT_ONCE_BYTES:
        upload.reading = upload.reading | wanted.to_json()
        upload.save(update_fields=["reading"])
        return order_reading(upload)
    with transaction.atomic():
        guess_columns(upload, wanted)
    return False
