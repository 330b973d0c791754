"""What the gateway makes of a call and of each text in it: the status code it answers, by the vendor's list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from campaigns.gateway.vendor_codes import (
    MISSING_PARAMETER,
    SUCCESS,
    UNSUPPORTED_DATA,
    WRONG_KEY,
    WRONG_NUMBER,
    WRONG_SENDER,
)

NAIROBI = timezone(timedelta(hours=3))  # no summer time, now or ever before

KENYAN = re.compile(r"254[17]\d{8}", re.ASCII)
ABROAD = re.compile(r"(?!254)[1-9]\d{9,14}", re.ASCII)


def key_is_right(authorization: str, key_in_body: object, expected: str) -> bool:
    """Both places must hold the same key; any will do where none is expected."""
    scheme, _, bearer = authorization.partition(" ")
    if scheme.lower() != "bearer" or not bearer or key_in_body not in (None, bearer):
        return False
    return not expected or bearer == expected


def judge_call(body: Mapping[str, Any], authorization: str, expected_key: str, sender: object) -> int:
    if not key_is_right(authorization, body.get("api_key") or "", expected_key):
        return WRONG_KEY
    if not isinstance(sender, str) or not sender.strip():
        return WRONG_SENDER
    return SUCCESS


def judge_text(text: object) -> int:
    if not isinstance(text, dict):
        return UNSUPPORTED_DATA
    mobile, message = text.get("mobile"), text.get("message")
    if not mobile or not message:
        return MISSING_PARAMETER
    if not isinstance(message, str):
        return UNSUPPORTED_DATA
    return judge_number(str(mobile))


def judge_number(digits: str) -> int:
    return SUCCESS if KENYAN.fullmatch(digits) or ABROAD.fullmatch(digits) else WRONG_NUMBER


def seconds_held(date_send: object, now: float) -> float | None:
    """How long a text waits for its `date_send`, Nairobi time. None: that is no such time."""
    if date_send in (None, ""):
        return 0.0
    try:
        due = datetime.strptime(str(date_send), "%Y-%m-%d %H:%M:%S").replace(tzinfo=NAIROBI)
        return max(0.0, due.timestamp() - now)
    except (ValueError, OverflowError):
        return None


def operator_of(mobile: str) -> str:
    """Whose number it is, roughly: the gateway names the operator in its reports."""
    if not mobile.startswith("254"):
        return ""
    prefix = mobile[3:6]
    airtel = prefix[:2] in {"73", "78", "10"} or "750" <= prefix <= "756" or prefix == "762"
    return "Airtel" if airtel else "Safaricom"
