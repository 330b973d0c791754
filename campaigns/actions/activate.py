"""The first run of a campaign that goes: the last step of launching and of approving."""

from __future__ import annotations

from datetime import datetime

from campaigns import planning
from campaigns.models import Campaign, Run
from campaigns.timing import recurring_runs


def activate(campaign: Campaign, now: datetime) -> Run | None:
    """Make the first run of a campaign that is locked and has just become active; a frozen audience is planned now.

    None: its rule has no time to come any more.
    """
    if campaign.recurs:
        return recurring_runs.begin_recurring(campaign, now)
    when = campaign.send_at or now
    run = Run.objects.create(
        campaign=campaign,
        scheduled_for=when,
        not_after=when + campaign.late_limit if campaign.late_limit else None,
    )
    if campaign.audience == Campaign.Audience.FROZEN and when > now and planning.begin_planning(run):
        # Nobody plans it yet: the next tick finds it.
        Run.objects.filter(pk=run.pk).update(planning_touched_at=now - 2 * planning.PLANNING_STANDS_STILL)
        run.refresh_from_db()
    return run
