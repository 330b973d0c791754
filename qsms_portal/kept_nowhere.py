"""Middleware: no browser or proxy keeps what shows people, texts or keys."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Pages with a form that somebody writes in are kept for the way back, or what was written would be lost by it.
SHOWS_PEOPLE = re.compile(
    r"^/(audit/|contacts/|people\b|invitation/|messages/|exports/|settings/keys|profile|admin/|v1/|templates/preview"
    r"|campaigns/\d+/(messages|export|why|approval|check|preview))"
)


class KeptNowhere:
    """`Cache-Control: no-store` on those addresses, where the view says nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if SHOWS_PEOPLE.match(request.path) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
