"""What goes over the wire, as values: texts, the bodies that are posted, and what an answer comes down to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from campaigns.gateway.codes import Verdict
from campaigns.gateway.reports import NAIROBI, Outcome

# A clock of ours that runs fast would otherwise make the gateway hold the texts back.
BACKDATED = timedelta(minutes=1)


# A hundred of each are made for every call: named tuples cost a fifth of what frozen dataclasses do.
class Text(NamedTuple):
    """One text to post. `phone` is digits with the country code, `client_ref` ours and unique in a call."""

    phone: str
    text: str
    client_ref: str


class Postable(Protocol):
    """Whatever can be posted as a Text is."""

    @property
    def phone(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def client_ref(self) -> str: ...


class ItemReply(NamedTuple):
    """What the gateway answered for one text. `code` and `words` are as they came; `reason` is the table's."""

    message_id: str
    phone: str
    verdict: Verdict
    reason: str = ""
    code: str = ""
    words: str = ""
    cost: Decimal | None = None
    network: str = ""
    counts_as_dead: bool = False
    suppresses_promotional: bool = False


@dataclass(frozen=True, slots=True)
class CallReply:
    """The answers in the order of the texts, None where none came for a text; `balance` after the call, if told."""

    items: tuple[ItemReply | None, ...]
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    balance_kes: Decimal | None
    sms_remaining: int | None
    rate_per_sms: Decimal | None


@dataclass(frozen=True, slots=True)
class StatusReply:
    """What the gateway says of one message when it is asked: `status` as it came, and what it means."""

    status: str
    outcome: Outcome
    reason: str
    words: str
    known: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedContact:
    """A contact that the gateway did not take: its place in the call, None where it names none of them, and why."""

    place: int | None
    words: str


@dataclass(frozen=True, slots=True)
class ContactsReply:
    """What became of contacts that were posted; all that are not refused were taken."""

    refused: tuple[RefusedContact, ...] = ()


def nairobi_stamp(now: datetime) -> str:
    """The `date_send` of a text that is to go at once: `now` (aware) on Nairobi's wall clock, less one minute."""
    return (now - BACKDATED).astimezone(NAIROBI).strftime("%Y-%m-%d %H:%M:%S")


def multiple_request(texts: Sequence[Postable], *, api_key: str, sender: str, service_id: str, date_send: str) -> bytes:
    """The body of sendmultiple."""
    return _posted(
        {
            "api_key": api_key,
            "serviceId": service_id,
            "from": sender,
            "date_send": date_send,
            "messages": [{"mobile": text.phone, "message": text.text, "client_ref": text.client_ref} for text in texts],
        }
    )


def single_request(text: Postable, *, api_key: str, sender: str, service_id: str, date_send: str) -> bytes:
    """The body of sendsms; it has no place for a client_ref."""
    return _posted(
        {
            "api_key": api_key,
            "service_id": int(service_id) if service_id.isdecimal() else service_id,
            "mobile": text.phone,
            "response_type": "json",
            "shortcode": sender,
            "message": text.text,
            "date_send": date_send,
        }
    )


def contacts_request(group: str, contacts: Sequence[Mapping[str, str]], *, api_key: str) -> bytes:
    """The body of the call that brings contacts."""
    return _posted({"api_key": api_key, "group": group, "contacts": contacts})


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _posted(request: Mapping[str, Any]) -> bytes:
    return _encode(request).encode("ascii")
