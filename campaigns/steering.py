"""Pause, resume, cancel: what a person may still do with a campaign that is on its way."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.halting import let_go_on, resume_all
from campaigns.models import Campaign, Run


class NotPossible(Exception):
    """The campaign is not in a state for this; its words say why, and nothing was changed."""


@transaction.atomic
def pause(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """No further batch is claimed once this has answered. Raises NotPossible."""
    run = _run(campaign)
    if not Run.objects.filter(pk=run.pk).advance(Run.Status.PAUSED, resumes_to=F("status")):
        raise NotPossible(f"A campaign that is {run.get_status_display().lower()} cannot be paused.")
    record("campaign paused", f"campaign {campaign.pk}", user=user, api_key=api_key)


@transaction.atomic
def resume(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """Let a paused run go on, or, where it is halted, everything that is: the cause has been mended. NotPossible."""
    run = _run(campaign)
    if run.status == Run.Status.HALTED:
        resume_all()
    elif run.status == Run.Status.HELD:
        # What was decided when it was planned may be old: who no longer fits is left out when a batch is claimed.
        Run.objects.filter(pk=run.pk).advance(Run.Status.PLANNED, reason="", recheck=True, may_go=True)
    elif run.status != Run.Status.PAUSED or not let_go_on(run):
        raise NotPossible(f"A campaign that is {run.get_status_display().lower()} cannot be resumed.")
    record("campaign resumed", f"campaign {campaign.pk}", user=user, api_key=api_key)


@transaction.atomic
def cancel(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """No further batch is claimed once this has answered; what waits is closed in the background. NotPossible."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    runs = list(campaign.runs.exclude(status__in=Run.OVER).order_by("pk").select_for_update())
    # A campaign that is finished goes on where something of it is sent again.
    if campaign.is_over and not runs:
        raise NotPossible(f"A campaign that is {campaign.get_status_display().lower()} cannot be cancelled.")
    for run in runs:
        Run.objects.filter(pk=run.pk).advance(Run.Status.CANCELLED, finished_at=timezone.now())
    Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.CANCELLED)
    record("campaign cancelled", f"campaign {campaign.pk}", user=user, api_key=api_key)


def _run(campaign: Campaign) -> Run:
    run = campaign.runs.select_for_update().order_by("-pk").first()
    if run is None:
        raise NotPossible("The campaign has not been launched.")
    return run
