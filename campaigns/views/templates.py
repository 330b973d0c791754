"""Texts kept for use in campaigns, written while looking at how real people would get them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.asked import id_of
from accounts.permissions import role_required
from accounts.roles import Role
from campaigns import audience
from campaigns.forms.builder import TemplateForm
from campaigns.models import Campaign, MessageTemplate
from campaigns.views.previewing import preview
from contacts.models import ContactGroup

OFFERED = 500


@role_required(Role.VIEWER)
def template_list(request: HttpRequest) -> HttpResponse:
    return render(
        request, "campaigns/template_list.html", {"templates": MessageTemplate.objects.filter(archived_at=None)}
    )


@role_required(Role.COMPOSER)
def template_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    template = get_object_or_404(MessageTemplate, pk=pk) if pk else MessageTemplate(created_by=request.user)  # type: ignore[misc]
    form = TemplateForm(request.POST or None, instance=template)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        form.save()
        messages.success(request, f"The template “{template.name}” is saved.")
        return redirect("template-list")
    context = {"form": form, "template": template, "groups": ContactGroup.objects.order_by("name")[:OFFERED]}
    text = request.POST.get("text", template.text)
    return render(request, "campaigns/template_edit.html", context | _beside(request, text))


@require_POST
@role_required(Role.COMPOSER)
def template_preview(request: HttpRequest) -> HttpResponse:
    """The text as somebody of the chosen group would get it, and that group's fields to insert."""
    return render(request, "campaigns/_template_preview.html", _beside(request, request.POST.get("text", "")))


def _beside(request: HttpRequest, text: str) -> dict[str, Any]:
    chosen = id_of(request.POST.get("group"))
    groups = ContactGroup.objects.order_by("-changed_at")
    group = (groups.filter(pk=chosen) if chosen else groups).first()
    found = [group] if group else []
    return {
        "group": group,
        "fields": audience.placeholders_of(found),
        "preview_url": reverse("template-preview"),
        **preview(request, Campaign(), text, found, lambda one: one.contacts.all()),
    }
