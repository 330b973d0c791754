"""The builder's section When, and what a rule would mean in the next five times."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import schedules
from campaigns.audience import audience_of
from campaigns.checking.blockers import TIMES_LOOKED_AT, quiet_time
from campaigns.forms.when import WhenForm
from campaigns.forms.zone import in_words, zones
from campaigns.models import Campaign, Kind
from campaigns.timing import recurring_runs
from campaigns.timing.next_times import next_times
from campaigns.views import builder

SAVED = ("send_at", "schedule", "zone", "audience", "catch_up_days", "spend_limit", "uncertain")


@role_required(Role.COMPOSER)
def campaign_when(request: Request, pk: int) -> HttpResponse:
    campaign = builder.editable(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    form = WhenForm(campaign, request.POST or None)
    if passing := builder.passing_by(request, campaign, form):
        return passing
    asks = "preview" in request.POST or request.htmx
    if request.method == "POST" and form.is_valid() and not asks:
        fields = {name: form.cleaned_data[name] for name in SAVED}
        if problem := _problem(campaign, form, fields):
            form.add_error(*problem)
        else:
            return builder.saved(request, campaign, "check", **fields)
    context = _next_times(campaign, form)
    if request.htmx:
        return render(request, "campaigns/_next_times.html", {**context, "form": form})
    return builder.section(request, audience_of(campaign), "when", form, **context)


@role_required(Role.COMPOSER)
def time_zones(request: Request) -> HttpResponse:
    """All of them, for whoever comes to the field: they are more than the page around it."""
    response = render(request, "campaigns/_zones.html", {"zones": map(in_words, zones())})
    patch_cache_control(response, private=True, max_age=24 * 3600)
    return response


def _next_times(campaign: Campaign, form: WhenForm) -> dict[str, Any]:
    """The times of what is typed, else of what is saved; nothing where it goes out once."""
    if form.is_bound:
        campaign.schedule = form.cleaned_data.get("schedule") if form.is_valid() else None
        campaign.zone = form.cleaned_data.get("zone", campaign.zone) if form.is_valid() else campaign.zone
    try:
        times = next_times(audience_of(campaign), timezone.now()) if campaign.recurs else []
        words = schedules.in_words(campaign.read_schedule()) if campaign.recurs else ""
    except schedules.BadSchedule:
        times, words = [], ""
    refused = quiet_time(recurring_runs.coming_times(campaign, timezone.now(), TIMES_LOOKED_AT)) if (
        times and campaign.kind == Kind.PROMOTIONAL
    ) else ""  # fmt: skip
    return {"times": times, "in_words": words, "refused": refused, "asked": form.is_bound}


def _problem(campaign: Campaign, form: WhenForm, fields: dict[str, Any]) -> tuple[str, str] | None:
    """The field that stands in the way, and why; None where nothing does."""
    if campaign.is_active and not campaign.recurs and form.cleaned_data["when"] == WhenForm.NOW:
        return "at", "It is scheduled: give its time. To send it now make it a draft again first."
    refused = _quiet(campaign, fields)
    return ("time", refused) if refused else None


def _quiet(campaign: Campaign, fields: dict[str, Any]) -> str:
    """Why marketing may not recur at this time of day, in words; empty where it may."""
    if campaign.kind != Kind.PROMOTIONAL or fields["schedule"] is None:
        return ""
    asked = Campaign(schedule=fields["schedule"], zone=fields["zone"])
    return quiet_time(recurring_runs.coming_times(asked, timezone.now(), TIMES_LOOKED_AT))
