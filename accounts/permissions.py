"""Who may open a page: by role, with a page that says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from accounts.requests import Request
from accounts.roles import Role

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
