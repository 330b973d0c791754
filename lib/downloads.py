"""Files for a browser to keep. One that breaks off must not be taken for a whole one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A row of one cell, without a digit: nothing that is uploaded again takes it for a person.
NOT_WHOLE = "THIS FILE IS NOT WHOLE: an error ended it here. Download it again.\r\n"
# As granian and others call it.
HTTP_1_0 = {"HTTP/1", "HTTP/1.0"}

log = logging.getLogger(__name__)


class BrokenOff(Exception):
    """For the web server, to break the connection by; what happened is logged."""


def file_name(name: str) -> str:
    """As it is kept: what is made in practice mode says so."""
    return f"practice-{name}" if settings.PRACTICE else name


def csv_download(request: HttpRequest, name: str, lines: Iterable[str]) -> HttpResponseBase:
    """Lines that are sent as they are made. Where that fails, the last one says so and the connection is broken."""
    is_length_told = request.META.get("SERVER_PROTOCOL") not in HTTP_1_0
    return _download(name, _telling(lines, name, break_off=is_length_told))


def stored_download(name: str, size: int, pieces: Iterable[bytes]) -> HttpResponseBase:
    """A file of `size` bytes: whoever is sent fewer knows by their number that it is not whole."""
    response = _download(name, pieces)
    response["Content-Length"] = str(size)
    return response


def _download(name: str, content: Iterable[str] | Iterable[bytes]) -> HttpResponseBase:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=CONTENT_TYPES[PurePath(name).suffix], headers=headers)


def _telling(lines: Iterable[str], name: str, *, break_off: bool) -> Iterator[str]:
    try:
        yield from lines
    except Exception:
        log.exception("The download %s broke off.", name)
        yield NOT_WHOLE
        # With HTTP/1.0 a broken connection is the file's ordinary end, and might cost it this line.
        if break_off:
            raise BrokenOff(name) from None
