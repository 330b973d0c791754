"""Repeats of a POST: what was answered first to an `Idempotency-Key`, kept for two days."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiKey, IdempotentAnswer

ANSWERS_KEPT = timedelta(hours=48)
LONGEST_KEY = 255


class RepeatKey:
    """The `Idempotency-Key` of a request, which has one; all of it within one transaction."""

    def __init__(self, request: HttpRequest, api_key: ApiKey) -> None:
        self.api_key = api_key
        self.key = request.headers["Idempotency-Key"]
        self.asked = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()

    def first_answer(self) -> IdempotentAnswer | None:
        """What the first request with this key was answered. A second one waits here for the first one's commit."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [self.key, self.api_key.pk])
        mine = IdempotentAnswer.objects.filter(api_key=self.api_key, key=self.key)
        mine.filter(created_at__lt=timezone.now() - ANSWERS_KEPT).delete()
        return mine.first()

    def is_of(self, first: IdempotentAnswer) -> bool:
        """Whether this request is the one that was answered so."""
        return first.request_hash == self.asked

    def keep(self, status: int, body: Any) -> None:
        IdempotentAnswer.objects.create(
            api_key=self.api_key, key=self.key, request_hash=self.asked, status_code=status, body=body
        )
