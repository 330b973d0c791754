"""The plain case of a delivery report: JSON of texts and whole numbers, and small, as the vendor documents it.

It is taken past Django's request and response, and no thread waits until it is stored. Whatever is not plain or not
allowed is the view's (`reports`), which answers what is plain in the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import orjson

from campaigns.delivery import row_of_plain
from campaigns.webhooks import posted, reports

PATH = "/dlr/receive/"
LARGEST_BYTES = 1 << 14
KINDS = {str, int}
TYPE = ("Content-Type", reports.CONTENT_TYPE)

# A status, headers and the words; may be called from any thread.
Answer = Callable[[int, list[tuple[str, str]], bytes], object]


def take(environ: dict[str, Any], answer: Answer) -> bool:
    """Whether the request is such a report: then `answer` is called once, when it is committed or cannot be stored.

    If it is none, `environ` can be handed on.
    """
    path: str = environ["PATH_INFO"]
    if not path.startswith(PATH) or environ["REQUEST_METHOD"] != "POST":
        return False
    if not posted.knows(path.removeprefix(PATH).removesuffix("/")):
        return False
    report = _plain_report(environ)
    if report is None:
        return False

    def done(error: Exception | None) -> None:
        status, words = (200, reports.thanks(report)) if error is None else (503, reports.NOT_STORED)
        content = words.encode()
        answer(status, [TYPE, ("Content-Length", str(len(content)))], content)

    reports.desk.leave([row_of_plain(report)], done)
    return True


def _plain_report(environ: dict[str, Any]) -> dict[str, str | int] | None:
    try:
        length = int(environ["CONTENT_LENGTH"])
    except (KeyError, ValueError):
        return None
    if not 0 < length <= LARGEST_BYTES:
        return None
    raw: bytes = environ["wsgi.input"].read(length)
    report = _plain_json(raw) if len(raw) == length else None
    if report is None:
        environ["wsgi.input"] = BytesIO(raw)
    return report


def _plain_json(raw: bytes) -> dict[str, str | int] | None:
    """Only what every JSON reads alike: orjson knows no number beyond 64 bits, and an escape may stand for a NUL."""
    if b"\\u" in raw:
        return None
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if type(body) is dict and set(map(type, body.values())) <= KINDS else None
