"""The tick: finds whatever is due or was left lying, so that there is no window that work can fall out of.

Each step is a transaction of its own that one tick at a time does, under an advisory lock; any number may run at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from campaigns.maintenance import start_runs
from campaigns.maintenance.close_runs import (
    close_cancelled_runs,
    close_finished_runs,
    expire_unreported,
    halt_over_limit,
    leave_out_what_is_late,
)
from campaigns.maintenance.dated_texts import make_due_texts_ready
from campaigns.maintenance.end_leases import end_leases
from campaigns.maintenance.noticing import note_what_happened
from campaigns.maintenance.one_at_a_time import SLICE
from campaigns.models import Gate
from campaigns.sending.doubt import count_time, resend_by_policy

MAY_SEND = """
SELECT EXISTS (SELECT 1 FROM campaigns_batch b LEFT JOIN campaigns_run r ON r.id = b.run_id
WHERE b.status = 'ready' AND b.not_before <= clock_timestamp() AND (b.run_id IS NULL OR r.status = 'sending'))
"""


@dataclass
class TickFindings:
    """What a tick found to be done by others: runs to plan, whether there is something to send, or more is due now."""

    to_plan: list[int] = field(default_factory=list)
    may_send: bool = False
    more: bool = False


def run_tick() -> TickFindings:
    """Do all that is due; returns what is to be queued."""
    found = TickFindings()
    made = start_runs.make_due_runs()
    start_runs.skip_late_runs()
    begun = start_runs.begin_due_runs()
    found.more = max(made, len(begun)) == start_runs.A_TICKS_WORTH
    found.to_plan = begun + start_runs.planning_that_stands_still()
    start_runs.start_planned_runs()
    end_leases()
    while make_due_texts_ready() == SLICE:
        pass
    while close_cancelled_runs() == SLICE:
        pass
    leave_out_what_is_late()
    close_finished_runs()
    halt_over_limit()
    resend_by_policy()
    expire_unreported()
    count_time()
    note_what_happened()
    with connection.cursor() as cursor:
        cursor.execute(MAY_SEND)
        found.may_send = cursor.fetchone()[0] and Gate.objects.get(pk=1).is_open(timezone.now())
    return found
