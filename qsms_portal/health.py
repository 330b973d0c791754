"""Whether the process answers, and whether it can work."""

from __future__ import annotations

import tempfile
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from lib import room
from lib.commands import missing_migrations

TRIED_BYTES = 64 << 10
SORTED_ON_DISK = "SELECT count(*) FROM (SELECT md5(n::text) FROM generate_series(1, 5000) n ORDER BY 1 OFFSET 0) sorted"


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when the process answers; asks nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers, is migrated and has room to write, else 503.

    Redis away, or no room for files, is "degraded", and still 200.
    """
    parts = {"database": "ok", "migrations": "ok", "database_writes": "ok", "redis": _redis(), **_folders()}
    try:
        if missing_migrations():
            parts["migrations"] = "missing"
        _write_in_database()
    except DatabaseError as error:
        if room.is_full(error):
            parts["database_writes"] = "full"
        else:
            parts["database"] = "away"
            parts["migrations"] = parts["database_writes"] = "unknown"
    ready = all(parts[name] == "ok" for name in ("database", "migrations", "database_writes"))
    status = "unavailable" if not ready else "ok" if set(parts.values()) == {"ok"} else "degraded"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def writable_folders() -> dict[str, Path]:
    """Where the portal keeps files: its own, and what is being uploaded or read."""
    folders = {"uploads_folder": Path(tempfile.gettempdir())}
    if settings.EMBEDDED_DATABASE or settings.EMBEDDED_REDIS:
        folders["data_folder"] = settings.DATA_DIR
    return folders


def _folders() -> dict[str, str]:
    return {name: _written_in(folder) for name, folder in writable_folders().items()}


def _written_in(folder: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(TRIED_BYTES))
    except OSError as error:
        return "full" if room.is_full(error) else "not writable"
    return "ok"


@transaction.atomic
def _write_in_database() -> None:
    """Some hundred kilobytes that nobody keeps: a sort that finds no place in memory."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64kB'")
        cursor.execute(SORTED_ON_DISK)


def _redis() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "away"
    return "ok"
