"""Opt-outs, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Any

from django.http import JsonResponse
from ninja import Body, Field, Query, Router, Schema

from accounts.answers import Page, one_of
from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from contacts import values
from contacts.api import answers
from contacts.models import OptOut
from contacts.opt_outs.one import LONGEST_REASON, opt_out, take_back_opt_out
from lib import phones

router = Router()

MOST_RESULTS = 1_000


class OptOutBody(Schema, extra="forbid"):
    phone: str = Field(examples=["0712 345 678"])
    scope: str = Field(OptOut.Scope.ALL.value, json_schema_extra=one_of(OptOut.Scope.values))
    reason: str = Field("", examples=["Asked at the counter"])


@router.get("/opt-outs", response=Page[answers.OptedOut])
def list_opt_outs(
    request: ApiRequest, phone: str | None = None, cursor: str = "", limit: int = Query(100, ge=1, le=MOST_RESULTS)
) -> JsonResponse:
    """Who must not be texted, newest first; or whether one number must not."""
    require(request, Role.VIEWER)
    rows = OptOut.objects.order_by("-pk")
    if phone is not None:
        rows = rows.filter(phone=_digits(phone))
    if cursor:
        rows = rows.filter(pk__lt=decode_cursor(cursor))
    page = list(rows[: limit + 1])
    shown = page[:limit]
    next_cursor = encode_cursor(shown[-1].pk) if len(page) > limit else None
    return JsonResponse({"results": [_described(one) for one in shown], "next": next_cursor})


@router.post("/opt-outs", response={200: answers.OptedOut, 201: answers.OptedOut})
@idempotent
def add_opt_out(request: ApiRequest, body: Body[OptOutBody]) -> JsonResponse:
    """Leave a number out: of everything (`all`), or of marketing (`promotional`). 200 where that was so already."""
    key = require(request, Role.MANAGER)
    entry, created = opt_out(
        _digits(body.phone),
        _scope(body.scope),
        source=OptOut.Source.API,
        reason=_reason(body.reason),
        api_key=key,
    )
    return JsonResponse(_described(entry), status=201 if created else 200)


@router.delete("/opt-outs", response={204: None})
def remove_opt_out(
    request: ApiRequest, phone: str, scope: str = OptOut.Scope.ALL.value, reason: str = ""
) -> tuple[int, None]:
    """Text a number again, as far as `scope` goes."""
    key = require(request, Role.MANAGER)
    if not take_back_opt_out(_digits(phone), _scope(scope), reason=_reason(reason), api_key=key):
        raise ApiError(404, "not_found", "This number has no such opt-out.")
    return 204, None


def _described(entry: OptOut) -> dict[str, Any]:
    return {
        "phone": phones.international_number(entry.phone),
        "scope": entry.scope,
        "source": entry.source,
        "reason": entry.reason,
        "created_at": entry.created_at.isoformat(),
    }


def _digits(written: str) -> str:
    try:
        return phones.read_phone(values.clean(written)).digits
    except phones.BadNumber as error:
        raise ApiError(422, "invalid", str(error), {"phone": str(error)}) from error


def _scope(written: str) -> str:
    if written not in OptOut.Scope.values:
        words = f"A scope is one of: {', '.join(OptOut.Scope.values)}."
        raise ApiError(422, "invalid", words, {"scope": words})
    return written


def _reason(written: str) -> str:
    reason = values.clean(written)
    if len(reason) > LONGEST_REASON:
        words = f"A reason has at most {LONGEST_REASON} characters."
        raise ApiError(422, "invalid", words, {"reason": words})
    return reason
