"""Middleware: whoever must have a second factor and has none sets one up, and does nothing else until then.

Who came by the OpenID provider has shown there who they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.middleware import BY_KEY
from accounts.permissions import led_away
from accounts.second_factors import must_set_one_up
from accounts.sessions import id_token_of
from campaigns.models import Rules

OPEN = (*BY_KEY, "/sign-in", "/sign-out", "/profile/second-factor")


class SecondFactorRequired:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_arguments: Any) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True) or request.path.startswith(OPEN)
        if is_open or not request.user.is_authenticated:
            return None
        rule = Rules.objects.filter(pk=1).values_list("second_factor", flat=True).first()
        if not rule or id_token_of(request) is not None or not must_set_one_up(request.user, rule):
            return None
        messages.warning(request, "Your role asks for a second factor. Set one up to go on.")
        return led_away(request, redirect("mfa_index"))
