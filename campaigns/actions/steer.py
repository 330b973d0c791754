"""Pause, resume, cancel: what a person may still do with a campaign that is on its way."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.approval import authors, state
from campaigns.approval.as_of import as_looked_at
from campaigns.models import Campaign, Run
from campaigns.models.run import latest_run
from campaigns.models.transitions import NotPossible
from campaigns.sending.halts import GOING, let_go_on, resume_all


@transaction.atomic
def pause(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """No further batch is claimed once this has answered. Raises NotPossible."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.recurs:
        pause_all(campaign)
    else:
        run = _run(campaign)
        if not Run.objects.filter(pk=run.pk).advance(Run.Status.PAUSED, resumes_to=F("status")):
            raise NotPossible(f"A campaign that is {run.get_status_display().lower()} cannot be paused.")
    record("campaign paused", f"campaign {campaign.pk}", user=user, api_key=api_key)


def pause_all(campaign: Campaign) -> None:
    """Pause a locked campaign that recurs, with whatever of it is under way. Raises NotPossible."""
    if not Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.PAUSED):
        raise NotPossible(f"A campaign that is {campaign.get_status_display().lower()} cannot be paused.")
    going = campaign.runs.filter(status__in=GOING).order_by("pk").select_for_update()
    ids = list(going.values_list("pk", flat=True))
    Run.objects.filter(pk__in=ids).advance(Run.Status.PAUSED, resumes_to=F("status"))


@transaction.atomic
def resume(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """Let a paused run go on, or, where it is halted, everything that is: the cause has been mended. NotPossible."""
    # Before any run, as Pause and Cancel do it.
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.runs.filter(status=Run.Status.HALTED).exists():
        # Before its own runs, for it locks runs of all campaigns, in the order of their ids.
        resume_all()
        _resume(campaign, user, api_key, at_least=False)
    else:
        _resume(campaign, user, api_key, at_least=True)
    record("campaign resumed", f"campaign {campaign.pk}", user=user, api_key=api_key)


@transaction.atomic
def resume_everything(*, user: User) -> int:
    """Whoever looked has mended what stopped sending; returns how many runs go on."""
    count = resume_all()
    record("halts ended", "all sending", user=user, runs=count)
    return count


def _resume(campaign: Campaign, user: User | None, api_key: ApiKey | None, *, at_least: bool) -> None:
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.recurs and campaign.is_paused:
        if campaign.awaits_approval or campaign.returned_with:
            raise NotPossible("It was changed, and goes on when somebody has approved that.")
        Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.ACTIVE)
        at_least = False
    # What goes out once has one run; of what recurs several may stand still.
    runs = list(campaign.runs.exclude(status__in=Run.OVER).order_by("pk").select_for_update())
    if any(run.is_held_for_approval for run in runs) and not authors.may_approve(campaign, user, api_key):
        raise NotPossible("Only somebody who may approve this campaign lets it go.")
    for run in runs:
        if run.is_held_for_approval and (covered := as_looked_at(run)):
            Campaign.objects.filter(pk=campaign.pk).update(**covered)
    went_on = [run for run in runs if _let_go(run)]
    if at_least and not went_on:
        latest = latest_run(campaign)
        status = latest.get_status_display() if latest else campaign.get_status_display()
        raise NotPossible(f"A campaign that is {status.lower()} cannot be resumed.")


def _let_go(run: Run) -> bool:
    if run.status == Run.Status.HELD:
        # What was decided when it was planned may be old: who no longer fits is left out when a batch is claimed.
        held = Run.objects.filter(pk=run.pk)
        cleared = run.cleared or run.needs_approval
        return bool(
            held.advance(
                Run.Status.PLANNED, reason="", recheck=True, may_go=True, cleared=cleared, needs_approval=False
            )
        )
    return run.status == Run.Status.PAUSED and let_go_on(run)


@transaction.atomic
def cancel(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """No further batch is claimed once this has answered; what waits is closed in the background. NotPossible."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    runs = list(campaign.runs.exclude(status__in=Run.OVER).order_by("pk").select_for_update())
    # A campaign that is finished goes on where something of it is sent again.
    if campaign.is_over and not runs:
        raise NotPossible(f"A campaign that is {campaign.get_status_display().lower()} cannot be cancelled.")
    for run in runs:
        Run.objects.filter(pk=run.pk).advance(Run.Status.CANCELLED, finished_at=timezone.now())
    Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.CANCELLED, next_at=None, **state.not_asked())
    record("campaign cancelled", f"campaign {campaign.pk}", user=user, api_key=api_key)


@transaction.atomic
def skip(run: Run, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """Leave out one occurrence that has not begun; the next ones go. Raises NotPossible."""
    Campaign.objects.select_for_update(no_key=True).get(pk=run.campaign_id)
    who = user.get_username() if user else api_key.name if api_key else "the portal"
    waiting = Run.objects.filter(pk=run.pk, status__in=[Run.Status.SCHEDULED, Run.Status.HELD])
    if not waiting.advance(Run.Status.SKIPPED, reason=f"Left out by {who}."[:300], finished_at=timezone.now()):
        raise NotPossible("It has begun and cannot be left out any more. Pause or cancel the campaign instead.")
    record("occurrence left out", f"campaign {run.campaign_id}", user=user, api_key=api_key, occurrence=run.occurrence)


def _run(campaign: Campaign) -> Run:
    """The one run of a campaign that goes out once, locked."""
    latest = latest_run(campaign)
    if latest is None:
        raise NotPossible("The campaign has not been launched.")
    return campaign.runs.select_for_update().get(pk=latest.pk)


# By the names that addresses have.
ACTS: dict[str, Callable[..., None]] = {"pause": pause, "resume": resume, "cancel": cancel}
