"""The help's pages, for everybody who has a role."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from qsms_portal.help import shelf
from qsms_portal.help.search import search

LONGEST_QUERY = 100


@role_required(Role.VIEWER)
def help_pages(request: Request) -> HttpResponse:
    """All pages by their shelves, or what was searched for."""
    typed = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    context = {"typed": typed, "found": search(shelf.pages().values(), typed), "shelves": shelf.shelves()}
    return render(request, "portal/help.html", context)


@role_required(Role.VIEWER)
def help_page(request: Request, topic: str) -> HttpResponse:
    page = shelf.page_of(topic)
    if page is None:
        raise Http404("The help has no such page.")
    return render(request, "portal/help_page.html", {"page": page})
