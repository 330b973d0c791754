"""Every page needs a signed-in person; the API has its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

BY_KEY = ("/v1/", "/api/")


class SignInRequired(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page; a fragment that htmx asked for gets 401 and moves the whole page there."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.path.startswith(BY_KEY):
            return None
        return super().process_view(request, view, args, kwargs)

    def handle_no_permission(  # type: ignore[override]  # the parent is typed more narrowly than Django calls it
        self, request: HttpRequest, view: Callable[..., Any]
    ) -> HttpResponseBase:
        response = super().handle_no_permission(request, view)
        if not getattr(request, "htmx", False):
            return response
        headers = {"HX-Redirect": response["Location"], "WWW-Authenticate": "Session"}
        return HttpResponse(status=401, headers=headers)
