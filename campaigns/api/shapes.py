"""A campaign, its run and its texts as the API tells them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from campaigns.ledger.tallies import Totals, totals
from campaigns.models import Campaign, GivenReference, Message, Run
from campaigns.models.run import latest_run
from campaigns.reporting import hold_ups
from lib.phones import international_number

SHOWN = (
    "queued", "accepted", "rejected", "uncertain", "delivered", "undelivered", "expired", "skipped", "cancelled",
    "unknown",
)  # fmt: skip
CENT = Decimal("0.01")


def campaign(one: Campaign) -> dict[str, Any]:
    """`GET /v1/campaigns/ID`: the campaign with its latest run and what became of it."""
    run = latest_run(one)
    tally = totals(run) if run else None
    over = bool(run and run.is_over)
    return {
        "id": one.pk,
        "name": one.name,
        "status": one.status,
        "version": one.version,
        "kind": one.kind,
        "text": one.text,
        "sender": one.sender.name if one.sender else None,
        "send_at": one.send_at,
        "timezone": one.zone,
        "schedule": one.schedule,
        "next_at": one.next_at,
        "audience": one.audience,
        "one_text_for": one.one_text_for,
        "run": run_of(run) if run else None,
        "totals": totals_of(tally),
        "skipped": tally.left_out if tally else {},
        "parts": tally.parts if tally else 0,
        "cost": money(tally.cost if tally else Decimal(0)),
        "spent": money(tally.spent if tally else Decimal(0)),
        "cost_is": "actual" if over else "estimate",
        "currency": "KES",
    }


def run_of(run: Run) -> dict[str, Any]:
    wait = hold_ups.hold_up_of(run)
    return {
        "id": run.pk,
        "status": run.status,
        "occurrence": run.occurrence,
        "scheduled_for": run.scheduled_for,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "halt_reason": run.reason or None,
        "waiting": {"for": wait.what, "until": wait.until} if wait else None,
    }


def whole_run(run: Run) -> dict[str, Any]:
    """A row of `GET /v1/campaigns/ID/runs`: the run, and what became of its people."""
    tally = totals(run)
    return {
        **run_of(run),
        "stage": run.stage or None,
        "totals": totals_of(tally),
        "skipped": tally.left_out,
        "parts": tally.parts,
        "cost": money(tally.cost),
        "spent": money(tally.spent),
        "cost_is": "actual" if run.is_over else "estimate",
    }


def totals_of(tally: Totals | None) -> dict[str, int]:
    tally = tally or Totals()
    return {
        "audience": tally.audience,
        "people": tally.people,
        **{status: tally.counts.get(status, 0) for status in SHOWN},
    }


def message(one: Message) -> dict[str, Any]:
    """One row of `GET /v1/campaigns/ID/messages`."""
    return {
        "id": one.pk,
        "phone": international_number(one.phone),
        **_whom(one),
        "text": one.text,
        "status": one.status,
        "reason": one.reason or None,
        "parts": one.counted_parts,
        "cost": money(one.counted_cost),
        "gateway_id": one.gateway_id or None,
        "accepted_at": one.accepted_at,
        "delivered_at": one.delivered_at,
    }


SINGLE = {
    Message.Status.QUEUED: "queued",
    Message.Status.ACCEPTED: "sent",
    Message.Status.EXPIRED: "sent",
    Message.Status.DELIVERED: "delivered",
    Message.Status.UNDELIVERED: "failed",
    Message.Status.REJECTED: "failed",
    Message.Status.SKIPPED: "failed",
    Message.Status.CANCELLED: "failed",
    Message.Status.UNCERTAIN: "uncertain",
    Message.Status.UNKNOWN: "uncertain",
}


def single(one: Message) -> dict[str, Any]:
    """`GET /v1/messages/ID`: one text by itself, in the five words that a script needs."""
    given = GivenReference.objects.filter(message=one.pk).first()
    return {
        "id": one.pk,
        "status": SINGLE[Message.Status(one.status)],
        "to": international_number(one.phone),
        **_whom(one),
        "message": one.text,
        "parts": one.counted_parts,
        "cost": money(one.counted_cost),
        "client_ref": given.reference if given else None,
        "accepted_at": _to_the_second(one.accepted_at),
        "delivered_at": _to_the_second(one.delivered_at),
        "reason": one.reason or None,
    }


def _whom(one: Message) -> dict[str, str | None]:
    """The person as it was when the text was planned."""
    return {"name": one.person or None, "group": one.group_name or None, "reference": one.reference or None}


def _to_the_second(moment: datetime | None) -> datetime | None:
    """As the gateway writes it; scripts that are written for it may read nothing finer."""
    return moment and moment.replace(microsecond=0)


def money(amount: Decimal) -> str:
    return str(amount.quantize(CENT))
