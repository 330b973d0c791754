"""Totals rebuilt from rows: per batch in its tally, per run as the sum of its batches.

Whoever changes messages first locks their batches' rows in the order of their ids, then changes, then recounts in a
further statement: a recount in the same statement does not see the change, and bulks in opposite order deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from campaigns.models import Message, Run

SUM = """
SELECT b.run_id, k.column, k.key, sum(k.count) FROM campaigns_batch b, LATERAL (
    SELECT 'tally' AS column, key, value::bigint AS count FROM jsonb_each_text(b.tally)
    UNION ALL SELECT 'left_out', key, value::bigint FROM jsonb_each_text(b.left_out) WHERE b.left_out <> '{}'
    UNION ALL SELECT 'failures', key, value::bigint FROM jsonb_each_text(b.failures) WHERE b.failures <> '{}') k
WHERE b.run_id = ANY(%s) GROUP BY 1, 2, 3
"""
PRICE = """
SELECT run_id, coalesce(sum(parts), 0), coalesce(sum(cost), 0), coalesce(sum(cost) FILTER (WHERE status = 'ready'), 0)
FROM campaigns_batch WHERE run_id = ANY(%s) GROUP BY 1
"""
Sums = dict[str, dict[str, int]]
NOTHING = (0, Decimal(0), Decimal(0))


def recount(batches: Iterable[int]) -> None:
    """Rebuild the tallies of these batches, which the caller has locked, from their messages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_recount(%s)", [sorted(set(batches))])


@dataclass(frozen=True)
class Totals:
    """What became of a run's audience. `counts` has every status and adds up to `audience`, its texts.

    They are for so many `people`: distinct numbers. `left_out` and `failures` (refused, not delivered) say why: reason
    to how many. Of `cost` what is `planned` still waits.
    """

    audience: int = 0
    people: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Message.Status.values, 0))
    left_out: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    parts: int = 0
    cost: Decimal = Decimal(0)
    planned: Decimal = Decimal(0)

    @property
    def has_siblings(self) -> bool:
        """Whether somebody has several of its texts."""
        return self.people != self.audience

    @property
    def spent(self) -> Decimal:
        return self.cost - self.planned


def totals(run: Run) -> Totals:
    """A run's totals from its batches' tallies; never counts messages."""
    return totals_of([run])[run.pk]


def totals_of(runs: Sequence[Run]) -> dict[int, Totals]:
    """The same of several, by their ids, in one look at their batches."""
    if not runs:
        return {}
    found: dict[int, Sums] = {run.pk: {"tally": {}, "left_out": {}, "failures": {}} for run in runs}
    with connection.cursor() as cursor:
        cursor.execute(SUM, [list(found)])
        for run, column, key, count in cursor.fetchall():
            found[run][column][key] = int(count)
        cursor.execute(PRICE, [list(found)])
        prices = {run: (int(parts), cost, planned) for run, parts, cost, planned in cursor.fetchall()}
    return {run.pk: _totals(run, found[run.pk], *prices.get(run.pk, NOTHING)) for run in runs}


def _totals(run: Run, sums: Sums, parts: int, cost: Decimal, planned: Decimal) -> Totals:
    counts = {status.value: sums["tally"].get(status.value, 0) for status in Message.Status}
    texts = sum(counts.values())
    people = texts if run.people is None else run.people
    return Totals(texts, people, counts, sums["left_out"], sums["failures"], parts, cost, planned)
