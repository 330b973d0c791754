"""Delivery reports come in. A report is stored before it is answered `OK`, and nothing else is done.

No middleware stands before this view when it is served; see `qsms_portal.lean`. Under granian what is plain does not
come here: see `plain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns import delivery
from campaigns.webhooks import posted
from lib.client_address import is_listed

# By one of these a report is bound to its text.
FIELDS = ("messageId", "destaddr")

CONTENT_TYPE = "text/plain; charset=utf-8"
NOT_STORED = "FAILED;could not be stored, try again"

desk = delivery.ReportDesk()


@csrf_exempt
@login_not_required
@require_POST
def dlr_receive(request: HttpRequest, token: str | None = None) -> HttpResponse:
    """Delivery reports: `/dlr/receive/<token>`, and the plain address for listed sources only."""
    if not (posted.knows(token) if token is not None else is_listed(request, settings.QSMS_DLR_ALLOWED_IPS)):
        return _answer("FAILED;not allowed", 403)
    try:
        body = posted.body_of(request, FIELDS)
    except posted.NotReadable as error:
        return _answer(f"FAILED;{error}", 400)
    try:
        desk.store([delivery.row_of(one) for one in (body if isinstance(body, list) else [body])])
    except (DatabaseError, InterfaceError):
        return _answer(NOT_STORED, 503)
    if isinstance(body, list):
        return _answer(f"OK;{len(body)}", 200)
    return _answer(thanks(body), 200)


def thanks(report: Mapping[str, Any]) -> str:
    """What the gateway reads once its report is stored."""
    fields = (report.get("messageId"), report.get("dlrDesc"), report.get("network"))
    return ";".join(["OK", *(_plain(one) for one in fields)])


def _plain(value: Any) -> str:
    text = "" if value is None or isinstance(value, (dict, list)) else str(value)
    if not text.isprintable() or ";" in text:
        text = "".join(char if char.isprintable() and char != ";" else " " for char in text)
    return " ".join(text.split())[:100]


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type=CONTENT_TYPE)
