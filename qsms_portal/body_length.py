"""Bodies that come in pieces (`Transfer-Encoding: chunked`) are given the length that they lack.

Django reads as many bytes as CONTENT_LENGTH says: of such a body, none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.utils.http import parse_header_parameters

from lib import room
from qsms_portal.full_disk import FullDisk

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# As deploy/nginx.conf has it: an upload, with what a form has around it.
LARGEST_UPLOAD_BYTES = 210 << 20
PIECE_BYTES = 1 << 16
# Behind the last boundary of a form stands next to nothing.
END_BYTES = 4096
BROKEN_OFF = b"The request broke off, or is larger than 210 MB.\n"


class BodyLength:
    """Reads such a body to its end, large ones into a file, and hands it on with its length.

    What is too large for anybody is handed on as far as it was read, which is a byte too many: whoever it is for
    refuses it in their own words. The web server does not tell that a body broke off: a form with files shows it.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" not in environ:
            return self._application(environ, start_response)
        kind, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        has_files = kind == "multipart/form-data"
        most = LARGEST_UPLOAD_BYTES if has_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        with SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE) as body:
            length = self._read(environ, body, most + 1)
            if has_files and length and not _has_its_end(body, length, parameters.get("boundary", "")):
                headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(BROKEN_OFF)))]
                start_response("400 Bad Request", headers)
                return [BROKEN_OFF]
            body.seek(0)
            environ["CONTENT_LENGTH"] = str(length)
            environ["wsgi.input"] = body
            return self._application(environ, start_response)

    def _read(self, environ: dict[str, Any], body: IO[bytes], most: int) -> int:
        length = 0
        try:
            while piece := environ["wsgi.input"].read(min(PIECE_BYTES, most - length)):
                length += body.write(piece)
            # Who is still sending would see a broken connection, and no answer.
            for _ in range(LARGEST_UPLOAD_BYTES // PIECE_BYTES):
                if not environ["wsgi.input"].read(PIECE_BYTES):
                    break
        except OSError as error:
            if not room.is_full(error):
                raise
            environ[FullDisk.SEEN] = True
            length = 0
        return length


def _has_its_end(body: IO[bytes], length: int, boundary: str) -> bool:
    body.seek(max(0, length - END_BYTES))
    return f"--{boundary}--".encode() in body.read()
