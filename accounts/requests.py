"""What a request is, once somebody has signed in or a key has signed it; for type checkers only."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import ApiKey, User


class Request(HttpRequest):
    """Of a page: `accounts.middleware` lets nobody through who has not signed in."""

    user: User
    htmx: HtmxDetails


class ApiRequest(HttpRequest):
    """Of a call of the API: `accounts.api.Key` has put its key there."""

    auth: ApiKey
