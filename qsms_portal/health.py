"""Whether the process answers, and whether it can work."""

from __future__ import annotations

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

from lib.commands import missing_migrations


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when the process answers; asks nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and is migrated, else 503. Redis away is "degraded", and still 200."""
    parts = {"database": "ok", "migrations": "ok", "redis": _redis()}
    try:
        if missing_migrations():
            parts["migrations"] = "missing"
    except DatabaseError:
        parts["database"], parts["migrations"] = "away", "unknown"
    ready = parts["database"] == "ok" and parts["migrations"] == "ok"
    status = "unavailable" if not ready else "ok" if parts["redis"] == "ok" else "degraded"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def _redis() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "away"
    return "ok"
