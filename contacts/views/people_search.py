"""People of all groups by what somebody writes: the search that stands at the top of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts.filters.everybody import TooShort, search_everybody
from contacts.filters.search import TooSlow

TOO_MANY = "Too many people fit to look at them all. Write more of the name or the number."


@require_safe
@role_required(Role.VIEWER)
def people_search(request: Request) -> HttpResponse:
    written = request.GET.get("q", "").strip()[:200]
    context: dict[str, Any] = {"searched": written}
    if written:
        try:
            context["found"] = search_everybody(written)
        except TooShort as error:
            context["problem"] = str(error)
        except TooSlow:
            context["problem"] = TOO_MANY
    return render(request, "contacts/people_search.html", context)
