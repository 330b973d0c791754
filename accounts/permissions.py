"""Who may open a page: by role, with a page that says so; and who has just shown that it is still them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.requests import Request
from accounts.roles import Role
from accounts.sessions import is_fresh

View = Callable[..., HttpResponseBase]


def role_required(role: Role) -> Callable[[View], View]:
    """Only for people whose role includes `role`; the others get the page for 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may_act_as(role):
                raise PermissionDenied(f"This is for {role.whose}.")
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def freshly_signed_in(view: View) -> View:
    """For those who have signed in within a quarter of an hour; the others are asked for it again, and led back.

    What they posted is not kept: they are led back to the page with its form.
    """

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        # Where a form was posted from is of this host, or the check of its token would have refused it.
        page = request.get_full_path() if request.method == "GET" else urlsplit(request.headers.get("Referer", "")).path
        return led_away(request, redirect_to_login(page or "/", "sign-in-again"))

    return guarded


def led_away(request: HttpRequest, redirect: HttpResponse) -> HttpResponse:
    """The redirect; where htmx asked for a fragment it moves the whole page there."""
    if not getattr(request, "htmx", None):
        return redirect
    return HttpResponse(status=401, headers={"HX-Redirect": redirect["Location"]})
