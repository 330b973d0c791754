"""Figures of batches counted from their texts: what reports add up, by day, network and group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from campaigns.models import Message
from campaigns.models.figures import DELAY_BUCKETS

STATUS = Message.Status
# Of message m, batch b and run r in this zone. What never went belongs to the day on which it was to go.
DAY = """(CASE WHEN m.status IN ('queued', 'skipped', 'cancelled')
            THEN greatest(r.scheduled_for, b.not_before, m.created_at)
            ELSE coalesce(m.accepted_at, m.posted_at, m.delivered_at, b.posted_at, m.created_at)
            END AT TIME ZONE %(zone)s)::date"""
# Of message m, batch b, run r and campaign c: a campaign's texts are its launcher's, single texts whoever's asked for
# them; by names as `accounts.names` makes them.
WHO = """CASE WHEN r.id IS NOT NULL AND c.made_by_key_id IS NOT NULL THEN 'key:' || c.made_by_key_id
        WHEN r.id IS NOT NULL THEN coalesce('user:' || coalesce(c.spender_id, c.created_by_id), '')
        WHEN b.api_key_id IS NOT NULL THEN 'key:' || b.api_key_id
        ELSE coalesce('user:' || m.created_by_id, '') END"""
COUNT = f"""
SELECT batch_id, day, network, group_name, status, reason, bucket, count(*), sum(parts), sum(cost) FROM (
    SELECT m.batch_id, m.network, coalesce(m.group_name, '') AS group_name, m.status, m.parts, m.cost,
        CASE WHEN m.status IN ('skipped', 'rejected', 'undelivered') THEN m.reason ELSE '' END AS reason,
        CASE WHEN m.status = 'delivered' AND m.delivered_at IS NOT NULL
            THEN width_bucket(extract(epoch FROM m.delivered_at - coalesce(m.accepted_at, m.posted_at, m.delivered_at)),
                %(buckets)s::numeric[]) END AS bucket,
        {DAY} AS day
    FROM campaigns_message m JOIN campaigns_batch b ON b.id = m.batch_id LEFT JOIN campaigns_run r ON r.id = b.run_id
    WHERE m.batch_id = ANY(%(batches)s) AND NOT coalesce(r.replaced, false)) t
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - no values of anybody
COLUMNS = {
    STATUS.DELIVERED: "delivered",
    STATUS.UNDELIVERED: "undelivered",
    STATUS.ACCEPTED: "awaited",
    STATUS.EXPIRED: "expired",
    STATUS.UNCERTAIN: "not_known",
    STATUS.UNKNOWN: "not_known",
    STATUS.REJECTED: "refused",
    STATUS.SKIPPED: "left_out",
    STATUS.CANCELLED: "cancelled",
    STATUS.QUEUED: "waiting",
}
NOT_SENT = (STATUS.REJECTED, STATUS.SKIPPED, STATUS.CANCELLED, STATUS.QUEUED)


class Place(NamedTuple):
    """Where a batch's texts stand in its figures."""

    day: date
    network: str
    group_name: str


@dataclass
class TextFigures:
    """Counts of texts, as `models.figures.Figures` has them; they can be added and taken away."""

    delivered: int = 0
    undelivered: int = 0
    awaited: int = 0
    expired: int = 0
    not_known: int = 0
    refused: int = 0
    left_out: int = 0
    cancelled: int = 0
    waiting: int = 0
    parts: int = 0
    cost: Decimal = Decimal(0)
    planned: Decimal = Decimal(0)
    reasons: dict[str, int] = field(default_factory=dict)
    left_out_for: dict[str, int] = field(default_factory=dict)
    delays: list[int] = field(default_factory=lambda: [0] * (len(DELAY_BUCKETS) + 1))

    def add(self, other: TextFigures, times: int = 1) -> None:
        """`times` -1 takes it away."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, dict):
                for key, count in theirs.items():
                    mine[key] = mine.get(key, 0) + times * count
                    if not mine[key]:
                        del mine[key]
            elif isinstance(mine, list):
                setattr(self, one.name, [a + times * b for a, b in zip(mine, theirs, strict=True)])
            else:
                setattr(self, one.name, mine + times * theirs)

    def values(self) -> dict[str, Any]:
        """By the names of the model's columns."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def of(cls, row: Any) -> TextFigures:
        """A row of the model."""
        return cls(**{one.name: getattr(row, one.name) for one in fields(cls)})


def count_figures(batches: Sequence[int]) -> dict[int, dict[Place, TextFigures]]:
    """The figures of these batches, from their texts as they are now; none of a run in whose place another stands."""
    asked: dict[str, Any] = {"batches": list(batches), "zone": settings.TIME_ZONE, "buckets": list(DELAY_BUCKETS)}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, asked)
        return _by_batch(cursor.fetchall())


def _by_batch(rows: Iterable[tuple[Any, ...]]) -> dict[int, dict[Place, TextFigures]]:
    found: dict[int, dict[Place, TextFigures]] = defaultdict(lambda: defaultdict(TextFigures))
    for batch, day, network, group, status, reason, bucket, count, parts, cost in rows:
        figures = found[batch][Place(day, network, group)]
        status = STATUS(status)
        column = COLUMNS[status]
        setattr(figures, column, getattr(figures, column) + count)
        if status == STATUS.QUEUED:
            figures.planned += cost
        elif status not in NOT_SENT:
            figures.parts += parts
            figures.cost += cost
        if status == STATUS.SKIPPED:
            figures.left_out_for[reason] = figures.left_out_for.get(reason, 0) + count
        elif status in (STATUS.REJECTED, STATUS.UNDELIVERED):
            figures.reasons[reason] = figures.reasons.get(reason, 0) + count
        if bucket is not None:
            figures.delays[bucket] += count
    return found
