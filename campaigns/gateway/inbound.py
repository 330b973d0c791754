"""Replies: what the gateway posts when somebody answers a text. Only short codes can receive them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.gateway.loose import gateway_id_of, phone_of, storable, text_of

LONGEST_TEXT = 2_000
SECRETS = frozenset(["api_token", "api_key"])
# A shorter one is another short code or a service's own number, which no text of ours ever went to.
SHORTEST_PHONE = 10


@dataclass(frozen=True, slots=True)
class Inbound:
    """One reply; every field is text, empty where it did not come. `body` is what came, without the key in it."""

    phone: str
    text: str
    shortcode: str
    inbox_id: str
    network: str
    link_id: str
    body: dict[str, Any]


def read_inbound(body: Mapping[str, Any]) -> Inbound:
    """A reply in the fields of siblings of this gateway (gateway-protocol: Replies); never raises."""
    phone = phone_of(body.get("mobile"))
    return Inbound(
        phone=phone if len(phone) >= SHORTEST_PHONE else "",
        text=text_of(body.get("message"), LONGEST_TEXT),
        shortcode=text_of(body.get("shortcode"), 20),
        inbox_id=gateway_id_of(body.get("inbox_id")),
        network=text_of(body.get("network_name"), 30),
        link_id=text_of(body.get("link_id"), 64),
        body=storable({key: value for key, value in body.items() if key.lower() not in SECRETS}),
    )
