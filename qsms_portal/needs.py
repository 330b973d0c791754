"""What needs somebody, as Home says it: each kind with its count, and nothing where nothing needs anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from campaigns.models import Campaign, Gate, Reply, Run
from campaigns.reporting.needing import Needing
from campaigns.sending import balance
from contacts import importing
from qsms_portal import backups

SHOWN = 8
# Fewer days than that, and somebody should top up.
FEW_DAYS = 4
NEEDS_A_PERSON = (Run.Status.HALTED, Run.Status.HELD)
AWAITS_APPROVAL = (Campaign.Status.AWAITING_APPROVAL, Campaign.Status.PAUSED)

UNCERTAIN = """
SELECT r.id, r.campaign_id, c.name, sum((b.tally->>'uncertain')::bigint)
FROM campaigns_batch b JOIN campaigns_run r ON r.id = b.run_id JOIN campaigns_campaign c ON c.id = r.campaign_id
WHERE b.status = 'uncertain' GROUP BY 1, 2, 3 HAVING sum((b.tally->>'uncertain')::bigint) > 0 ORDER BY 1 DESC
"""


@dataclass(frozen=True)
class Some:
    """The first of those that need somebody, and how many there are of all."""

    rows: list[Any]
    count: int

    @property
    def are_several(self) -> bool:
        return self.count > 1

    @property
    def are_more(self) -> bool:
        return self.count > len(self.rows)


@dataclass(frozen=True)
class Uncertain:
    """A run of whose texts it is not known whether they went out, and of how many."""

    number: str
    campaign: int
    name: str
    texts: int


def needs(now: datetime, needing: Needing, gate: Gate, lasts: int | None) -> dict[str, Any]:
    """By what is needed; `lasts`: for how many days the balance does. What is empty needs nobody.

    Only those are looked for of whom `needing`, which the menu asks for too, has counted any.
    """
    to_approve = Campaign.objects.filter(status__in=AWAITS_APPROVAL, asked_at__isnull=False)
    returned = Campaign.objects.filter(status=Campaign.Status.DRAFT).exclude(returned_with="")
    stopped = Run.objects.filter(status__in=NEEDS_A_PERSON).select_related("campaign")
    found: dict[str, Any] = {
        "backup_is_missing": backups.is_backup_missing(now),
        "short": balance.short_of(gate),
        "is_low": needing.is_low,
        "few_days": lasts if lasts is not None and lasts < FEW_DAYS else None,
        "to_approve": _some(needing.to_approve, to_approve, "asked_at"),
        "returned": returned.order_by("-pk")[:SHOWN],
        "stopped": _some(needing.stopped, stopped, "-pk"),
        "uncertain": uncertain_runs() if needing.doubtful_runs else [],
        "replies": _some(needing.replies, Reply.objects.to_be_read(), "-reading", "-pk"),
        "unread": needing.unread_in_words,
        "calls_in_doubt": needing.doubtful_calls,
        "singles_in_doubt": needing.doubtful_singles,
        "to_mend": importing.uploads_to_mend(now),
    }
    return {kind: one for kind, one in found.items() if one or (kind == "few_days" and one == 0)}


def uncertain_runs() -> list[Uncertain]:
    """The latest first."""
    with connection.cursor() as cursor:
        cursor.execute(UNCERTAIN)
        return [Uncertain(str(run), campaign, name, int(texts)) for run, campaign, name, texts in cursor.fetchall()]


def _some(count: int, rows: QuerySet[Any], *order: str) -> Some | None:
    """None where there are none."""
    return Some(list(rows.order_by(*order)[:SHOWN]), count) if count else None
