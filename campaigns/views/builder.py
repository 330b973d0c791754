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
from campaigns import audience, cautions, drafting, forecasting, freshness, launching, words
from campaigns.forecasting import Forecast
from campaigns.forms.builder import NameForm, WhatForm, WhenForm, WhoForm
from campaigns.models import Campaign, Gate, MessageTemplate
from campaigns.tasks import estimate_draft, tick
from campaigns.views.previewing import only_looks, preview, with_choices, written
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
    count = audience.count(form.choice(), timezone.localdate()) if form.is_valid() else None
    return render(request, "campaigns/_who_count.html", {"count": count, "form": form})


@role_required(Role.COMPOSER)
def campaign_what(request: HttpRequest, pk: int) -> HttpResponse:
    """The text. Its buttons only look at it or change it: the page comes back, and nothing is saved."""
    campaign = _draft(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    template = _template(request.GET.get("template") or request.POST.get("template")) or campaign.template
    if template and "template" in request.GET and request.method != "POST":
        campaign.text, campaign.language = template.text, template.language
    groups = audience.groups_of(campaign)
    text = written(request, campaign.text, groups)
    posted = request.POST.copy()
    posted["text"] = text
    form = WhatForm(posted if request.method == "POST" else None, instance=campaign)
    if request.method == "POST" and not only_looks(request) and form.is_valid():
        return _saved(request, campaign, "when", template=template, **form.cleaned_data)
    extra = {
        "templates": MessageTemplate.objects.filter(archived_at=None),
        "template": template,
        "fields": audience.placeholders_of(groups),
    }
    return _section(request, campaign, "what", form, **extra, **_preview(campaign, text, groups, request))


@require_POST
@role_required(Role.COMPOSER)
def campaign_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The text as one of the audience would get it; asked for while it is typed."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    groups = audience.groups_of(campaign)
    shown = _preview(campaign, request.POST.get("text", ""), groups, request)
    return render(request, "campaigns/_preview.html", shown)


@require_POST
@role_required(Role.COMPOSER)
def campaign_test(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft's text to one's own phone, as its first people would get it."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    found = _preview(campaign, campaign.text, audience.groups_of(campaign), request)
    tested = found.get("tested")
    messages.info(request, tested.words if tested else "There is nobody whose text could be sent.")
    return redirect("campaign-check", pk=pk)


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
    """What would be sent, to how many, for how much; and Send, which does it once. htmx asks until that is exact."""
    campaign = _draft(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    now = timezone.now()
    blockers = launching.blockers(campaign, now)
    told: Forecast | None = None
    if not any(one.section in ("who", "what") for one in blockers):
        told = forecasting.forecast(campaign, timezone.localdate())
        if told.to_begin:
            nudge(estimate_draft, campaign.pk)
        blockers += forecasting.blockers(campaign, told.estimate)
    context = {"blockers": blockers, "gate": Gate.objects.get(pk=1), "told": told}
    if told is not None:
        context |= {
            "estimate": told.estimate,
            "cautions": cautions.of(campaign, told.estimate, now),
            "left_out": [
                (words.of_reason(code), count, told.estimate.examples.get(code, []))
                for code, count in told.estimate.left_out.most_common()
            ],
            "by_parts": sorted(told.estimate.by_parts.items()),
            "needs_phone": not request.user.phone,  # type: ignore[union-attr]
        }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "campaigns/_estimate.html", {"campaign": campaign, **context})
    return _section(request, campaign, "check", None, **context)


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


def _template(pk: str | None) -> MessageTemplate | None:
    return MessageTemplate.objects.filter(pk=id_of(pk) or 0).first()


def _preview(campaign: Campaign, text: str, groups: list[ContactGroup], request: HttpRequest) -> dict[str, Any]:
    def people(group: ContactGroup) -> QuerySet[Contact]:
        return audience.members(campaign, group, groups, timezone.localdate())

    url = reverse("campaign-preview", args=[campaign.pk])
    return {"preview_url": url, **preview(request, with_choices(campaign, request), text, groups, people)}
