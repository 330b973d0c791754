"""The calls of scripts, newest first, and what became of the texts of each: from tallies, no text is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from campaigns.models import Batch, Message, ScriptCall

SUM = """
SELECT b.script_call_id, k.key, sum(k.value::bigint) FROM campaigns_batch b, LATERAL jsonb_each_text(b.tally) k
WHERE b.script_call_id = ANY(%s) GROUP BY 1, 2
"""
PRICE = """
SELECT b.script_call_id, coalesce(sum(b.parts), 0), coalesce(sum(b.cost), 0),
    bool_or(b.status = 'waiting'), bool_or(b.status IN ('waiting', 'ready'))
FROM campaigns_batch b WHERE b.script_call_id = ANY(%s) GROUP BY 1
"""
WAITING, IN_DOUBT = "waiting", "doubt"
SHOWS = {"": "All", WAITING: "Waiting for their date", IN_DOUBT: "Not known"}
SHOWN = 20


@dataclass(frozen=True)
class CallFigures:
    """`counts`: of each status how many. `waits`: for its date. `may_be_taken_back`: something of it has yet to go."""

    call: ScriptCall
    counts: dict[str, int] = field(default_factory=dict)
    parts: int = 0
    cost: Decimal = Decimal(0)
    waits: bool = False
    may_be_taken_back: bool = False

    @property
    def statuses(self) -> list[tuple[str, str, int]]:
        """Status, its word, and how many: in the order of the states."""
        return [(one.value, one.label, self.counts[one]) for one in Message.Status if self.counts.get(one)]

    @property
    def uncertain(self) -> int:
        return self.counts.get(Message.Status.UNCERTAIN, 0)


def calls(*, show: str = "", day: date | None = None, key: int | None = None) -> QuerySet[ScriptCall]:
    """Those of which that is true; of a `day` those that were to go then."""
    found = ScriptCall.objects.select_related("api_key", "sender")
    if key is not None:
        found = found.filter(api_key=key)
    if day is not None:
        zone = timezone.get_default_timezone()
        begin = datetime.combine(day, datetime.min.time(), tzinfo=zone)
        found = found.filter(due_at__gte=begin, due_at__lt=begin + timedelta(days=1))
    batches = Batch.objects.filter(script_call=OuterRef("pk"))
    if show == WAITING:
        found = found.filter(Exists(batches.filter(status=Batch.Status.WAITING)), due_at__isnull=False)
    if show == IN_DOUBT:
        found = found.filter(pk__in=_in_doubt().values("script_call"))
    return found


def calls_in_doubt() -> list[ScriptCall]:
    """Some calls of whose texts it is not known whether they went out, the latest first."""
    latest = dict.fromkeys(_in_doubt().order_by("-doubted_at").values_list("script_call", flat=True)[: SHOWN * 10])
    found = ScriptCall.objects.select_related("api_key").in_bulk(list(latest)[:SHOWN])
    return [found[pk] for pk in latest if pk in found]


def figures_of(shown: Iterable[ScriptCall]) -> list[CallFigures]:
    """Of these calls, in their order: two queries for all of them."""
    shown = list(shown)
    ids = [one.pk for one in shown]
    counts: dict[int, dict[str, int]] = {pk: {} for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(SUM, [ids])
        for call, status, count in cursor.fetchall():
            counts[call][status] = int(count)
        cursor.execute(PRICE, [ids])
        rest = {call: (int(parts), cost, waits, may) for call, parts, cost, waits, may in cursor.fetchall()}
    return [CallFigures(one, counts[one.pk], *rest.get(one.pk, ())) for one in shown]


def _in_doubt() -> QuerySet[Batch]:
    return Batch.objects.filter(run=None, script_call__isnull=False, status=Batch.Status.UNCERTAIN)
