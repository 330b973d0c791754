"""What delivery reports and replies share: the secret in the address, and a body that is JSON or a form."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

LARGEST_BODY = 1 << 20


class NotReadable(ValueError):
    """The body is neither JSON nor such a form, broke off or is too large; its words say which."""


def knows(token: str) -> bool:
    """Whether `token` is one of the secrets of the addresses (two while it is being changed)."""
    return any(hmac.compare_digest(token.encode(), one.encode()) for one in settings.QSMS_DLR_TOKENS)


def body_of(request: HttpRequest, names: Collection[str]) -> dict[str, Any] | list[Any]:
    """The posted JSON object or list, or the fields of a form, whatever the request says that it is.

    A form has one of the fields `names`: anything can be read as a form. Raises NotReadable.
    """
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > LARGEST_BODY:
        raise NotReadable("larger than 1 MB")
    try:
        raw = request.body
        if len(raw) < length:
            raise NotReadable("broken off")
        body = _json_in(raw)
        if body is None:
            body = _form_in(request, raw, names)
    except (BadRequest, MultiPartParserError, RequestDataTooBig, SuspiciousOperation, UnreadablePostError) as error:
        raise NotReadable("cannot be read") from error
    if body is None:
        raise NotReadable("neither JSON nor a form")
    return body


def _json_in(raw: str | bytes) -> dict[str, Any] | list[Any] | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, (dict, list)) else None


def _form_in(request: HttpRequest, raw: bytes, names: Collection[str]) -> dict[str, Any] | list[Any] | None:
    """The fields of a form; where its only field is JSON, that."""
    if request.content_type == "multipart/form-data" and raw.lstrip().startswith(b"--"):
        form = request.POST
    elif b"=" in raw or raw.startswith(b"%"):
        form = QueryDict(raw.strip(), encoding="utf-8")
    else:
        return None
    if len(form) == 1:
        for word in map(str, (*form.keys(), *form.values())):
            if (body := _json_in(word)) is not None:
                return body
    return form.dict() if any(name in form for name in names) else None
