"""Asks the gateway for what its reports have not told: of texts taken a while ago, and of doubtful ones with an id.

What it answers is stored as a report of its own and applied like any other, so that there is one way to a final state.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns import delivery
from campaigns.gateway.client import Gateway
from campaigns.gateway.errors import GatewayError, Refused, Unreachable
from campaigns.gateway.reports import Outcome
from campaigns.gateway.wire import StatusReply
from campaigns.models import Gate, Message

log = logging.getLogger(__name__)

FIRST_AFTER = timedelta(minutes=30)
AGAIN_AFTER = timedelta(hours=6)
MOST_BATCHES = 5

# A batch is marked as asked for before it is asked for, and who comes second takes others.
TAKE = """
UPDATE campaigns_batch SET polled_at = clock_timestamp() WHERE id IN (
    SELECT id FROM campaigns_batch
    WHERE (tally ? 'accepted' OR status = 'uncertain') AND posted_at < clock_timestamp() - %s
        AND (polled_at IS NULL OR polled_at < clock_timestamp() - %s)
    ORDER BY posted_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
"""
GIVE_BACK = "UPDATE campaigns_batch SET polled_at = NULL WHERE id = %s"


class _NotNow(Exception):
    """The gateway does not answer or says no: the others would not fare better."""


def poll_overdue(gateway: Gateway | None, seconds: float) -> int:
    """Ask for overdue texts, for so many seconds; returns how many final answers came.

    Not while sending is stopped by the gateway's state; a gateway that does not answer or says no ends the round.
    """
    gate = Gate.objects.get(pk=1)
    if gateway is None or gate.trips or gate.halted_at:
        return 0
    until, answers = time.monotonic() + seconds, 0
    for _ in range(MOST_BATCHES):
        if time.monotonic() > until or (batch := _take()) is None:
            break
        try:
            answers += _ask_for(batch, gateway, until)
        except _NotNow as error:
            log.warning("The gateway cannot be asked for texts now: %s", error, extra={"batch": batch})
            with connection.cursor() as cursor:
                cursor.execute(GIVE_BACK, [batch])
            break
    return answers


def _take() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [FIRST_AFTER, AGAIN_AFTER])
        row = cursor.fetchone()
        return row[0] if row else None


def _ask_for(batch: int, gateway: Gateway, until: float) -> int:
    """Ask for the texts of one batch, until the monotonic clock shows `until`. Raises _NotNow."""
    status = Message.Status
    asked = Message.objects.filter(batch=batch, status__in=[status.ACCEPTED, status.UNCERTAIN]).exclude(gateway_id="")
    answers = 0
    for phone, gateway_id in list(asked.order_by("pk").values_list("phone", "gateway_id")):
        if time.monotonic() > until:
            break
        try:
            answer = gateway.message_status(gateway_id)
        except (Unreachable, Refused) as error:
            raise _NotNow(str(error)) from None
        except GatewayError:
            continue  # of this one it says nothing that can be read
        if answer.outcome is not Outcome.INTERIM:
            delivery.store([_report(gateway_id, phone, answer)])
            answers += 1
    return answers


def _report(gateway_id: str, phone: str, answer: StatusReply) -> dict[str, Any]:
    """What was told, in the shape of a report; `polled` says that we asked."""
    at = timezone.localtime(answer.at).isoformat() if answer.at else ""
    return {"messageId": gateway_id, "destaddr": phone, "dlrDesc": answer.status, "dlrTime": at, "polled": True}
