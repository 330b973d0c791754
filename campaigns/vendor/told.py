"""Answers in the gateway's shapes: of `sendsms` as on the vendor's page, of `sendmultiple` as its siblings have it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import JsonResponse

from campaigns.gateway import vendor_codes
from campaigns.models import Gate
from campaigns.vendor.asked import Refused
from campaigns.vendor.becoming import Outcome, nothing_is_known

# Whether it went out cannot be known yet: who repeats it may text somebody twice.
NOT_KNOWN = 504
NOT_POSTED = 405
ACCEPTED = "Message scheduled successfully"


def refusal(refused: Refused) -> JsonResponse:
    """Of a whole call, of which nothing was written."""
    headers = {"Allow": "POST"} if refused.status == NOT_POSTED else {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    return JsonResponse(_said(refused.code, refused.words), status=refused.status, headers=headers)


def in_doubt() -> JsonResponse:
    """Of a call of which it is not known whether it was written."""
    words = "It is not known whether the call was taken. Look under Texts before you repeat it."
    return JsonResponse(_said(vendor_codes.UNKNOWN, words), status=NOT_KNOWN)


def of_one(outcomes: Sequence[Outcome]) -> JsonResponse:
    """The answer of `sendsms`."""
    (one,) = outcomes
    answer = _said(one.code, one.words) | {
        "message_id": _id(one),
        "mobile_number": one.mobile,
        "network_id": one.network,
        "message_cost": _cost(one) if one.is_taken else "",
        "credit_balance": _balance() if one.is_taken else "",
    }
    return JsonResponse(answer, status=NOT_KNOWN if nothing_is_known(outcomes) else 200)


def of_many(outcomes: Sequence[Outcome]) -> JsonResponse:
    """The answer of `sendmultiple`."""
    not_known = nothing_is_known(outcomes)
    answer = _said(vendor_codes.UNKNOWN if not_known else vendor_codes.SUCCESS, "") | {
        "schedule_details": [_scheduled(one) for one in outcomes],
        "credit_balance": _balance(),
    }
    return JsonResponse(answer, status=NOT_KNOWN if not_known else 200)


def _scheduled(one: Outcome) -> dict[str, Any]:
    return {
        "message_id": _id(one),
        "schedule_status": "1" if one.is_taken else str(one.code),
        "schedule_desc": ACCEPTED if one.is_taken else _desc(one.code, one.words),
        "status_code": str(one.code),
        "mobile": one.mobile,
        "client_ref": one.client_ref,
        "message_cost": _cost(one) if one.is_taken else 0,
    }


def _said(code: int, words: str) -> dict[str, Any]:
    return {"status_code": str(code), "status_desc": _desc(code, words)}


def _desc(code: int, words: str) -> str:
    """The vendor's words, and what is wrong where more can be said."""
    said = vendor_codes.words(code)
    return f"{said}: {words}" if words else said


def _id(one: Outcome) -> int | str:
    """Of what is refused "0", as the gateway says that there is none."""
    return one.message if one.message is not None and (one.is_taken or one.is_in_doubt) else "0"


def _cost(one: Outcome) -> float | int:
    """In what the gateway counts: credits, of which a part costs one, or KES."""
    return float(one.cost) if settings.QSMS_COST_UNIT == "kes" else one.parts


def _balance() -> float | int | None:
    """The same, as it was last told, less what was sent since; None where it was not told."""
    gate = Gate.objects.get(pk=1)
    if gate.balance is None:
        return None
    left = gate.balance - gate.spent_since
    if settings.QSMS_COST_UNIT == "kes" or not gate.rate:
        return float(left.quantize(Decimal("0.01")))
    return int(left / gate.rate)
