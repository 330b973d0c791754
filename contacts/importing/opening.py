"""An upload's file as a sheet, copied out of the database for as long as it is read; a workbook is unpacked once."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from contacts.models import StoredFile, Upload
from contacts.spreadsheets import BadFile, Reading, Sheet, open_sheet, open_spool

# Fast rather than small: it is read as often as it is written.
LEVEL = 1
PIECE = 1 << 20


@contextmanager
def opened(upload: Upload) -> Iterator[Sheet]:
    """The sheet, read as it was chosen. Raises BadFile."""
    if upload.file is None:
        raise BadFile("gone", "The file is kept for 30 days, and they are over. Upload it again.")
    reading = reading_of(upload)
    if upload.spool is not None:
        with tempfile.NamedTemporaryFile(prefix="upload-") as file:
            _unpack(upload.spool, file)
            yield open_spool(Path(file.name), reading)
        return
    with _copied(upload) as path, _closing(open_sheet(path, upload.name, reading=reading)) as sheet:
        yield sheet


@contextmanager
def opened_first(upload: Upload, wanted: Reading | None) -> Iterator[Sheet]:
    """The sheet, read as `wanted` says and guessed for the rest; a workbook's rows are kept. Raises BadFile."""
    with _copied(upload) as path, _closing(open_sheet(path, upload.name, wanted=wanted)) as sheet:
        old, upload.spool = upload.spool, _packed(sheet) if sheet.is_workbook else None
        yield sheet
        upload.save(update_fields=["spool"])
        if old is not None:
            old.delete()


def reading_of(upload: Upload) -> Reading:
    """How the file is read; what else was seen of it is kept beside that."""
    names = Reading.__dataclass_fields__
    return Reading.from_json({name: value for name, value in upload.reading.items() if name in names})


@contextmanager
def _copied(upload: Upload) -> Iterator[Path]:
    if upload.file is None:
        raise BadFile("gone", "The file is kept for 30 days, and they are over. Upload it again.")
    with tempfile.NamedTemporaryFile(prefix="upload-") as file:
        upload.file.copy_to(file)  # type: ignore[arg-type]
        file.flush()
        yield Path(file.name)


@contextmanager
def _closing(sheet: Sheet) -> Iterator[Sheet]:
    try:
        yield sheet
    finally:
        sheet.close()


def _packed(sheet: Sheet) -> StoredFile:
    def pieces() -> Iterator[bytes]:
        packer = zlib.compressobj(LEVEL)
        with sheet.path.open("rb") as file:
            while piece := file.read(PIECE):
                yield packer.compress(piece)
        yield packer.flush()

    return StoredFile.store("rows of a workbook", pieces())


def _unpack(spool: StoredFile, target: IO[bytes]) -> None:
    unpacker = zlib.decompressobj()
    for piece in spool.pieces():
        target.write(unpacker.decompress(piece))
    target.write(unpacker.flush())
    target.flush()
