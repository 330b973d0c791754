"""What a person makes of a script's call: take it back before it goes, or decide about texts that are not known."""

from __future__ import annotations

from accounts.audit import record
from accounts.models import User
from campaigns.actions.resolve import leave_waited, raise_if_waiting
from campaigns.models import Batch, Message, ScriptCall
from campaigns.models.transitions import NotPossible
from campaigns.sending.doubt import send_again
from campaigns.sending.settle import cancel_queued
from lib.deadlocks import begun_anew

NOT_GONE = (Batch.Status.WAITING, Batch.Status.READY)


@begun_anew
def take_back(call: ScriptCall, user: User) -> int:
    """Have nothing more of it go out; what is being posted goes. Returns how many texts. Raises NotPossible."""
    waiting = Batch.objects.filter(script_call=call, status__in=NOT_GONE)
    batches = list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    count = Message.objects.filter(batch__in=batches, status=Message.Status.QUEUED).count()
    if not count:
        raise NotPossible("All of it is on its way or gone, or was taken back already.")
    Batch.objects.filter(pk__in=batches).advance(Batch.Status.CANCELLED)
    cancel_queued(batches)
    record("call taken back", f"call {call.pk}", user=user, texts=count)
    return count


@begun_anew
def resend_call(call: ScriptCall, user: User, *, everybody: bool = False) -> int:
    """Send those again whose call of the gateway shows no sign of having been taken; with `everybody` the others too.

    Returns how many texts. Raises NotYet, NotPossible.
    """
    call = _locked(call)
    count = send_again(call, taken_too=everybody)
    if not count:
        raise_if_waiting([call])
    record("sent again", f"call {call.pk}", user=user, texts=count, everybody=everybody)
    return count


@begun_anew
def leave_call(call: ScriptCall, user: User) -> int:
    """Do not send them again: they stay not known, unless a late report tells. Returns how many. Raises as above."""
    call = _locked(call)
    count = leave_waited([call])
    record("left as not known", f"call {call.pk}", user=user, texts=count)
    return count


def _locked(call: ScriptCall) -> ScriptCall:
    return ScriptCall.objects.select_for_update().get(pk=call.pk)
