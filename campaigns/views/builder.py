"""The builder: who, what, when, check. Each section has its address and is saved as it is left."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.asked import id_of
from accounts.nudge import nudge
from accounts.permissions import role_required
from accounts.roles import Role
from campaigns import (
    approval,
    audience,
    authorship,
    cautions,
    changing,
    drafting,
    launching,
    occurring,
    schedules,
    words,
)
from campaigns.estimating import Estimate, estimate
from campaigns.forms.builder import NameForm, WhatForm, WhoForm
from campaigns.forthcoming import Time, is_reminder, next_times
from campaigns.models import Campaign, Gate, MessageTemplate, Run
from campaigns.tasks import tick
from campaigns.views.previewing import preview
from contacts.models import Contact, ContactGroup

UNDER_WAY = (Run.Status.PLANNING, Run.Status.PLANNED, Run.Status.SENDING, Run.Status.PAUSED)
SECTIONS = (("who", "Who"), ("what", "What"), ("when", "When"), ("check", "Check and send"))


@role_required(Role.COMPOSER)
def campaign_create(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = form.save(commit=False)
        campaign.created_by = request.user
        campaign.authors = [authorship.name_of(request.user, None)]  # type: ignore[arg-type]
        campaign.save()
        return redirect("campaign-who", pk=campaign.pk)
    return render(request, "campaigns/campaign_create.html", {"form": form})


@role_required(Role.COMPOSER)
def campaign_who(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = editable(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    form = WhoForm(campaign, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        return saved(
            request,
            campaign,
            "what",
            groups=list(chosen["groups"]),
            exclude_groups=list(chosen["exclude_groups"]),
            filter=chosen["filter"],
        )
    return section(request, campaign, "who", form)


@role_required(Role.COMPOSER)
def campaign_what(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = editable(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    if template := MessageTemplate.objects.filter(pk=id_of(request.GET.get("template")) or 0).first():
        campaign.text = template.text
    form = WhatForm(request.POST or None, instance=campaign)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        return saved(request, campaign, "when", **form.cleaned_data)
    fields = audience.placeholders_of(audience.groups_of(campaign))
    extra = {
        "templates": MessageTemplate.objects.filter(archived_at=None),
        "fields": fields,
    }
    written = request.POST.get("text", campaign.text) if request.method == "POST" else campaign.text
    return section(request, campaign, "what", form, **extra, **_preview(campaign, written, request))


@require_POST
@role_required(Role.COMPOSER)
def campaign_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The text as one of the audience would get it; asked for while it is typed."""
    campaign = get_object_or_404(Campaign, pk=pk)
    shown = _preview(campaign, request.POST.get("text", ""), request)
    return render(request, "campaigns/_preview.html", shown)


