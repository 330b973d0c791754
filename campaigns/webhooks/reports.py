"""Delivery reports come in. A report is stored before it is answered `OK`, and nothing else is done."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, OperationalError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns import delivery
from campaigns.addresses import client_address
from campaigns.webhooks import posted


@csrf_exempt
@login_not_required
@require_POST
def dlr_receive(request: HttpRequest, token: str | None = None) -> HttpResponse:
    """Delivery reports: `/dlr/receive/<token>`, and the plain address for listed sources only."""
    if not (posted.knows(token) if token is not None else _is_listed(request)):
        return _answer("FAILED;not allowed", 403)
    try:
        body = posted.body_of(request)
    except posted.NotReadable as error:
        return _answer(f"FAILED;{error}", 400)
    try:
        _store(body if isinstance(body, list) else [body])
    except DatabaseError:
        close_old_connections()
        return _answer("FAILED;could not be stored, try again", 503)
    if isinstance(body, list):
        return _answer(f"OK;{len(body)}", 200)
    fields = (body.get("messageId"), body.get("dlrDesc"), body.get("network"))
    return _answer(";".join(["OK", *(_plain(one) for one in fields)]), 200)


def _store(bodies: list[Any]) -> None:
    """Store on the connection as it is; a second time on a new one where it turns out to be broken.

    To ask whether it is well before each report, as for a page, would cost another round trip. Stored twice, because
    the answer was lost and not the report, is what a gateway's own repeat is: it changes nothing.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        delivery.store(bodies)
    except OperationalError:
        connection.close()
        delivery.store(bodies)


def _is_listed(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(client_address(request))
        return any(address in ipaddress.ip_network(one.strip(), strict=False) for one in settings.QSMS_DLR_ALLOWED_IPS)
    except ValueError:
        return False


def _plain(value: Any) -> str:
    text = "" if value is None or isinstance(value, (dict, list)) else str(value)
    if text.isalnum():
        return text[:100]
    return " ".join("".join(char if char.isprintable() else " " for char in text).replace(";", " ").split())[:100]


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
