"""What people wrote back, for scripts: read, answered, marked as read."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Annotated, Any

from django.http import HttpResponse, JsonResponse
from ninja import Body, Field, Query, Router, Schema

from accounts.answers import Page
from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent_as_of_now, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns.actions import conversations
from campaigns.api import answers
from campaigns.api.messages import as_it_is_now
from campaigns.models import Reply
from campaigns.models.transitions import NotPossible
from campaigns.placeholders import LONGEST_TEXT
from campaigns.planning import single
from campaigns.reporting.answered_texts import texts_before
from campaigns.tasks import tick
from contacts.models import OptOut
from lib import phones
from lib.nudge import nudge

router = Router()

MOST = 1_000


class AnswerBody(Schema, extra="forbid"):
    message: Annotated[str, Field(max_length=LONGEST_TEXT, examples=["Thank you, we call you back."])]


@router.get("/replies", response=Page[answers.Reply])
def list_replies(
    request: ApiRequest,
    phone: str | None = None,
    unread: bool | None = None,
    cursor: str = "",
    limit: int = Query(100, ge=1, le=MOST),
) -> JsonResponse:
    """What came back, newest first; of one number, or only what nobody has read."""
    require(request, Role.VIEWER)
    rows = Reply.objects.order_by("-pk")
    if phone is not None:
        rows = rows.filter(phone=_digits(phone))
    if unread is not None:
        rows = rows.not_read() if unread else rows.exclude(state__in=Reply.NOT_READ)
    if cursor:
        rows = rows.filter(pk__lt=decode_cursor(cursor))
    page = list(rows[: limit + 1])
    shown = page[:limit]
    return JsonResponse({"results": _told(shown), "next": encode_cursor(shown[-1].pk) if len(page) > limit else None})


@router.post("/replies/{pk}/answer", response={201: answers.Sent})
@idempotent_as_of_now(as_it_is_now)
def answer_reply(request: ApiRequest, pk: int, body: Body[AnswerBody]) -> JsonResponse:
    """Have one text sent to whoever wrote, which marks the reply as read. It goes from the short code that was written
    to, where that is one of the sender IDs, else from the default one.
    """
    key = require(request, Role.MANAGER)
    try:
        message = conversations.answer_reply(_reply(pk), body.message, key)
    except conversations.GetsNoTexts as error:
        raise ApiError(409, error.why.code, f"This number gets no texts: {error}.") from error
    except NotPossible as error:
        raise ApiError(409, "state", str(error)) from error
    except conversations.NoSenderToAnswer as error:
        raise ApiError(422, "no_sender", str(error)) from error
    except single.TextCannotBeSent as error:
        raise ApiError(422, "invalid", str(error), {"message": str(error)}) from error
    except single.OverLimit as error:
        raise ApiError(422, "over_limit", str(error)) from error
    nudge(tick)
    return JsonResponse({"id": message.pk, "status": "queued"}, status=201)


@router.post("/replies/{pk}/read", response={204: None})
def read_reply(request: ApiRequest, pk: int) -> HttpResponse:
    """Mark it as read, and what the same number wrote before it. That it was read before is no error."""
    key = require(request, Role.COMPOSER)
    conversations.mark_reply_read(_reply(pk), key)
    return HttpResponse(status=204)


def _reply(pk: int) -> Reply:
    reply = Reply.objects.filter(pk=pk).first() if 0 <= pk < 1 << 63 else None
    if reply is None:
        raise ApiError(404, "not_found", f"There is no reply {pk}.")
    return reply


def _digits(phone: str) -> str:
    try:
        return phones.read_phone(phone).digits
    except phones.BadNumber as error:
        raise ApiError(422, "invalid", f"“{phone}”: {error}", {"phone": str(error)}) from error


def _told(replies: list[Reply]) -> list[dict[str, Any]]:
    numbers = {one.phone for one in replies}
    out = set(OptOut.objects.filter(phone__in=numbers, scope=OptOut.Scope.ALL).values_list("phone", flat=True))
    texts = texts_before(replies)
    return [
        {
            "id": one.pk,
            "phone": phones.international_number(one.phone) if one.phone else None,
            "text": one.text,
            "received_at": one.received_at,
            "read": one.is_read,
            "opted_out": one.phone in out,
            "message": texts.get(one.pk),
        }
        for one in replies
    ]
