"""What the gateway posts goes straight to its view, past Django's handler: it comes by the thousand a second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, get_resolver

from qsms_portal.body_length import Application


class LeanPath:
    """Of all that stands between, the views of LEAN_URLCONF need nothing: no session, person, form, page or host name.

    All other addresses go on to `application`.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._resolver = get_resolver(settings.LEAN_URLCONF)
        self._answer: Any = convert_exception_to_response(self._view)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match = self._match(environ.get("PATH_INFO", "/"))
        if match is None:
            return self._application(environ, start_response)
        # Of what Django's handler does around a request only this is missed: connections have an age, and break.
        close_old_connections()
        request = WSGIRequest(environ)
        request.resolver_match = match
        response = self._answer(request)
        content = response.content
        headers = [*response.items(), ("Content-Length", str(len(content)))]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        # A list is sent at once; anything else is taken for a stream.
        return [content]

    def _match(self, path: str) -> ResolverMatch | None:
        # Answered here, so that no error of a page is told as one "during the handling of" this one.
        try:
            return self._resolver.resolve(path)
        except Resolver404:
            return None

    def _view(self, request: HttpRequest) -> HttpResponse:
        match: Any = request.resolver_match
        return match.func(request, *match.args, **match.kwargs)
