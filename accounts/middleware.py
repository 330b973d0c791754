"""Every page needs a signed-in person with a role; the API has its keys. A deed is written down with its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts.attempts import address
from accounts.seen import note_seen
from accounts.staff import administrators
from lib.origin import Origin, coming_from

BY_KEY = ("/v1/", "/api/")
OPEN_WITHOUT_ROLE = ("/sign-in", "/sign-out")
MOST_NAMED = 5


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
        htmx: Any = getattr(request, "htmx", None)
        if not htmx:
            return super().handle_no_permission(request, view)
        # Back to the page, where what was typed is: a fragment is no page.
        page = htmx.current_url_abs_path or request.get_full_path()
        response = redirect_to_login(page, self.get_login_url(view), self.get_redirect_field_name(view))
        headers = {"HX-Redirect": response["Location"], "WWW-Authenticate": "Session"}
        return HttpResponse(status=401, headers=headers)


class FromWhere:
    """Lets the audit know where a deed came from, as long as its request is being answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with coming_from(Origin(address=address(request), request=request)):
            return self.get_response(request)


class RoleRequired:
    """Notes that somebody was here; whoever has no role sees one page everywhere, which says so and signs out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.path.startswith(BY_KEY) or not getattr(view, "login_required", True):
            return None
        user: Any = request.user
        if not user.is_authenticated:
            return None
        note_seen(user)
        # Asked for by views and by the menu too.
        prefetch_related_objects([user], "groups")
        if user.role is not None or request.path.startswith(OPEN_WITHOUT_ROLE):
            return None
        htmx: Any = getattr(request, "htmx", None)
        if htmx:
            return HttpResponse(status=403, headers={"HX-Redirect": htmx.current_url_abs_path or "/"})
        return render(request, "accounts/no_role.html", {"administrators": administrators()[:MOST_NAMED]}, status=403)
