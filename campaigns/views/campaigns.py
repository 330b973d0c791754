"""The list of campaigns, one campaign's page, and what can be done with it."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.asked import id_of
from accounts.nudge import nudge
from accounts.paging import page_of
from accounts.permissions import role_required
from accounts.roles import Role
from campaigns import halting, history, occurring, progress, resolving, retrying, schedules, steering, timeline
from campaigns.forthcoming import is_reminder
from campaigns.models import Campaign, Run
from campaigns.tallies import totals
from campaigns.tasks import tick

LATEST_RUNS = 12
NEXT_TIMES = 5


@role_required(Role.VIEWER)
def campaign_list(request: HttpRequest) -> HttpResponse:
    campaigns = Campaign.objects.select_related("created_by", "sender")
    if status := request.GET.get("status"):
        campaigns = campaigns.filter(status=status)
    if name := request.GET.get("q", "").strip():
        campaigns = campaigns.filter(name__icontains=name)
    page = page_of(request, campaigns, size=25)
    return render(
        request,
        "campaigns/campaign_list.html",
        {"page": page, "told": [progress.of(one) for one in page.rows], "statuses": Campaign.Status.choices},
    )


@role_required(Role.VIEWER)
def campaign_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The campaign and how far it has come; htmx asks for the same page again and takes the moving part of it."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender", "created_by"), pk=pk)
    if campaign.is_draft:
        return redirect("campaign-check", pk=pk)
    number = id_of(request.GET.get("run"))
    template = "campaigns/_progress.html" if request.htmx else "campaigns/campaign_detail.html"  # type: ignore[attr-defined]
    told = progress.of(campaign, number)
    context = {"campaign": campaign, "progress": told, "timeline": timeline.of(told.run) if told.run else None}
    context["which"] = f"?run={told.run.pk}" if number and told.run else ""
    if not request.htmx:  # type: ignore[attr-defined]
        context["history"] = history.of(campaign)
        if campaign.recurs:
            context |= _recurring(campaign)
    return render(request, template, context)


def _recurring(campaign: Campaign) -> dict[str, Any]:
    """What the page of one that goes again and again says besides: its rule, what is next, its latest runs."""
    now = timezone.now()
    runs = campaign.runs.exclude(status=Run.Status.SCHEDULED).order_by("-scheduled_for", "-pk")[:LATEST_RUNS]
    return {
        "in_words": schedules.in_words(campaign.plan()),
        "times": occurring.coming(campaign, now, NEXT_TIMES) if campaign.next_at else [],
        "next_runs": campaign.runs.filter(status=Run.Status.SCHEDULED).order_by("scheduled_for", "pk")[:LATEST_RUNS],
        "told": [(run, totals(run)) for run in runs],
        "is_reminder": is_reminder(campaign),
    }


@require_POST
@role_required(Role.MANAGER)
def campaign_steer(request: HttpRequest, pk: int, act: Literal["pause", "resume", "cancel"]) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        getattr(steering, act)(campaign, user=request.user)
    except steering.NotPossible as error:
        messages.error(request, str(error))
    nudge(tick)
    return redirect("campaign-detail", pk=pk)


@role_required(Role.MANAGER)
def campaign_resolve(request: HttpRequest, pk: int, action: Literal["resend", "resend-all", "leave"]) -> HttpResponse:
    """What becomes of texts that are not known to have gone out: asked once, with the number, then done."""
    campaign = get_object_or_404(Campaign, pk=pk)
    number = id_of(request.GET.get("run"))
    run = campaign.latest_run(number) if number else resolving.doubtful(campaign).first()
    if request.method != "POST":
        context = {
            "campaign": campaign,
            "leaves": action == "leave",
            "everybody": action == "resend-all",
            "doubt": resolving.doubt_of(run) if run else None,
        }
        return render(request, "campaigns/campaign_resolve.html", context)
    try:
        if action == "leave":
            count = resolving.leave(campaign, number=number, user=request.user)  # type: ignore[arg-type]
        else:
            everybody = action == "resend-all"
            count = resolving.resend(campaign, everybody=everybody, number=number, user=request.user)  # type: ignore[arg-type]
    except steering.NotPossible as error:
        messages.error(request, str(error))
    else:
        done = "are left as they are" if action == "leave" else "are sent again"
        messages.success(request, f"{count:,} texts {done}.")
        nudge(tick)
    return redirect("campaign-detail", pk=pk)


@require_POST
@role_required(Role.COMPOSER)
def campaign_again(request: HttpRequest, pk: int, only: str) -> HttpResponse:
    """A new draft for those of the latest run who failed for a passing reason, or who lacked a value."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = campaign.latest_run(id_of(request.POST.get("run")))
    if run is None or not run.is_over:
        messages.error(request, "Wait until this campaign has ended.")
        return redirect("campaign-detail", pk=pk)
    draft = retrying.make_draft(run, only, request.user)  # type: ignore[arg-type]
    return redirect("campaign-check", pk=draft.pk)


@role_required(Role.COMPOSER)
def campaign_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft may go; what was sent stays."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if request.method == "POST":
        if Campaign.objects.filter(pk=pk, status=Campaign.Status.DRAFT).delete()[0]:
            messages.success(request, f"The draft “{campaign.name}” is deleted.")
            return redirect("campaign-list")
        messages.error(request, "Only a draft can be deleted.")
        return redirect("campaign-detail", pk=pk)
    return render(request, "campaigns/campaign_delete.html", {"campaign": campaign})


@require_POST
@role_required(Role.MANAGER)
def gate_resume(request: HttpRequest) -> HttpResponse:
    """Whoever looked has mended what stopped sending."""
    count = halting.resume_all()
    nudge(tick)
    messages.success(request, f"Sending goes on. Campaigns that were stopped: {count}.")
    return redirect("campaign-list")
