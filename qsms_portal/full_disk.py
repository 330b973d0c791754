"""What a person is told where the disk is full: of a file that cannot be taken, and of all else that needs room."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lib import room

log = logging.getLogger(__name__)

INSUFFICIENT_STORAGE = 507


class UploadToDisk(TemporaryFileUploadHandler):
    """A file that finds no room is let go, and the rest of the form is read: the middleware below answers then."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._written(lambda: super(UploadToDisk, self).new_file(*args, **kwargs))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - the parent calls it so
        self._written(lambda: self.file.write(raw_data))

    def file_complete(self, file_size: int) -> UploadedFile | None:
        # What was written last may wait in a buffer.
        self._written(lambda: self.file.flush())
        return super().file_complete(file_size)

    def _written(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            if not room.is_full(error) or self.request is None:
                raise
            self.request.META[FullDisk.SEEN] = True
            raise SkipFile from error


class FullDisk:
    """Answers 507 with the words where a request met a full disk. What it had begun is rolled back by then."""

    SEEN = "qsms_portal.full_disk"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """After the form has been read, by the middleware before this one."""
        return _told(request) if request.META.get(self.SEEN) else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return _told(request) if room.is_full(exception) else None


def _told(request: HttpRequest) -> HttpResponse:
    log.error("The disk is full: %s %s was refused.", request.method, request.path)
    return render(request, "507.html", {"words": room.FULL}, status=INSUFFICIENT_STORAGE)
