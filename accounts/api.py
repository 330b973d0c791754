"""What every call of the REST API shares: keys, roles, errors of one shape, cursors, and repeats of a POST."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.security import HttpBearer

from accounts import attempts, key_use
from accounts.models import ApiKey
from accounts.repeats import LONGEST_KEY, RepeatKey
from accounts.requests import ApiRequest
from accounts.roles import Role

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class ApiError(Exception):
    """Ends a call with `{"error": {"code", "message", "fields"}}` and this HTTP status.

    `retry_after`: the seconds after which it may be tried again, where that is known.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: dict[str, Any] | None = None,
        *,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields or {}
        self.retry_after = retry_after

    def response(self) -> JsonResponse:
        told = {"error": {"code": self.code, "message": self.message, "fields": self.fields}}
        headers = {}
        if self.status == 401:
            # RFC 9110, 15.5.2: who is not let in is told by what they would be.
            headers["WWW-Authenticate"] = "Bearer"
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return JsonResponse(told, status=self.status, headers=headers)


class Key(HttpBearer):
    """`Authorization: Bearer KEY`, or `api_key` in the JSON body as the gateway's own clients send it."""

    def __call__(self, request: HttpRequest) -> ApiKey:
        key = identify(request)
        keep_to_rate(key)
        return key

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        return _key_of(request, token)


def identify(request: HttpRequest) -> ApiKey:
    """The key that signs `request`; that it was used, and from where, is noted. ApiError 401 where none may."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = _key_in_body(request)
    return _key_of(request, key.strip())


def keep_to_rate(key: ApiKey) -> None:
    """Count a call of `key`; ApiError 429 with `retry_after` where it has had its calls of this minute.

    To be called outside of the call's transaction: a call that is rolled back counts too.
    """
    if key.calls_a_minute is None:
        return
    seconds = key_use.count_call(key)
    if seconds is not None:
        message = f"This API key may call {key.calls_a_minute:,} times a minute. Try again when it is over."
        raise ApiError(429, "rate", message, retry_after=seconds)


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


def idempotent_outside(view: View) -> View:
    """As `idempotent`, for a call that waits for somebody else meanwhile, with no transaction open.

    Of two at once with one key both are done, and each is told what came of its own.
    """

    @wraps(view)
    def answer(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        repeat = _repeat_of(request)
        if repeat is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            if told := _told_first(repeat):
                return told
        response = _answered(view, request, args, kwargs)
        with transaction.atomic():
            if repeat.first_answer() is None:
                repeat.keep(response.status_code, json.loads(response.content))
        return response

    return answer


def _idempotent(view: View, as_of_now: Callable[[dict[str, Any]], dict[str, Any]]) -> View:

    @wraps(view)
    def answer(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        repeat = _repeat_of(request)
        if repeat is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            if told := _told_first(repeat, as_of_now):
                return told
            response = _answered(transaction.atomic(view), request, args, kwargs)
            repeat.keep(response.status_code, json.loads(response.content))
            return response

    return answer


def _repeat_of(request: ApiRequest) -> RepeatKey | None:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise ApiError(422, "invalid", f"An Idempotency-Key has at most {LONGEST_KEY} characters.")
    return RepeatKey(request, request.auth) if key else None


def _told_first(
    repeat: RepeatKey, as_of_now: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
) -> HttpResponse | None:
    """What the first request with this key was told; None where this is the first."""
    first = repeat.first_answer()
    if first is None:
        return None
    if not repeat.is_of(first):
        raise ApiError(409, "idempotency", "This Idempotency-Key came before with another request.")
    body = as_of_now(first.body) if first.status_code < 400 else first.body
    return JsonResponse(body, status=first.status_code, safe=False)


def _answered(view: View, request: ApiRequest, args: Any, kwargs: Any) -> HttpResponse:
    """A refusal is an answer too."""
    try:
        return view(request, *args, **kwargs)
    except ApiError as error:
        return error.response()


def _key_of(request: HttpRequest, token: str) -> ApiKey:
    keys = ApiKey.objects.select_related("owner").filter(revoked_at=None)
    key = keys.filter(hash=ApiKey.hash_of(token)).first() if token else None
    if key is None:
        raise ApiError(401, "unknown_key", "The API key is missing or unknown. Send `Authorization: Bearer KEY`.")
    if key.has_ended:
        raise ApiError(401, "unknown_key", f"This API key has ended: {key.last_day:%-d %B %Y} was its last day.")
    if key.owner is not None and not key.owner.is_active:
        raise ApiError(401, "unknown_key", "The person for whom this API key acts is not active any more.")
    key_use.note_use(key, attempts.address(request))
    return key


def _key_in_body(request: HttpRequest) -> str:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return ""
    key = body.get("api_key", "") if isinstance(body, dict) else ""
    return key if isinstance(key, str) else ""
