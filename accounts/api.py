"""What every call of the REST API shares: keys, roles, errors of one shape, cursors, and repeats of a POST."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja.security import HttpBearer

from accounts.models import ApiKey, IdempotentAnswer
from accounts.requests import ApiRequest
from accounts.roles import Role
from lib import room

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
USED_AGAIN_AFTER = timedelta(minutes=1)
ANSWERS_KEPT = timedelta(hours=48)


class ApiError(Exception):
    """Ends a call with `{"error": {"code", "message", "fields"}}` and this HTTP status."""

    def __init__(self, status: int, code: str, message: str, fields: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields or {}

    def response(self) -> JsonResponse:
        told = {"error": {"code": self.code, "message": self.message, "fields": self.fields}}
        # RFC 9110, 15.5.2: who is not let in is told by what they would be.
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else None
        return JsonResponse(told, status=self.status, headers=headers)


class Key(HttpBearer):
    """`Authorization: Bearer KEY`, or `api_key` in the JSON body as the gateway's own clients send it."""

    def __call__(self, request: HttpRequest) -> ApiKey:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            key = _key_in_body(request)
        return self.authenticate(request, key.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:  # noqa: ARG002 - the parent calls it so
        keys = ApiKey.objects.select_related("owner").filter(revoked_at=None)
        key = keys.filter(hash=ApiKey.hash_of(token)).first() if token else None
        if key is None:
            raise ApiError(401, "unknown_key", "The API key is missing or unknown. Send `Authorization: Bearer KEY`.")
        if key.owner is not None and not key.owner.is_active:
            raise ApiError(401, "unknown_key", "The person for whom this API key acts is not active any more.")
        _note_use(key)
        return key


def require(request: ApiRequest, role: Role) -> ApiKey:
    """The key that signed `request`, where it may now do what `role` may; else ApiError 403."""
    key = request.auth
    acts_as = key.acts_as
    if acts_as is None:
        raise ApiError(403, "forbidden", "The person for whom this key acts has no role any more.")
    if not acts_as.includes(role):
        raise ApiError(
            403, "forbidden", f"This key acts as {acts_as.with_article}; the call needs {role.with_article}."
        )
    return key


def encode_cursor(pk: int) -> str:
    """A row's id as letters and digits."""
    digits = ""
    while pk:
        pk, digit = divmod(pk, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"


def decode_cursor(cursor: str) -> int:
    """The id in `cursor`; ApiError 422 where it is none of ours."""
    pk = int(cursor, 36) if cursor.isascii() and cursor.isalnum() else -1
    if not 0 <= pk < 1 << 63:
        raise ApiError(422, "invalid", "The cursor is none that was given out.", {"cursor": "unknown"})
    return pk


View = Callable[..., HttpResponse]


def strict_query(run: View) -> View:
    """422 for a call with query parameters that it does not know, or with one of them twice: a misspelt one would
    be as if it were not there. Decorates the `run` of the framework's operations.
    """
    models = run.__self__.models  # type: ignore[attr-defined]  # a method, of what knows the parameters
    known = {name for one in models if one.__ninja_param_source__ == "query" for name in one.__ninja_flatten_map__}

    @wraps(run)
    def run_strictly(request: HttpRequest, **path: Any) -> HttpResponse:
        wrong = {
            name: "This call takes it once." if name in known else "This call has no such parameter."
            for name, written in request.GET.lists()
            if name not in known or len(written) > 1
        }
        if not wrong:
            return run(request, **path)
        try:
            Key()(request)
        except ApiError as error:
            return error.response()
        return ApiError(422, "invalid", f"Parameters that cannot be used: {', '.join(wrong)}.", wrong).response()

    return run_strictly


def idempotent(view: View) -> View:
    """Give the first answer again to a POST that repeats an `Idempotency-Key` with the same body.

    The work, the key and the answer are one transaction. A second request with the key waits for the first one, under
    a lock of the transaction's. 409 where the body is another one. Server errors roll back and are not kept.
    """
    return _idempotent(view, lambda body: body)


def idempotent_as_of_now(as_of_now: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[View], View]:
    """As `idempotent`, for work that goes on after its answer: `told` makes of it how things are at the repeat."""
    return lambda view: _idempotent(view, as_of_now)


def _idempotent(view: View, as_of_now: Callable[[dict[str, Any]], dict[str, Any]]) -> View:

    @wraps(view)
    def answer(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return view(request, *args, **kwargs)
        if len(key) > 255:
            raise ApiError(422, "invalid", "An Idempotency-Key has at most 255 characters.")
        asked = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [key, request.auth.pk])
            mine = IdempotentAnswer.objects.filter(api_key=request.auth, key=key)
            mine.filter(created_at__lt=timezone.now() - ANSWERS_KEPT).delete()
            if first := mine.first():
                if first.request_hash != asked:
                    raise ApiError(409, "idempotency", "This Idempotency-Key came before with another request.")
                body = as_of_now(first.body) if first.status_code < 400 else first.body
                return JsonResponse(body, status=first.status_code, safe=False)
            try:
                with transaction.atomic():
                    response = view(request, *args, **kwargs)
            except ApiError as error:
                response = error.response()
            IdempotentAnswer.objects.create(
                api_key=request.auth,
                key=key,
                request_hash=asked,
                status_code=response.status_code,
                body=json.loads(response.content),
            )
            return response

    return answer


def _note_use(key: ApiKey) -> None:
    """On a full disk a key is good all the same: it may be the one that stops all sending."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > USED_AGAIN_AFTER:
        try:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        except OperationalError as error:
            if not room.is_full(error):
                raise


def _key_in_body(request: HttpRequest) -> str:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return ""
    key = body.get("api_key", "") if isinstance(body, dict) else ""
    return key if isinstance(key, str) else ""
