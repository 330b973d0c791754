"""The builder: who, what, when, check. Each section has its address and is saved as it is left."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import placeholders
from campaigns.actions import draft
from campaigns.actions.change import change_from_now_on
from campaigns.actions.set_back import change_scheduled, may_be_set_back
from campaigns.approval.authors import NotAllowed
from campaigns.audience import Audience, audience_of
from campaigns.audience.freshness import stale_groups
from campaigns.checking.blockers import Blocked
from campaigns.forms.builder import NameForm, WhatForm, WhoForm
from campaigns.forms.start import start_of
from campaigns.models import Campaign, MessageTemplate, Run, Sender
from campaigns.models.transitions import NotPossible
from campaigns.tasks import tick
from campaigns.timing import recurring_runs
from campaigns.views.preview import only_looks, preview, with_choices, written
from lib.nudge import nudge
from lib.row_ids import row_id
from lib.typed import say_saved

UNDER_WAY = (Run.Status.SENDING, Run.Status.PAUSED)
SECTIONS = (("who", "Who"), ("what", "What"), ("when", "When"), ("check", "Check and send"))


@role_required(Role.COMPOSER)
def campaign_create(request: Request) -> HttpResponse:
    """A new draft. Whoever comes from a group, a segment or an upload need not say for whom: the text is next."""
    start = start_of(request.GET)
    form = NameForm(request.POST or None, initial={"name": start.name} if start else None)
    if request.method == "POST" and form.is_valid():
        campaign = draft.create_draft(**form.cleaned_data, **(start.fields if start else {}), user=request.user)
        return redirect("campaign-what" if start else "campaign-who", pk=campaign.pk)
    return render(request, "campaigns/campaign_create.html", {"form": form, "start": start})


@role_required(Role.COMPOSER)
def campaign_who(request: Request, pk: int) -> HttpResponse:
    campaign = editable(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    form = WhoForm(campaign, request.POST or None)
    if passing := passing_by(request, campaign, form):
        return passing
    if request.method == "POST" and form.is_valid():
        choice = form.choice()
        return saved(
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
    audience = audience_of(campaign)
    return section(request, audience, "who", form, ages=stale_groups(audience.groups))


@require_POST
@role_required(Role.COMPOSER)
def campaign_who_count(request: Request, pk: int) -> HttpResponse:
    """How many the form means before it is saved; asked for while it is filled in."""
    form = WhoForm(get_object_or_404(Campaign, pk=pk), request.POST)
    count = form.choice().how_many(timezone.localdate()) if form.is_valid() else None
    return render(request, "campaigns/_who_count.html", {"count": count, "form": form})


@role_required(Role.COMPOSER)
def campaign_what(request: Request, pk: int) -> HttpResponse:
    """The text. Its buttons only look at it or change it: the page comes back, and nothing is saved."""
    campaign = editable(pk)
    if campaign is None:
        return redirect("campaign-detail", pk=pk)
    template = _template(request.GET.get("template") or request.POST.get("template")) or campaign.template
    if template and "template" in request.GET and request.method != "POST":
        campaign.text, campaign.language = template.text, template.language
    if campaign.sender is None:
        campaign.sender = Sender.objects.filter(is_default=True, archived_at=None).first()
    audience = audience_of(campaign)
    text = written(request, campaign.text, audience)
    posted = request.POST.copy()
    posted["text"] = text
    form = WhatForm(posted if request.method == "POST" else None, instance=campaign, has_keys=audience.by_number)
    if passing := passing_by(request, campaign, form):
        return passing
    if request.method == "POST" and not only_looks(request) and form.is_valid():
        return saved(request, campaign, "when", template=template, **form.cleaned_data)
    extra = {
        "templates": MessageTemplate.objects.filter(archived_at=None),
        "template": template,
        "fields": [*audience.choice.placeholders, *_joined(audience)],
    }
    return section(request, audience, "what", form, **extra, **_preview(audience, text, request))


@require_POST
@role_required(Role.COMPOSER)
def campaign_preview(request: Request, pk: int) -> HttpResponse:
    """The text as one of the audience would get it; asked for while it is typed."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    shown = _preview(audience_of(campaign), request.POST.get("text", ""), request)
    return render(request, "campaigns/_preview.html", shown)


@require_POST
@role_required(Role.COMPOSER)
def campaign_test(request: Request, pk: int) -> HttpResponse:
    """The draft's text to one's own phone, as its first people would get it."""
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    tested = preview(request, audience_of(campaign), campaign.text).tested
    if tested and tested.needs_phone:
        check = reverse("campaign-check", args=[pk])
        return redirect(f"{reverse('own-phone')}?{urlencode({'next': check})}")
    messages.info(request, tested.words if tested else "There is nobody whose text could be sent.")
    return redirect("campaign-check", pk=pk)


