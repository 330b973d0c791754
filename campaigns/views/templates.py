"""Texts kept for use in campaigns."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.permissions import role_required
from accounts.roles import Role
from campaigns.forms.builder import TemplateForm
from campaigns.models import MessageTemplate


@role_required(Role.VIEWER)
def template_list(request: HttpRequest) -> HttpResponse:
    return render(
        request, "campaigns/template_list.html", {"templates": MessageTemplate.objects.filter(archived_at=None)}
    )


@role_required(Role.COMPOSER)
def template_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    template = get_object_or_404(MessageTemplate, pk=pk) if pk else MessageTemplate(created_by=request.user)  # type: ignore[misc]
    form = TemplateForm(request.POST or None, instance=template)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"The template “{template.name}” is saved.")
        return redirect("template-list")
    return render(request, "campaigns/template_edit.html", {"form": form, "template": template})
