"""Files kept in the database, so that a worker on another machine can read what a browser uploaded here."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.db import connection, models, transaction
from django.utils import timezone

CHUNK_BYTES = 1 << 20


COPY = "COPY contacts_filechunk (file_id, number, content) FROM STDIN (FORMAT BINARY)"


class TooLarge(Exception):
    """More bytes came than may be kept; nothing of them is."""


class StoredFile(models.Model):
    """One uploaded or exported file, in rows of 1 MB; dropped after 30 days."""

    name = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def store_path(cls, name: str, path: Path) -> StoredFile:
        """Keep the file at `path`."""
        with path.open("rb") as opened:
            return cls.store(name, iter(lambda: opened.read(CHUNK_BYTES), b""))

    @classmethod
    def store(cls, name: str, pieces: Iterable[bytes], *, most: int | None = None) -> StoredFile:
        """Keep `pieces`, of any length, as one file; memory stays at a chunk. Raises TooLarge past `most` bytes."""
        with transaction.atomic(), connection.cursor() as cursor:
            file = cls.objects.create(name=name)
            pending, number = bytearray(), 0
            # Django's cursors would write a megabyte as two of hexadecimal digits into the statement.
            with connection.wrap_database_errors, cursor.copy(COPY) as copy:
                copy.set_types(["int8", "int4", "bytea"])
                for piece in pieces:
                    pending += piece
                    while len(pending) >= CHUNK_BYTES:
                        copy.write_row((file.pk, number, bytes(pending[:CHUNK_BYTES])))
                        del pending[:CHUNK_BYTES]
                        number += 1
                        if most is not None and number * CHUNK_BYTES > most:
                            raise TooLarge
                if pending:
                    copy.write_row((file.pk, number, bytes(pending)))
            file.size = number * CHUNK_BYTES + len(pending)
            file.save(update_fields=["size"])
        return file

    def pieces(self) -> Iterable[bytes]:
        """The file's content, a chunk at a time, without a cursor that outlives a query."""
        number = 0
        while (content := self.chunks.filter(number=number).values_list("content", flat=True).first()) is not None:
            yield bytes(content)
            number += 1

    def tail(self) -> bytes:
        """The end of it: a chunk or two."""
        last = self.chunks.order_by("-number").values_list("content", flat=True)[:2]
        return b"".join(bytes(content) for content in reversed(last))

    def copy_to(self, target: IO[bytes]) -> None:
        for piece in self.pieces():
            target.write(piece)

    def read(self) -> bytes:
        """The whole file; only for small ones."""
        target = io.BytesIO()
        self.copy_to(target)
        return target.getvalue()


class FileChunk(models.Model):
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    # Stored as it comes, by migration 0008.
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="file_chunk_number")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"
