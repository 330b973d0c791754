"""Single values of the gateway's JSON, which come as number or text, empty, null or not at all."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

LARGEST = 10**9
AMOUNT = re.compile(r"(?:[A-Za-z]{1,5}\.?\s*)?(-?[0-9]{1,9}(?:\.[0-9]{1,12})?)(?:\s*[A-Za-z]{1,5})?")


def text_of(value: Any, longest: int = 200) -> str:
    """The value as text that a database takes: no NUL, no half of a surrogate pair; "" for what is no single value."""
    if isinstance(value, str):
        text = value if value.isascii() else value.encode("utf-8", "replace").decode()
        if "\0" in text:
            text = text.replace("\0", "")
        return text.strip()[:longest]
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        # Python itself refuses to write out a number of more than 4,300 digits.
        return str(value)[:longest] if -(10**60) < value < 10**60 else ""
    if isinstance(value, float) and math.isfinite(value):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value))[:longest]
    if isinstance(value, list) and value and not isinstance(value[0], list):
        return text_of(value[0], longest)
    return ""


def gateway_id_of(value: Any) -> str:
    """The gateway's id of a message; "" where it is 0, empty or missing, which is how it says that there is none."""
    text = text_of(value, 64)
    return "" if text == "0" else text


def amount_of(value: Any) -> Decimal | None:
    """An amount to four places ("0.8", 1, "KES 0.80"); None where none can be read."""
    if isinstance(value, str):
        return _amount_in(value)
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        return None
    return _to_four_places(str(value)) if abs(value) < LARGEST else None


@lru_cache(maxsize=1024)
def _amount_in(written: str) -> Decimal | None:
    found = AMOUNT.fullmatch(written.strip().replace(",", ""))
    return _to_four_places(found.group(1)) if found else None


def _to_four_places(written: str) -> Decimal:
    return Decimal(written).quantize(Decimal("0.0001"))


def phone_of(value: Any) -> str:
    """Digits with the country code; a Kenyan number in its short form (0712..., 712...) is completed."""
    if isinstance(value, str) and len(value) == 12 and value.isdigit() and value.isascii():
        return value
    digits = "".join(sign for sign in text_of(value, 40) if sign in "0123456789").removeprefix("00")
    subscriber = digits.removeprefix("0")
    if len(subscriber) == 9 and subscriber[0] in "17":
        return "254" + subscriber
    return digits[:15]


def storable(value: Any) -> Any:
    """The same JSON without what PostgreSQL refuses: NUL, halves of surrogate pairs, numbers that are not finite.

    https://www.postgresql.org/docs/18/datatype-json.html
    """
    if isinstance(value, str):
        return value.replace("\0", " ").encode(errors="replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    return value
