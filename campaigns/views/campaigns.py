"""A campaign's page, and what can be done with it."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import schedules
from campaigns.actions import draft, resolve, retry, set_back, steer
from campaigns.approval import authors
from campaigns.audience import audience_of
from campaigns.ledger.tallies import totals
from campaigns.models import Campaign, Run, transitions
from campaigns.models.run import latest_run
from campaigns.reporting import history, progress, timeline
from campaigns.sending import doubt
from campaigns.tasks import tick
from campaigns.timing import recurring_runs
from campaigns.timing.next_times import is_reminder
from campaigns.views.resolving import ResolveAction, ask_what_becomes_of, tell_what_became
from lib.nudge import nudge
from lib.row_ids import row_id

LATEST_RUNS = 12
NEXT_TIMES = 5


@role_required(Role.VIEWER)
def campaign_detail(request: Request, pk: int) -> HttpResponse:
    """The campaign and how far it has come; htmx asks for the same page again and takes the moving part of it."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender", "created_by"), pk=pk)
    if campaign.is_draft:
        return redirect("campaign-check", pk=pk)
    number = row_id(request.GET.get("run"))
    template = "campaigns/_progress.html" if request.htmx else "campaigns/campaign_detail.html"
    how_far = progress.progress_of(campaign, number)
    context = {
        "campaign": campaign,
        "progress": how_far,
        "timeline": timeline.timeline_of(how_far.run) if how_far.run else None,
    }
    run = how_far.run
    waits = run is not None and run.is_held_for_approval
    context["waits_for_another"] = waits and not authors.may_approve(campaign, request.user, None)
    context["which"] = f"?run={how_far.run.pk}" if number and how_far.run else ""
    context["may_set_back"] = how_far.has_not_begun and set_back.may_set_back(campaign, request.user, None)
    if not request.htmx:
        context["history"] = history.deeds_of(campaign)
        context["problem"] = "" if campaign.is_over else audience_of(campaign).choice.problem
        if campaign.recurs:
            context |= _recurring(campaign)
    return render(request, template, context)


def _recurring(campaign: Campaign) -> dict[str, Any]:
    """What the page of one that goes again and again says besides: its rule, what is next, its latest runs."""
    now = timezone.now()
    begun = campaign.runs.filter(replaced=False).exclude(status=Run.Status.SCHEDULED)
    runs = begun.order_by("-scheduled_for", "-pk")[:LATEST_RUNS]
    return {
        "in_words": schedules.in_words(campaign.read_schedule()),
        "times": recurring_runs.coming_times(campaign, now, NEXT_TIMES) if campaign.next_at else [],
        "next_runs": campaign.runs.filter(status=Run.Status.SCHEDULED).order_by("scheduled_for", "pk")[:LATEST_RUNS],
        "runs": [(run, totals(run)) for run in runs],
        "is_reminder": is_reminder(campaign),
    }


@require_POST
@role_required(Role.MANAGER)
def campaign_steer(request: Request, pk: int, act: Literal["pause", "resume", "cancel"]) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        steer.ACTS[act](campaign, user=request.user)
    except transitions.NotPossible as error:
        messages.error(request, str(error))
    nudge(tick)
    return redirect("campaign-detail", pk=pk)


@role_required(Role.MANAGER)
def campaign_resolve(request: Request, pk: int, action: ResolveAction) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    number, back = row_id(request.GET.get("run")), reverse("campaign-detail", args=[pk])
    if request.method != "POST":
        run = latest_run(campaign, number) if number else doubt.doubtful(campaign).first()
        crumbs = [(reverse("campaign-list"), "Campaigns"), (back, campaign.name)]
        return ask_what_becomes_of(request, doubt.doubt_of(run) if run else None, action, crumbs=crumbs)

    def decide() -> int:
        if action == "leave":
            return resolve.leave_uncertain(campaign, number=number, user=request.user)
        everybody = action == "resend-all"
        return resolve.resend_uncertain(campaign, everybody=everybody, number=number, user=request.user)

    tell_what_became(request, action, decide)
    return redirect(back)


@require_POST
@role_required(Role.COMPOSER)
def campaign_again(request: Request, pk: int, only: str) -> HttpResponse:
    """A new draft for those of the latest run who failed for a passing reason, or who lacked a value."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = latest_run(campaign, row_id(request.POST.get("run")))
    if run is None or not run.is_over:
        messages.error(request, "Wait until this campaign has ended.")
        return redirect("campaign-detail", pk=pk)
    again = retry.make_draft(run, only, request.user)
    return redirect("campaign-check", pk=again.pk)


@role_required(Role.COMPOSER)
def campaign_delete(request: Request, pk: int) -> HttpResponse:
    """A draft may go; what was sent stays."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if request.method == "POST":
        if draft.delete_draft(campaign, user=request.user):
            messages.success(request, f"The draft “{campaign.name}” is deleted.")
            return redirect("campaign-list")
        messages.error(request, "Only a draft can be deleted.")
        return redirect("campaign-detail", pk=pk)
    return render(request, "campaigns/campaign_delete.html", {"campaign": campaign})


@require_POST
@role_required(Role.MANAGER)
def gate_resume(request: Request) -> HttpResponse:
    """Whoever looked has mended what stopped sending."""
    count = steer.resume_everything(user=request.user)
    nudge(tick)
    messages.success(request, f"Sending goes on. Campaigns that were stopped: {count}.")
    return redirect("campaign-list")
