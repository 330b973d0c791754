"""Single texts for scripts: one message to one number."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Annotated, Any

from django.http import JsonResponse
from ninja import Body, Field, Router, Schema

from accounts.api import ApiError, idempotent_as_of_now, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns.api import answers, shapes
from campaigns.audience import why_kept_out
from campaigns.models import Message
from campaigns.placeholders import LONGEST_TEXT
from campaigns.planning import single
from campaigns.tasks import tick
from campaigns.writing.senders import NoSuchSender, chosen_sender
from lib import phones
from lib.nudge import nudge

router = Router()


class MessageBody(Schema, extra="forbid"):
    to: str = Field(examples=["0712 345 678"])
    message: Annotated[str, Field(max_length=LONGEST_TEXT, examples=["Your code is 4711."])]
    sender: Annotated[str | None, Field(alias="from", description="null: the default one.")] = None
    client_ref: Annotated[str, Field(max_length=64, examples=["invoice-4711"])] = ""


def as_it_is_now(first: dict[str, Any]) -> dict[str, Any]:
    """The first answer with the status that the text has come to."""
    message = Message.objects.filter(pk=first["id"]).first()
    return first if message is None else {"id": message.pk, "status": shapes.single(message)["status"]}


@router.post("/messages", response={201: answers.Sent})
@idempotent_as_of_now(as_it_is_now)
def send_message(request: ApiRequest, body: Body[MessageBody]) -> JsonResponse:
    """Have one text sent, as it stands. A repeat with its `Idempotency-Key` tells its state and sends nothing."""
    key = require(request, Role.MANAGER)
    try:
        to = phones.read_phone(body.to).digits
    except phones.BadNumber as error:
        raise ApiError(422, "invalid", f"“{body.to}”: {error}", {"to": str(error)}) from error
    try:
        sender = chosen_sender(body.sender)
        kind = single.kind_of(sender)
        if kept_out := why_kept_out(to, kind):
            words = f"{phones.local_number(to)} gets no texts: {kept_out.words}."
            raise ApiError(409, kept_out.code, words, {"to": words})
        message = single.queue_single(
            to,
            body.message,
            sender,
            source=Message.Source.API,
            kind=kind,
            api_key=key,
            reference=body.client_ref,
        )
    except NoSuchSender as error:
        raise ApiError(422, "no_sender", str(error), {"from": str(error)}) from error
    except single.TextCannotBeSent as error:
        raise ApiError(422, "invalid", str(error), {"message": str(error)}) from error
    except single.OverLimit as error:
        raise ApiError(422, "over_limit", str(error)) from error
    nudge(tick)
    return JsonResponse({"id": message.pk, "status": "queued"}, status=201)


@router.get("/messages/{pk}", response=answers.SingleText)
def get_message(request: ApiRequest, pk: int) -> JsonResponse:
    """One text, of a campaign or by itself: what became of it."""
    require(request, Role.VIEWER)
    message = Message.objects.filter(pk=pk).first() if pk < 1 << 63 else None
    if message is None:
        raise ApiError(404, "not_found", f"There is no message {pk}.")
    return JsonResponse(shapes.single(message))
