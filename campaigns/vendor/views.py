"""`/api/sms/sendsms` and `/api/sms/sendmultiple` as the gateway has them; whatever happens, in the vendor's shape."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.api import ApiError, identify, keep_to_rate
from campaigns.gateway import vendor_codes
from campaigns.tasks import keep_senders_queued
from campaigns.vendor import asked, taking, told
from campaigns.vendor.asked import AskedCall, Refused
from campaigns.vendor.becoming import Outcome, outcomes_of
from campaigns.vendor.room import room_for_a_call
from campaigns.vendor.waiting import wait_for
from lib import room

log = logging.getLogger(__name__)

Read = Callable[[Mapping[str, Any]], AskedCall]
Tell = Callable[[Sequence[Outcome]], HttpResponse]
CODES = {401: vendor_codes.WRONG_KEY, 403: vendor_codes.MAY_NOT, 429: vendor_codes.TOO_OFTEN}
RETRY_AFTER = 5


@csrf_exempt
def sendsms(request: HttpRequest) -> HttpResponse:
    return _answer(request, asked.one_text, told.of_one)


@csrf_exempt
def sendmultiple(request: HttpRequest) -> HttpResponse:
    return _answer(request, asked.many_texts, told.of_many)


@csrf_exempt
def no_such_address(_request: HttpRequest, **_rest: str) -> HttpResponse:
    """All else under /api/."""
    return told.refusal(Refused(vendor_codes.UNSUPPORTED_REQUEST, "There is nothing at this address.", status=404))


def _answer(request: HttpRequest, read: Read, tell: Tell) -> HttpResponse:
    with room_for_a_call() as is_room:
        if not is_room:
            words = "There are too many calls at once."
            return told.refusal(Refused(vendor_codes.SYSTEM_ERROR, words, status=503, retry_after=1))
        return _answer_with_room(request, read, tell)


def _answer_with_room(request: HttpRequest, read: Read, tell: Tell) -> HttpResponse:
    commit = taking.Commit()
    try:
        taken = _taken(request, read, commit)
        if taken.call is not None and not taken.waits:
            keep_senders_queued()
            wait_for(taken.call)
        return tell(outcomes_of(taken))
    except Refused as refused:
        return told.refusal(refused)
    except Exception as error:
        if not isinstance(error, OperationalError | InterfaceError):
            log.exception("A script's call could not be answered.")
        return told.in_doubt() if commit.asked else _not_now(error)


def _taken(request: HttpRequest, read: Read, commit: taking.Commit) -> taking.TakenCall:
    if request.method != "POST":
        raise Refused(vendor_codes.UNSUPPORTED_REQUEST, "Texts are posted.", status=405)
    body = asked.body_of(request)
    try:
        key = identify(request)
        keep_to_rate(key)
    except ApiError as error:
        status = 200 if error.status in (401, 403) else error.status
        code = CODES.get(error.status, vendor_codes.SYSTEM_ERROR)
        raise Refused(code, error.message, status=status, retry_after=error.retry_after) from error
    return taking.take(request, key, read(body), commit)


def _not_now(error: Exception) -> HttpResponse:
    """Nothing was written: it may be tried again."""
    words = room.FULL if room.is_full(error) else ""
    return told.refusal(Refused(vendor_codes.SYSTEM_ERROR, words, status=503, retry_after=RETRY_AFTER))
