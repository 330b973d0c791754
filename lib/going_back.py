"""The page of ours from which somebody came, to which they go back when they are done."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def page_to_go_back_to(request: HttpRequest) -> str:
    """As `next` of the form or the address names it; empty where none is named, or one that is not ours."""
    page = request.POST.get("next", request.GET.get("next", ""))
    is_ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_ours else ""
