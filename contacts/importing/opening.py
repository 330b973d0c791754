"""An upload's file as a sheet, copied out of the database for as long as it is read; a workbook's rows are kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contacts.models import StoredFile, Upload
from contacts.spreadsheets import BadFile, Reading, Sheet, open_sheet, open_spool


@contextmanager
def open_upload(upload: Upload) -> Iterator[Sheet]:
    """The sheet, read as it was chosen. Raises BadFile."""
    file, reading = _file(upload), reading_of(upload)
    if upload.spool is not None:
        with _copied(upload.spool) as path:
            yield open_spool(path, reading)
        return
    with _copied(file) as path, _closing(open_sheet(path, reading=reading)) as sheet:
        yield sheet


@contextmanager
def open_to_guess(upload: Upload, wanted: Reading | None) -> Iterator[Sheet]:
    """The sheet, read as `wanted` says and guessed for the rest; a workbook's rows are kept. Raises BadFile."""
    with _copied(_file(upload)) as path, _closing(open_sheet(path, wanted=wanted)) as sheet:
        spool = StoredFile.store_path("rows of a workbook", sheet.path) if sheet.is_workbook else None
        old, upload.spool = upload.spool, spool
        yield sheet
        upload.save(update_fields=["spool"])
        if old is not None:
            old.delete()


def reading_of(upload: Upload) -> Reading:
    """How the file is read; what else was seen of it is kept beside that."""
    names = Reading.__dataclass_fields__
    return Reading.from_json({name: value for name, value in upload.reading.items() if name in names})


def _file(upload: Upload) -> StoredFile:
    if upload.file is None:
        raise BadFile("gone", "The file is kept for 30 days, and they are over. Upload it again.")
    return upload.file


@contextmanager
def _copied(file: StoredFile) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        file.copy_to(copy.file)
        copy.flush()
        yield Path(copy.name)


@contextmanager
def _closing(sheet: Sheet) -> Iterator[Sheet]:
    try:
        yield sheet
    finally:
        sheet.close()
