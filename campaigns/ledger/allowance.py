"""What a person may still spend in a calendar month: their limit, and what counts against it.

Runs count for whoever launched their campaign or asked for its approval, for a key its owner: in the month in which
they begin, with what their batches cost, before they are planned with what was expected. What goes once counts from its
launch on, each run of what recurs from its start on; what is held or skipped does not. Single texts, tests and codes
count on the day on which they were asked for, with their price of then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.names import name_of
from campaigns.models import Run, SingleCount

RUNS = """
SELECT coalesce(sum(CASE WHEN r.planned_at IS NULL AND r.status <> 'cancelled'
    THEN greatest(b.cost, c.expected_cost, c.approved_cost) ELSE b.cost END), 0)
FROM campaigns_campaign c JOIN campaigns_run r ON r.campaign_id = c.id CROSS JOIN LATERAL (
    SELECT coalesce(sum(cost), 0) AS cost FROM campaigns_batch
    WHERE run_id = r.id AND NOT (status = 'ready' AND r.status = 'cancelled')) b
WHERE c.spender_id = %(person)s AND r.id IS DISTINCT FROM %(but)s
    AND coalesce(r.started_at, r.scheduled_for) >= %(first)s AND coalesce(r.started_at, r.scheduled_for) < %(end)s
    AND (r.status IN ('sending', 'paused', 'halted', 'finished', 'cancelled')
        OR c.schedule IS NULL AND r.status IN ('scheduled', 'planning', 'planned'))
"""


@dataclass(frozen=True)
class Allowance:
    """`month` is its first day. Without a limit there is no allowance."""

    person: User
    month: date
    limit: Decimal
    spent: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.spent, Decimal(0))

    def covers(self, cost: Decimal) -> bool:
        return cost <= self.left

    def in_words(self, cost: Decimal, what: str, *, to: User | None) -> str:
        """What is left and what `what` would cost, told `to` the person or to somebody else."""
        who = "You have" if to == self.person else f"{self.person.username} has"
        return (
            f"{who} KES {self.left:,.2f} of KES {self.limit:,.2f} left in {self.month:%B}; {what} would cost about "
            f"KES {cost:,.2f}."
        )

    def why_refused(self, cost: Decimal, what: str, *, to: User | None) -> str:
        """Empty: it may be spent."""
        if self.covers(cost):
            return ""
        return f"{self.in_words(cost, what, to=to)} An administrator can raise the limit."


def payer_of(user: User | None, api_key: ApiKey | None) -> User | None:
    """On whose limit it counts; None: nobody's, as of the portal and of a key that acts for nobody."""
    return user if user is not None else api_key.owner if api_key is not None else None


def allowance_of(person: User | None, at: datetime) -> Allowance | None:
    """Of the month of `at` in the portal's zone."""
    if person is None or person.monthly_limit is None:
        return None
    return Allowance(person, _month(at).date(), person.monthly_limit, spent_by(person, at))


def lock_allowance(person: int | None, at: datetime, *, but: Run | None = None) -> Allowance | None:
    """Of two who would spend in the same moment the second waits, and sees what the first has; in a transaction.

    The run `but` is left out of what was spent.
    """
    if person is None:
        return None
    limited = User.objects.filter(pk=person, monthly_limit__isnull=False)
    locked = limited.select_for_update(no_key=True).first()
    if locked is None or locked.monthly_limit is None:
        return None
    return Allowance(locked, _month(at).date(), locked.monthly_limit, spent_by(locked, at, but=but))


def spent_by(person: User, at: datetime, *, but: Run | None = None) -> Decimal:
    """KES in the month of `at`, from tallies: no text is counted."""
    first = _month(at)
    end = _month(first + relativedelta(months=1))
    with connection.cursor() as cursor:
        cursor.execute(RUNS, {"person": person.pk, "but": but.pk if but else None, "first": first, "end": end})
        (runs,) = cursor.fetchone()
    names = [name_of(person), *(name_of(None, key) for key in person.api_keys.all())]
    singles = SingleCount.objects.filter(who__in=names, day__gte=first.date(), day__lt=end.date())
    return runs + (singles.aggregate(cost=Sum("cost"))["cost"] or Decimal(0))


def _month(at: datetime) -> datetime:
    """Its first moment."""
    local = timezone.localtime(at, timezone.get_default_timezone())
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