def editable(pk: int) -> Campaign | None:
    """The campaign, where it may be changed: a draft, one that goes out again and again, or one that has not begun;
    None for any other.
    """
    campaign = get_object_or_404(Campaign.objects.select_related("sender"), pk=pk)
    in_place = campaign.send_at is not None and may_be_set_back(campaign)
    return campaign if (campaign.may_be_changed or in_place) and not campaign.is_awaiting else None


def saved(request: Request, campaign: Campaign, following: str, **fields: Any) -> HttpResponse:
    """Save a section unless somebody else has changed the draft since this page was opened."""
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() else None
    change = draft.change_draft if campaign.is_draft else change_from_now_on if campaign.recurs else change_scheduled
    try:
        campaign = change(campaign, version=number, user=request.user, **fields)
    except NotAllowed as error:
        raise PermissionDenied(f"This is for {Role.MANAGER.whose}: it is on its way out.") from error
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("campaign-detail", pk=campaign.pk)
    except Blocked as error:
        messages.error(request, str(error))
        return redirect(request.path)
    except draft.Changed:
        messages.error(request, "Somebody else changed this campaign meanwhile. Look at it and save again.")
        return redirect(request.path)
    if campaign.is_draft:
        section_ = wanted_section(request) or following
        return say_saved(request, redirect(f"campaign-{section_}", pk=campaign.pk))
    campaign.refresh_from_db()
    nudge(tick)
    messages.success(request, _from_when_on(campaign))
    return say_saved(request, redirect("campaign-detail", pk=campaign.pk))


def wanted_section(request: Request) -> str:
    """The section whose step was pressed to leave this one; empty where none was."""
    name = request.POST.get("go", "")
    return name if name in dict(SECTIONS) else ""


def passing_by(request: Request, campaign: Campaign, form: BaseForm) -> HttpResponse | None:
    """The way to the section that was pressed where nothing was typed: what is not filled in yet holds nobody up."""
    name = wanted_section(request)
    if not name or not campaign.is_draft or form.has_changed():
        return None
    return redirect(f"campaign-{name}", pk=campaign.pk)


def _from_when_on(campaign: Campaign) -> str:
    if campaign.is_awaiting:
        return "Saved. It goes when somebody else has approved the change."
    if campaign.awaits_approval:
        return "Saved. It is paused, and goes on when somebody else has approved the change."
    if campaign.send_at is not None:
        local = campaign.send_at.astimezone(recurring_runs.zone_of(campaign))
        return f"Saved. It goes on {local:%a %-d %b %Y at %H:%M}, as you changed it."
    if campaign.next_at is None:
        return "Saved."
    local = campaign.next_at.astimezone(recurring_runs.zone_of(campaign))
    words_ = f"Saved. The next run, on {local:%a %-d %b %Y at %H:%M}, will go as you changed it."
    if campaign.runs.filter(status__in=UNDER_WAY).exists():
        words_ += " What is being sent now was prepared before and goes as it was."
    return words_


def section(request: Request, audience: Audience, name: str, form: Any, **extra: Any) -> HttpResponse:
    campaign = audience.campaign
    context = {
        "campaign": campaign,
        "sections": SECTIONS,
        "section": name,
        "form": form,
        "version": request.POST.get("version", str(campaign.version)),
        "groups": audience.groups,
        "reach": audience.reach,
        "reach_unit": "row,rows" if audience.by_number else "person,people",
        # What goes out again and again is changed by its own button alone.
        "saves_on_the_way": form is not None and campaign.is_draft,
        **extra,
    }
    return render(request, f"campaigns/builder_{name}.html", context)


def _joined(audience: Audience) -> list[str]:
    """What a text may say of all rows of a number, where groups tell these apart."""
    if not audience.by_number:
        return []
    types = {"name": {"text"}} | audience.field_types
    return [f"{key}:{placeholders.usual_joining(min(types[key]))}" for key in ("name", *audience.choice.field_names)]


def _template(pk: str | None) -> MessageTemplate | None:
    return MessageTemplate.objects.filter(pk=row_id(pk) or 0).first()


def _preview(audience: Audience, text: str, request: Request) -> dict[str, Any]:
    with_choices(audience.campaign, request)
    url = reverse("campaign-preview", args=[audience.campaign.pk])
    return {"preview_url": url, "preview": preview(request, audience, text)}
