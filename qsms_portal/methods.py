"""Pages are read and posted to, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from accounts.middleware import BY_KEY

OF_PAGES = ("GET", "HEAD", "POST", "OPTIONS")


class KnownMethods:
    """Middleware: a page would take PUT for a form that was not sent, and answer as to GET."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in OF_PAGES or request.path.startswith(BY_KEY):
            return self.get_response(request)
        return HttpResponseNotAllowed(OF_PAGES)
