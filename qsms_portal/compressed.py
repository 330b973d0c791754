"""Middleware: answers that are made whole go out compressed, to whoever takes that."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Compressed(GZipMiddleware):
    """Django's, with its mask against guessing from lengths.

    A download goes out as it is made, with its length where that is known: by both a file that broke off is told from
    a whole one. Styles and scripts are compressed where they are collected.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming:
            return response
        return super().process_response(request, response)
