"""What somebody types stays in their browser (`static/js/typed.js`) until the answer to it says that it was saved."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SECONDS = 300

Response = TypeVar("Response", bound=HttpResponse)


def say_saved(request: HttpRequest, response: Response) -> Response:
    """Have the browser forget what was typed at the address of `request`; for a script of ours to read."""
    response.set_cookie("saved", request.path, max_age=SECONDS, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
    return response