@role_required(Role.COMPOSER)
def campaign_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be sent, to how many, for how much; and Send, which does it once."""
    campaign = editable(pk)
    if campaign is None or not campaign.is_draft:
        return redirect("campaign-detail", pk=pk)
    blockers = launching.blockers(campaign, timezone.now())
    found: Estimate | None = None
    if not any(one.section in ("who", "what") for one in blockers):
        found = estimate(campaign, timezone.localdate())
        if campaign.missing_values == Campaign.Missing.BLOCK and found.missing:
            words_ = f"{found.missing:,} people have no value for a field of the text, and you chose not to send then."
            blockers.append(launching.Blocker("missing_values", "what", words_))
    times = next_times(campaign, timezone.now()) if campaign.recurs and not blockers else []
    one = _of_one_run(campaign, found, times) if found else None
    return section(
        request,
        campaign,
        "check",
        None,
        blockers=blockers,
        times=times,
        in_words=schedules.in_words(campaign.plan()) if times else "",
        asks=not blockers and approval.is_needed(campaign, timezone.now()),
        is_reminder=is_reminder(campaign),
        cautions=cautions.of(campaign, one, audience.reach(campaign), timezone.now()) if one else [],
        estimate=found,
        left_out=[(words.of_reason(code), count) for code, count in found.left_out.most_common()] if found else [],
        by_parts=sorted(found.by_parts.items()) if found else [],
        gate=Gate.objects.get(pk=1),
    )


@require_POST
@role_required(Role.COMPOSER)
def campaign_launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Send, or ask for approval: a second click, Back and a stale page lead to the campaign as it is."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if approval.is_off() and not authorship.may_send(request.user, None):  # type: ignore[arg-type]
        raise PermissionDenied("This is for a manager or above.")
    if campaign.is_draft and request.POST.get("version") != str(campaign.version):
        messages.error(request, "The campaign was changed since you looked. Check it again.")
        return redirect("campaign-check", pk=pk)
    try:
        run = launching.launch(pk, user=request.user)  # type: ignore[arg-type]
        if run is None:
            messages.success(request, "A manager has been asked to approve it. It goes when somebody has.")
    except launching.NotAllowed as error:
        raise PermissionDenied("This is for a manager or above.") from error
    except launching.NotADraft:
        messages.info(request, "This campaign was sent before; here is how it goes.")
    except launching.Blocked as error:
        messages.error(request, str(error))
        return redirect("campaign-check", pk=pk)
    nudge(tick)
    return redirect("campaign-detail", pk=pk)


def _of_one_run(campaign: Campaign, found: Estimate, times: list[Time]) -> Estimate:
    """What one run would come to: of a reminder the fullest of the next times, at what a text of it costs."""
    if not is_reminder(campaign) or not found.people:
        return found
    people = max((one.people or 0 for one in times), default=0)
    return Estimate(people=people, cost=found.cost * people / found.people)


def editable(pk: int) -> Campaign | None:
    """The campaign, where it may be changed: a draft, or one that goes out again and again; None for any other."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    return campaign if campaign.may_be_changed and not campaign.is_awaiting else None


def saved(request: HttpRequest, campaign: Campaign, following: str, **fields: Any) -> HttpResponse:
    """Save a section unless somebody else has changed the draft since this page was opened."""
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() else None
    change = drafting.change if campaign.is_draft else changing.from_now_on
    try:
        campaign = change(campaign, version=number, user=request.user, **fields)  # type: ignore[arg-type]
    except launching.NotAllowed as error:
        raise PermissionDenied("This is for a manager or above: it goes out again and again.") from error
    except launching.Blocked as error:
        messages.error(request, str(error))
        return redirect(request.path)
    except drafting.Changed:
        messages.error(request, "Somebody else changed this campaign meanwhile. Look at it and save again.")
        return redirect(request.path)
    if campaign.is_draft:
        return redirect(f"campaign-{following}", pk=campaign.pk)
    campaign.refresh_from_db()
    messages.success(request, _from_when_on(campaign))
    return redirect("campaign-detail", pk=campaign.pk)


def _from_when_on(campaign: Campaign) -> str:
    if campaign.awaits_approval:
        return "Saved. It is paused, and goes on when somebody else has approved the change."
    if campaign.next_at is None:
        return "Saved."
    local = campaign.next_at.astimezone(occurring.zone_of(campaign))
    words_ = f"Saved. The next run, on {local:%a %-d %b %Y at %H:%M}, will go as you changed it."
    if campaign.runs.filter(status__in=UNDER_WAY).exists():
        words_ += " What is being sent now was prepared before and goes as it was."
    return words_


def section(request: HttpRequest, campaign: Campaign, name: str, form: Any, **extra: Any) -> HttpResponse:
    context = {
        "campaign": campaign,
        "sections": SECTIONS,
        "section": name,
        "form": form,
        "version": request.POST.get("version", campaign.version),
        "groups": audience.groups_of(campaign),
        "reach": audience.reach(campaign),
        **extra,
    }
    return render(request, f"campaigns/builder_{name}.html", context)


def _preview(campaign: Campaign, text: str, request: HttpRequest) -> dict[str, Any]:
    groups = audience.groups_of(campaign)

    def people(group: ContactGroup) -> QuerySet[Contact]:
        return audience.members(campaign, group, groups, timezone.localdate())

    url = reverse("campaign-preview", args=[campaign.pk])
    return {"preview_url": url, **preview(request, campaign, text, groups, people)}
