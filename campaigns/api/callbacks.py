"""What a key was told, and a sample to try its receiver with, for scripts."""

# Without postponed annotations: the framework resolves them through the decorator, where these names are not known.

from typing import Any, Literal

from django.http import JsonResponse
from ninja import Query, Router

from accounts.answers import Page
from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent_outside, require
from accounts.audit import record
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns import callbacks
from campaigns.api import answers
from campaigns.models import Callback

router = Router()

MOST = 1_000


@router.post("/callbacks/test", response=answers.Sample)
@idempotent_outside
def test_callback(request: ApiRequest) -> JsonResponse:
    """Post a sample to this key's own address, and tell what was answered; it takes five seconds at most."""
    key = require(request, Role.VIEWER)
    try:
        answer = callbacks.post_sample(key)
    except callbacks.NoAddress as error:
        raise ApiError(409, "state", str(error)) from error
    record("callback tested", f"key {key.pk}", api_key=key)
    return JsonResponse({"event": "test", "taken": answer.taken, "status": answer.status, "answer": answer.words})


@router.get("/callbacks", response=Page[answers.Callback])
def list_callbacks(
    request: ApiRequest,
    status: Literal["pending", "delivered", "given_up", "dropped"] | None = None,
    cursor: str = "",
    limit: int = Query(100, ge=1, le=MOST),
) -> JsonResponse:
    """What this key was told or is to be told, newest first."""
    rows = Callback.objects.filter(api_key=require(request, Role.VIEWER)).order_by("-pk")
    if status is not None:
        rows = rows.filter(status=status)
    if cursor:
        rows = rows.filter(pk__lt=decode_cursor(cursor))
    page = list(rows[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return JsonResponse({"results": [_told(one) for one in page[:limit]], "next": following})


def _told(one: Callback) -> dict[str, Any]:
    return {
        "id": one.pk,
        "event": one.event,
        "message": one.message,
        "tries": one.tries,
        "status": one.status,
        "answered_at": one.answered_at,
    }
