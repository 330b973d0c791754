"""From due to sending: runs of what recurs, planning that is to begin or stands still, and runs that may go."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from campaigns import planning
from campaigns.approval import growth
from campaigns.ledger.allowance import lock_allowance
from campaigns.maintenance.one_at_a_time import SLICE, only_tick
from campaigns.models import Batch, Campaign, Gate, Rules, Run
from campaigns.sending.halts import halt_run
from campaigns.timing import recurring_runs
from contacts.filters import BadFilter

# Of what recurs, so that a tick stays short; where more is due, the next tick follows at once.
A_TICKS_WORTH = 50
RECURRING = (Campaign.Status.ACTIVE, Campaign.Status.PAUSED)
NOT_BEGUN = (Run.Status.SCHEDULED, Run.Status.PLANNED, Run.Status.HELD)
MOST_FAILURES = 5
NONE = Q(pk__in=[])
MISSING = """
SELECT coalesce(sum(t.value::int), 0) FROM campaigns_batch b, jsonb_each_text(b.left_out) t
WHERE b.run_id = %s AND t.key LIKE 'missing:%%'
"""


def make_due_runs() -> int:
    """Recurring campaigns whose next time has come get the runs of all times up to now, and the next one's.

    Returns of how many campaigns.
    """
    with only_tick() as mine:
        now = timezone.now()
        due = Campaign.objects.filter(status__in=RECURRING, next_at__lte=now).order_by("next_at")
        due = due.select_for_update(no_key=True, skip_locked=True)
        campaigns = list(due[: A_TICKS_WORTH if mine else 0])
        recurring_runs.make_runs_due(campaigns, now)
        return len(campaigns)


def skip_late_runs() -> None:
    """Runs that did not begin before they were too late, whatever the delay came from."""
    with only_tick() as mine:
        late = Run.objects.filter(status__in=NOT_BEGUN, not_after__lte=timezone.now()).select_related("campaign")
        for run in late.order_by("not_after")[: SLICE if mine else 0]:
            _too_late(run)


def begin_due_runs() -> list[int]:
    """Move scheduled runs whose time has come on to planning; returns them."""
    with only_tick() as mine:
        due = [run.pk for run in _due(Run.Status.SCHEDULED, but=_keys_are_taken())] if mine else []
        return planning.begin_planning_of(due) if due else []


def planning_that_stands_still() -> list[int]:
    """Runs whose planner has not written a chunk for a while: it is gone, or was never queued."""
    still = timezone.now() - planning.PLANNING_STANDS_STILL
    runs = Run.objects.filter(status=Run.Status.PLANNING, planning_touched_at__lt=still)
    return list(runs.values_list("pk", flat=True)[:SLICE])


def planning_failed(run_id: int, error: Exception) -> None:
    """Count a failure of planning; the fifth halts the run with its reason, and at once what only a person can mend."""
    run = Run.objects.get(pk=run_id)
    Run.objects.filter(pk=run_id, status=Run.Status.PLANNING).update(
        failures=run.failures + 1, planning_touched_at=timezone.now()
    )
    if run.failures + 1 >= MOST_FAILURES or isinstance(error, BadFilter):
        halt_run(run_id, f"The texts could not be prepared: {error}"[:300])


def start_planned_runs() -> None:
    """Send planned runs whose time has come; hold those that may not leave anybody out, and halt with the account."""
    with only_tick() as mine:
        for run in _due(Run.Status.PLANNED) if mine else []:
            _start(run)


@transaction.atomic
def start_run(run: Run) -> bool:
    """Move one planned run on to sending, if its time has come and nothing forbids it. True: it may be claimed now."""
    # Whoever pauses a recurring campaign locks its row, so that nothing of it starts after that.
    run.campaign = Campaign.objects.select_for_update(no_key=True).get(pk=run.campaign_id)
    return _start(run)


def _start(run: Run) -> bool:
    """The caller has locked the campaign."""
    if run.campaign.is_paused or run.scheduled_for > timezone.now() or _too_late(run):
        return False
    runs = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED)
    to_approve = "" if run.cleared else growth.why_to_be_approved(run)
    # All are told: whoever lets it go knows all of it. Nobody lets it go over a person's limit of the month.
    reason = " ".join(filter(None, [to_approve, "" if run.may_go else _why_held(run), _over_limit(run)]))
    if reason:
        runs.advance(Run.Status.HELD, reason=reason[:300], needs_approval=bool(to_approve))
        return False
    gate = Gate.objects.get(pk=1)
    if gate.halted_at:
        runs.advance(Run.Status.HALTED, resumes_to=Run.Status.SENDING, reason=gate.halt_reason)
        return False
    return bool(runs.advance(Run.Status.SENDING, started_at=timezone.now()))


def _due(status: str, *, but: Q = NONE) -> QuerySet[Run]:
    """Runs of this status whose time has come, their campaigns locked. Not those of campaigns that are paused, nor of
    those that have times to catch up with: which of their runs may go is not decided yet. `but`: nor these.
    """
    now = timezone.now()
    due = Run.objects.filter(status=status, scheduled_for__lte=now).select_related("campaign")
    due = due.exclude(campaign__status=Campaign.Status.PAUSED).exclude(campaign__next_at__lte=now).exclude(but)
    due = due.select_for_update(of=("campaign",), no_key=True, skip_locked=True)
    return due.order_by("scheduled_for")[:A_TICKS_WORTH]


def _keys_are_taken() -> Q:
    """Of a reminder that was changed: texts that were prepared before are not cancelled yet, and nobody whom they meant
    could be reminded.
    """
    open_still = Batch.objects.filter(run__campaign=OuterRef("campaign"), run__replaced=True, status=Batch.Status.READY)
    return Q(Exists(open_still), campaign__schedule__has_key="field")


def _why_held(run: Run) -> str:
    """Why a person has to look before a planned run goes; empty: it may go."""
    if run.campaign.missing_values == Campaign.Missing.BLOCK and (missing := _missing(run)):
        people = "person has" if missing == 1 else "people have"
        return f"{missing:,} {people} no value for a field of the text, so nothing was sent."
    limit = run.campaign.spend_limit
    if limit is None:
        limit = Rules.objects.get(pk=1).campaign_limit
    if limit is not None and run.estimate > limit:
        return f"It would cost KES {run.estimate:,.2f}, and the limit of a campaign is KES {limit:,.2f}."
    return ""


def _over_limit(run: Run) -> str:
    """Why the person on whose limit it counts may not spend as much this month; empty: they may."""
    allowance = lock_allowance(run.campaign.spender_id, timezone.now(), but=run)
    return allowance.why_refused(run.estimate, "this run", to=None) if allowance else ""


def _too_late(run: Run) -> bool:
    if run.not_after is None or run.not_after > timezone.now():
        return False
    if run.campaign.is_paused:
        reason = "The campaign was paused until its time had passed."
    elif run.status == Run.Status.HELD:
        reason = f"Its time passed before somebody decided. {run.reason}"[:300]
    else:
        reason = "Its time had passed when it could have gone."
    not_begun = Run.objects.filter(pk=run.pk, status__in=NOT_BEGUN)
    return bool(not_begun.advance(Run.Status.SKIPPED, reason=reason, finished_at=timezone.now()))


def _missing(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [run.pk])
        return cursor.fetchone()[0]
