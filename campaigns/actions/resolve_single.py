"""A single text of which it is not known whether it went out: a person decides, as for those of a campaign."""

# ruff: noqa: S608 - the statement shares a condition with `resolving`; nothing that anybody typed is in it

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from campaigns.actions.resolve import NotYet
from campaigns.ledger.batches import close_known
from campaigns.models import Batch, Message
from campaigns.models.transitions import NotPossible
from campaigns.sending import doubt
from campaigns.sending.again import move_to_new_batches
from campaigns.sending.doubt import waiting_time
from lib.deadlocks import begun_anew

LOCK = f"""
SELECT {doubt.WAITED} FROM campaigns_batch b, campaigns_gate g
WHERE b.id = %(batch)s AND b.run_id IS NULL AND b.script_call_id IS NULL AND b.status = 'uncertain' AND g.id = 1
FOR NO KEY UPDATE OF b
"""
LEFT = "SELECT %(wait)s - (g.doubt_clock - coalesce(%(clock)s, 0)) FROM campaigns_gate g WHERE g.id = 1"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class SingleDoubt:
    """A single text in doubt; nobody can decide `until` then, where it is not None."""

    until: datetime | None


def single_doubt_of(message: Message) -> SingleDoubt | None:
    """Whether somebody has to decide about this text; None where not, and of those that are decided about together."""
    is_by_itself = message.run_id is None and message.batch.script_call_id is None
    if not is_by_itself or message.status != Message.Status.UNCERTAIN:
        return None
    with connection.cursor() as cursor:
        cursor.execute(LEFT, {"wait": waiting_time(), "clock": message.batch.doubt_clock})
        (seconds,) = cursor.fetchone()
    return SingleDoubt(timezone.now() + timedelta(seconds=seconds) if seconds > 0 else None)


def singles_in_doubt() -> QuerySet[Message]:
    """The single texts of which it is not known whether they went out, newest first; some, where there are many."""
    uncertain = Batch.objects.filter(run=None, script_call=None, status=Batch.Status.UNCERTAIN)
    batches = uncertain.order_by("-doubted_at")[:SHOWN]
    return Message.objects.filter(batch__in=[batch.pk for batch in batches], status=Message.Status.UNCERTAIN)


@begun_anew
def resend_single(message: Message, user: User) -> None:
    """Send it again, perhaps a second time. Raises NotYet, NotPossible."""
    move_to_new_batches([_lock(message)])
    record("sent again", f"message {message.pk}", user=user, texts=1)


@begun_anew
def leave_single(message: Message, user: User) -> None:
    """Do not send it again: it stays not known, unless a late report tells. Raises NotYet, NotPossible."""
    batch = _lock(message)
    Message.objects.filter(batch=batch, status=Message.Status.UNCERTAIN).advance(Message.Status.UNKNOWN)
    close_known([batch])
    record("left as not known", f"message {message.pk}", user=user, texts=1)


def _lock(message: Message) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"batch": message.batch_id, "wait": waiting_time()})
        row = cursor.fetchone()
    if row is None:
        raise NotPossible("Of this text it is known what became of it.")
    if not row[0]:
        raise NotYet("A report may still tell whether it went out. Wait until the waiting time is over.")
    return message.batch_id
