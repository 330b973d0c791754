"""A single text that is looked at with its price before it is sent, and sent once, however often Send is pressed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core import signing
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from campaigns import gsm
from campaigns.models import Sender
from campaigns.planning import single
from campaigns.writing import prices, writer

OPENED_FOR_SECONDS = 24 * 3600


def looked_at(phone: str, text: str, sender: Sender) -> dict[str, Any]:
    """What the page shows of it; `opened` is what its Send posts."""
    whole = text + writer.ending(sender, single.kind_of(sender))
    counted = gsm.count(whole)
    return {
        "sample": {"phone": phone, "name": "", "text": whole, "parts": counted.parts},
        "counted": counted,
        "price": prices.price_of_part(sender) * counted.parts,
        "opened": signing.dumps(str(timezone.now())),
    }


def opened_at(token: str) -> datetime | None:
    """When the page was opened whose Send was pressed; None where none was."""
    try:
        return parse_datetime(signing.loads(token, max_age=OPENED_FOR_SECONDS))
    except signing.BadSignature:
        return None
