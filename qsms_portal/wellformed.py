"""Middleware that turns away what the database could not even be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\0"
# They answer in the gateway's own words whatever comes, and read the body themselves.
BY_THE_GATEWAY = ("/dlr/", "/inbound/")
# Whatever a body there is said to be, it is read as JSON.
JSON_ALONE = "/v1/"


class WellFormed:
    """PostgreSQL's text has no NUL: where one stands in an address or a form the answer is 400, and no query is made.

    JSON is cleaned of it as it is parsed (`qsms_portal.api`), and so is what the gateway posts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(BY_THE_GATEWAY):
            return self.get_response(request)
        query = request.META.get("QUERY_STRING", "")
        if NUL in request.path or NUL in query or "%00" in query:
            raise BadRequest("NUL in the address")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """The form is read here as the CSRF protection would read it next."""
        if request.path.startswith((*BY_THE_GATEWAY, JSON_ALONE)):
            return
        if any(NUL in word for name, values in request.POST.lists() for word in (name, *map(str, values))):
            raise BadRequest("NUL in the form")
