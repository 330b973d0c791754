"""Wrong second factors count as wrong passwords do: by django-axes, by person and address together."""

from __future__ import annotations

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User


def refuse_where_shut_out(request: HttpRequest, user: User) -> None:
    """Raises ValidationError, and has the page answered that says so, where this person failed too often from here."""
    if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
        request.axes_locked_out = True  # type: ignore[attr-defined]  # read by its middleware
        raise ValidationError("Too many tries. Wait a quarter of an hour.")


def count_failure(request: HttpRequest, user: User) -> None:
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)
