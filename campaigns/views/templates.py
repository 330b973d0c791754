"""Texts kept for use in campaigns, written while looking at how real people would get them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.audience import Audience, AudienceChoice
from campaigns.forms.builder import TemplateForm
from campaigns.models import Campaign, MessageTemplate, Sender, TemplateVersion
from campaigns.views.preview import only_looks, preview, with_choices, written
from campaigns.writing import starters, templates
from contacts.models import ContactGroup
from lib.row_ids import row_id
from lib.typed import say_saved

OFFERED = 500


@role_required(Role.VIEWER)
def template_list(request: Request) -> HttpResponse:
    """The templates, or those put away, each with its uses and the groups that it fits."""
    archived = "archived" in request.GET
    fields = templates.fields_by_group()
    kept = list(templates.templates_in_use(archived=archived))
    for one in kept:
        one.fits = [fit.group for fit in templates.fits_of(one.text, fields) if fit]  # type: ignore[attr-defined]  # for the page only
    return render(request, "campaigns/template_list.html", {"templates": kept, "archived": archived})


@role_required(Role.COMPOSER)
def template_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """The editor. Its buttons only look at the text or change it: the page comes back, and nothing is saved."""
    template = get_object_or_404(MessageTemplate, pk=pk) if pk else _new(request)
    audience = _seen_with(request)
    text = written(request, template.text, audience)
    posted = request.POST.copy()
    posted["text"] = text
    form = TemplateForm(posted if request.method == "POST" else None, instance=template)
    if request.method == "POST" and not only_looks(request) and form.is_valid():
        templates.save_template(form.save(commit=False), request.user)
        messages.success(request, f"The template “{template.name}” is saved.")
        return say_saved(request, redirect("template-list"))
    context = {
        "form": form,
        "template": template,
        "groups": ContactGroup.objects.order_by("name")[:OFFERED],
        "lacking": [fit for fit in templates.fits_of(text, templates.fields_by_group()) if not fit][:OFFERED],
    }
    return render(request, "campaigns/template_edit.html", context | _beside(request, text, audience))


@require_POST
@role_required(Role.COMPOSER)
def template_preview(request: Request) -> HttpResponse:
    """The text as somebody of the chosen group would get it, and that group's fields to insert."""
    context = _beside(request, request.POST.get("text", ""), _seen_with(request))
    return render(request, "campaigns/_template_preview.html", context)


@role_required(Role.VIEWER)
def template_history(request: Request, pk: int) -> HttpResponse:
    template = get_object_or_404(MessageTemplate, pk=pk)
    versions = template.versions.select_related("saved_by")
    return render(request, "campaigns/template_history.html", {"template": template, "versions": versions})


@require_POST
@role_required(Role.COMPOSER)
def template_bring_back(request: Request, pk: int, number: int) -> HttpResponse:
    version = get_object_or_404(TemplateVersion.objects.select_related("template"), template=pk, number=number)
    templates.bring_back_version(version, request.user)
    messages.success(request, f"“{version.template.name}” says again what it said in version {number}.")
    return redirect("template-history", pk=pk)


@require_POST
@role_required(Role.COMPOSER)
def template_duplicate(request: Request, pk: int) -> HttpResponse:
    copy = templates.duplicate_template(get_object_or_404(MessageTemplate, pk=pk), request.user)
    messages.success(request, f"This is a copy, “{copy.name}”. Change it as you like.")
    return redirect("template-edit", pk=copy.pk)


@require_POST
@role_required(Role.COMPOSER)
def template_put_away(request: Request, pk: int, away: bool) -> HttpResponse:
    template = get_object_or_404(MessageTemplate, pk=pk)
    templates.put_template_away(template, away=away, user=request.user)
    messages.success(request, f"“{template.name}” is {'archived' if away else 'offered again'}.")
    return redirect("template-list")


@role_required(Role.COMPOSER)
def template_starters(request: Request) -> HttpResponse:
    """Texts to begin with, by trade and language."""
    return render(request, "campaigns/template_starters.html", {"trades": starters.by_trade()})


def _new(request: Request) -> MessageTemplate:
    """A new template, empty or with the starter that was chosen."""
    template = MessageTemplate(created_by=request.user)
    if starter := starters.BY_CODE.get(request.GET.get("starter", "")):
        template.name = templates.free_name(starter.name)
        template.text, template.language = starter.text, starter.language
    return template


def _seen_with(request: Request) -> Audience:
    """The group with whose people the text is looked at: the chosen one, else the one last changed."""
    campaign = with_choices(Campaign(sender=Sender.objects.filter(is_default=True).first()), request)
    chosen = row_id(request.POST.get("group"))
    groups = ContactGroup.objects.order_by("-changed_at")
    group = (groups.filter(pk=chosen) if chosen else groups).first()
    return Audience(campaign, AudienceChoice(groups=[group] if group else []))


def _beside(request: Request, text: str, audience: Audience) -> dict[str, Any]:
    return {
        "group": next(iter(audience.groups), None),
        "fields": audience.choice.placeholders,
        "preview_url": reverse("template-preview"),
        "preview": preview(request, audience, text),
    }
