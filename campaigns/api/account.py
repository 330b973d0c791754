"""The account with the gateway and the emergency stop, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from decimal import Decimal
from typing import Annotated

from django.http import JsonResponse
from django.utils import timezone
from ninja import Body, Field, Router, Schema, Status

from accounts.api import ApiError, idempotent, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns import sending
from campaigns.actions import stop
from campaigns.api import answers
from campaigns.models import Gate
from campaigns.sending import balance
from campaigns.tasks import tick
from lib import room
from lib.nudge import nudge

router = Router()

GATEWAY_AGE = 60


class Stop(Schema, extra="forbid"):
    reason: Annotated[str, Field(max_length=300, examples=["The wrong list"])] = ""


@router.post("/stop", response=answers.Stopped)
@room.at_any_cost
@idempotent
def stop_all(request: ApiRequest, body: Body[Stop | None] = None) -> JsonResponse:
    """The emergency stop: nothing goes out any more until it is ended."""
    key = require(request, Role.MANAGER)
    stop.stop_all_sending(body.reason if body else "", api_key=key)
    gate = Gate.objects.get(pk=1)
    return JsonResponse({"stopped": True, "stopped_at": gate.stopped_at, "stopped_by": gate.stopped_by})


@router.delete("/stop", response={204: None})
def end_stop(request: ApiRequest) -> Status[None]:
    """Let sending go on."""
    key = require(request, Role.MANAGER)
    if not stop.let_sending_go_on(api_key=key):
        raise ApiError(409, "state", "Sending is not stopped.")
    nudge(tick)
    return Status(204, None)


@router.get("/balance", response=answers.Balance)
def get_balance(request: ApiRequest) -> JsonResponse:
    """The account's balance as the gateway told it, asked again where that is more than a minute ago."""
    require(request, Role.VIEWER)
    gate = Gate.objects.get(pk=1)
    if gate.balance_at is None or (timezone.now() - gate.balance_at).total_seconds() > GATEWAY_AGE:
        balance.ask(sending.gateway_from_settings())
        gate.refresh_from_db()
    if gate.balance_at is None:
        raise ApiError(503, "unavailable", "The gateway has not told a balance yet.")
    told = {
        "balance_kes": _number(gate.balance),
        "sms_remaining": gate.sms_remaining,
        "rate_per_sms": _number(gate.rate),
        "as_of": gate.balance_at,
    }
    return JsonResponse(told)


def _number(amount: Decimal | None) -> float | None:
    """As the gateway itself tells it: scripts that are written for it reckon with what they get."""
    return None if amount is None else float(amount)
