"""The first page: what needs somebody, how the last days were, what goes on, what is coming."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import samples
from campaigns.models import Gate, Run
from campaigns.reporting import progress
from campaigns.reporting.coming import coming_runs
from campaigns.reporting.last_days import busiest_campaigns, last_days, lasts_days
from campaigns.reporting.needing import needing_somebody
from campaigns.reporting.report_address import written
from qsms_portal import backups
from qsms_portal.needs import needs

SHOWN = 8
UNDER_WAY = (Run.Status.PLANNING, Run.Status.PLANNED, Run.Status.SENDING, Run.Status.PAUSED)


@role_required(Role.VIEWER)
def home(request: Request) -> HttpResponse:
    """Everything here comes from runs, tallies and the day's figures; no text and no contact is counted."""
    now = timezone.now()
    lately = last_days(timezone.localdate(now))
    gate, needing = Gate.objects.get(pk=1), needing_somebody()
    lasts = lasts_days(gate, lately.week)
    # What is prepared for a later time is to come.
    going = Run.objects.filter(status__in=UNDER_WAY).exclude(status=Run.Status.PLANNED, scheduled_for__gt=now)
    context = {
        "gate": gate,
        "needing": needing,
        "needs": needs(now, needing, gate, lasts),
        "last_backup_at": backups.last_backup_at(),
        "lately": lately,
        "report": written(lately.query.as_params()),
        "campaigns": busiest_campaigns(lately.query),
        "lasts_days": lasts,
        "under_way": progress.brief_progress(list(going.select_related("campaign").order_by("-pk")[:SHOWN])),
        "coming": coming_runs(now, SHOWN),
        "has_samples": samples.are_there(),
    }
    return render(request, "portal/home.html", context)
