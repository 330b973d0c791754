"""What delivery reports and replies share: the secret in the address, and a body that is JSON or a form."""

from __future__ import annotations

import hmac
import json
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

LARGEST_BODY = 1 << 20
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NotReadable(ValueError):
    """The body is neither JSON nor a form, or too large; its words say which."""


def knows(token: str) -> bool:
    """Whether `token` is one of the secrets of the addresses (two while it is being changed)."""
    return any(hmac.compare_digest(token.encode(), one.encode()) for one in settings.QSMS_DLR_TOKENS)


def body_of(request: HttpRequest) -> dict[str, Any] | list[Any]:
    """The posted JSON object or list, or the fields of a form. Raises NotReadable."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise NotReadable("larger than 1 MB")
    try:
        raw = request.body
        if request.content_type in FORMS and request.POST:
            return request.POST.dict()
    except (BadRequest, MultiPartParserError, RequestDataTooBig, SuspiciousOperation, UnreadablePostError) as error:
        raise NotReadable("cannot be read") from error
    if len(raw) > LARGEST_BODY:
        raise NotReadable("larger than 1 MB")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotReadable("neither JSON nor a form") from error
    if not isinstance(body, (dict, list)):
        raise NotReadable("neither JSON nor a form")
    return body
