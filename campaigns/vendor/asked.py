"""What a script asks for: its call read, every value as a string or a number, and each of its texts judged.

By docs/gateway-protocol.md and the vendor's page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.utils import timezone

from campaigns import gsm, placeholders
from campaigns.gateway import vendor_codes
from campaigns.gateway.loose import storable, text_of
from campaigns.planning.script_call import CallText
from lib import phones

MOST_TEXTS = 1000
LONGEST_REFERENCE = 64
LONGEST_VALUE = 200
FURTHEST = timedelta(days=30)
# What is due within a minute goes now: the clocks of scripts are no better than that.
SOON = timedelta(minutes=1)


class Refused(Exception):
    """Nothing of the call was written: the vendor's code, what is wrong in words, and the HTTP status.

    `retry_after` is seconds, where waiting helps.
    """

    def __init__(self, code: int, words: str = "", *, status: int = 200, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.code, self.words, self.status, self.retry_after = code, words, status, retry_after


@dataclass(frozen=True, slots=True)
class AskedText:
    """One text as it was asked for, `mobile` and `client_ref` to be told back; without `text` it is refused."""

    mobile: str
    client_ref: str
    text: CallText | None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class AskedCall:
    """`due_at` None: now."""

    sender: str
    texts: list[AskedText]
    due_at: datetime | None
    service_id: str


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was posted. Raises Refused."""
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, "A body has at most 16 MB.") from error
    except (UnreadablePostError, SuspiciousOperation) as error:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, "The body broke off.") from error
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, "The body is no JSON.") from error
    if not isinstance(body, dict):
        raise Refused(vendor_codes.UNSUPPORTED_DATA, "The body is no JSON object.")
    readable: dict[str, Any] = storable(body)
    return readable


def one_text(body: Mapping[str, Any]) -> AskedCall:
    """A call of `sendsms`. Raises Refused."""
    if _value(body, "response_type").lower() not in ("", "json"):
        raise Refused(vendor_codes.UNSUPPORTED_REQUEST, "The portal answers in JSON alone.")
    return _call(body, "shortcode", "service_id", [body])


def many_texts(body: Mapping[str, Any]) -> AskedCall:
    """A call of `sendmultiple`. Raises Refused."""
    texts = body.get("messages")
    if texts is None or texts in ("", []):
        raise Refused(vendor_codes.MISSING_PARAMETER, "`messages` is missing.")
    if not isinstance(texts, list):
        raise Refused(vendor_codes.UNSUPPORTED_DATA, "`messages` is no list.")
    if len(texts) > MOST_TEXTS:
        raise Refused(vendor_codes.UNSUPPORTED_REQUEST, f"A call has at most {MOST_TEXTS:,} texts, not {len(texts):,}.")
    return _call(body, "from", "serviceId", texts)


def _call(body: Mapping[str, Any], sender: str, service: str, texts: list[Any]) -> AskedCall:
    due_at = _due_at(_value(body, "date_send"), timezone.now())
    return AskedCall(_value(body, sender), [_text(one) for one in texts], due_at, _value(body, service)[:64])


def _text(one: Any) -> AskedText:
    if not isinstance(one, dict):
        wrong = Refused(vendor_codes.UNSUPPORTED_DATA, "This is no JSON object.")
        return AskedText("", "", None, wrong)
    mobile, reference = text_of(one.get("mobile")), text_of(one.get("client_ref"))
    try:
        phone, message = _phone(one), _message(one)
        text = CallText(phone, message, _reference(one), gsm.part_count(message))
    except Refused as refused:
        return AskedText(mobile, reference, None, refused)
    return AskedText(text.phone, reference, text)


def _phone(one: Mapping[str, Any]) -> str:
    written = _value(one, "mobile")
    if not written:
        raise Refused(vendor_codes.MISSING_PARAMETER, "`mobile` is missing.")
    try:
        return phones.read_phone(written).digits
    except phones.BadNumber as error:
        raise Refused(vendor_codes.WRONG_NUMBER, str(error)) from error


def _message(one: Mapping[str, Any]) -> str:
    written = one.get("message")
    if written is not None and not isinstance(written, str):
        written = _value(one, "message")
    text = placeholders.normalised(written or "")
    if not text.strip():
        raise Refused(vendor_codes.MISSING_PARAMETER, "`message` is missing.")
    if len(text) > gsm.LIMIT:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, f"The text is longer than {gsm.LIMIT} characters.")
    return text


def _reference(one: Mapping[str, Any]) -> str:
    reference = _value(one, "client_ref")
    if len(reference) > LONGEST_REFERENCE:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, f"`client_ref` has at most {LONGEST_REFERENCE} characters.")
    return reference


def _value(body: Mapping[str, Any], name: str) -> str:
    """A string or number as text, "" for none. Raises Refused where it is neither."""
    value = body.get(name)
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        raise Refused(vendor_codes.UNSUPPORTED_DATA, f"`{name}` is neither a string nor a number.")
    return text_of(value, LONGEST_VALUE)


def _due_at(written: str, now: datetime) -> datetime | None:
    """When it is to go; None: now. Without an offset it is the wall time of the portal's zone, which is Nairobi's."""
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
        at = at if at.tzinfo else at.replace(tzinfo=timezone.get_default_timezone())
        ahead = at - now
    except (ValueError, OverflowError) as error:
        words = "`date_send` is to be as 2026-01-31 16:40:00."
        raise Refused(vendor_codes.UNSUPPORTED_DATA, words) from error
    if ahead > FURTHEST:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, f"`date_send` is at most {FURTHEST.days} days ahead.")
    return at if ahead > SOON else None
