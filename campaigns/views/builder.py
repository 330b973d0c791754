"""The builder: who, what, when, check. Each section has its address and is saved as it is left."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
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
from campaigns import audience, cautions, drafting, freshness, launching, words
from campaigns.estimating import Estimate, estimate
from campaigns.forms.builder import NameForm, WhatForm, WhenForm, WhoForm
from campaigns.models import Campaign, Gate, MessageTemplate
from campaigns.tasks import tick
from campaigns.views.previewing import preview
from contacts.models import Contact, ContactGroup

SECTIONS = (("who", "Who"), ("what", "What"), ("when", "When"), ("check", "Check and send"))


@role_required(Role.COMPOSER)
def campaign_create(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = form.save(commit=False)
        campaign.created_by = request.user
        campaign.save()
        return redirect("campaign-who", pk=campaign.pk)
    return render(request, "campaigns/campaign_create.html", {"form": form})


@role_required(Role.COMPOSER)
def campaign_who(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _draft(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    form = WhoForm(campaign, request.POST or None)
    if request.method == "POST" and form.is_valid():
        choice = form.choice()
        return _saved(
            request,
            campaign,
            "what",
            groups=choice.groups,
            segments=choice.segments,
            exclude_groups=choice.exclude_groups,
            exclude_segments=choice.exclude_segments,
            filter=choice.filter,
            upload_id=choice.upload,
        )
    return _section(request, campaign, "who", form, ages=freshness.of_groups(audience.groups_of(campaign)))


@require_POST
@role_required(Role.COMPOSER)
def campaign_who_count(request: HttpRequest, pk: int) -> HttpResponse:
    """How many the form means before it is saved; asked for while it is filled in."""
    form = WhoForm(get_object_or_404(Campaign, pk=pk), request.POST)
    count = audience.how_many(form.choice(), timezone.localdate()) if form.is_valid() else None
    return render(request, "campaigns/_who_count.html", {"count": count, "form": form})


@role_required(Role.COMPOSER)
def campaign_what(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _draft(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    if template := MessageTemplate.objects.filter(pk=id_of(request.GET.get("template")) or 0).first():
        campaign.text = template.text
    form = WhatForm(request.POST or None, instance=campaign)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        return _saved(request, campaign, "when", **form.cleaned_data)
    fields = audience.placeholders_of(audience.groups_of(campaign))
    extra = {
        "templates": MessageTemplate.objects.filter(archived_at=None),
        "fields": fields,
    }
    written = request.POST.get("text", campaign.text) if request.method == "POST" else campaign.text
    return _section(request, campaign, "what", form, **extra, **_preview(campaign, written, request))


@require_POST
@role_required(Role.COMPOSER)
def campaign_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The text as one of the audience would get it; asked for while it is typed."""
    campaign = get_object_or_404(Campaign, pk=pk)
    shown = _preview(campaign, request.POST.get("text", ""), request)
    return render(request, "campaigns/_preview.html", shown)


@role_required(Role.COMPOSER)
def campaign_when(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _draft(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    form = WhenForm(campaign, request.POST or None)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("send_at", "spend_limit", "uncertain")}
        return _saved(request, campaign, "check", **fields)
    return _section(request, campaign, "when", form)


@role_required(Role.COMPOSER)
def campaign_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be sent, to how many, for how much; and Send, which does it once."""
    campaign = _draft(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    blockers = launching.blockers(campaign, timezone.now())
    found: Estimate | None = None
    if not any(one.section in ("who", "what") for one in blockers):
        found = estimate(campaign, timezone.localdate())
        if campaign.missing_values == Campaign.Missing.BLOCK and found.missing:
            words_ = f"{found.missing:,} people have no value for a field of the text, and you chose not to send then."
            blockers.append(launching.Blocker("missing_values", "what", words_))
    return _section(
        request,
        campaign,
        "check",
        None,
        blockers=blockers,
        cautions=cautions.of(campaign, found, audience.reach(campaign), timezone.now()) if found else [],
        estimate=found,
        left_out=[(words.of_reason(code), count) for code, count in found.left_out.most_common()] if found else [],
        by_parts=sorted(found.by_parts.items()) if found else [],
        gate=Gate.objects.get(pk=1),
    )


@require_POST
@role_required(Role.MANAGER)
def campaign_launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Send: a second click, Back and a stale page lead to the campaign as it is."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if campaign.is_draft and request.POST.get("version") != str(campaign.version):
        messages.error(request, "The campaign was changed since you looked. Check it again.")
        return redirect("campaign-check", pk=pk)
    try:
        launching.launch(pk, user=request.user)  # type: ignore[arg-type]
    except launching.NotADraft:
        messages.info(request, "This campaign was sent before; here is how it goes.")
    except launching.Blocked as error:
        messages.error(request, str(error))
        return redirect("campaign-check", pk=pk)
    nudge(tick)
    return redirect("campaign-detail", pk=pk)


def _draft(pk: int) -> Campaign | None:
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    return campaign if campaign.is_draft else None


def _saved(request: HttpRequest, campaign: Campaign, following: str, **fields: Any) -> HttpResponse:
    """Save a section unless somebody else has changed the draft since this page was opened."""
    version = request.POST.get("version", "")
    try:
        drafting.change(campaign, version=int(version) if version.isdecimal() else None, **fields)
    except drafting.Changed:
        messages.error(request, "Somebody else changed this campaign meanwhile. Look at it and save again.")
        return redirect(request.path)
    return redirect(f"campaign-{following}", pk=campaign.pk)


def _section(request: HttpRequest, campaign: Campaign, section: str, form: Any, **extra: Any) -> HttpResponse:
    context = {
        "campaign": campaign,
        "sections": SECTIONS,
        "section": section,
        "form": form,
        "version": request.POST.get("version", campaign.version),
        "groups": audience.groups_of(campaign),
        "reach": audience.reach(campaign),
        **extra,
    }
    return render(request, f"campaigns/builder_{section}.html", context)


def _preview(campaign: Campaign, text: str, request: HttpRequest) -> dict[str, Any]:
    groups = audience.groups_of(campaign)

    def people(group: ContactGroup) -> QuerySet[Contact]:
        return audience.members(campaign, group, groups, timezone.localdate())

    url = reverse("campaign-preview", args=[campaign.pk])
    return {"preview_url": url, **preview(request, campaign, text, groups, people)}
