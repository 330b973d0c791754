"""What is posted: the gateway's own shapes of a delivery report and of a reply, so that receivers of those read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from campaigns.gateway.reports import NAIROBI, numbered
from campaigns.models import Message, Reply

STATUS = Message.Status
# For what the gateway itself did not report, the words of its list that come closest (gateway-protocol.md).
OURS = {
    STATUS.ACCEPTED: ("5", "DeliveredToNetwork"),
    STATUS.REJECTED: ("21", "MessageRejected"),
    STATUS.SKIPPED: ("3", "DeliveryImpossible"),
    STATUS.CANCELLED: ("3", "DeliveryImpossible"),
    STATUS.EXPIRED: ("6", "DeliveryUncertain"),
    STATUS.UNKNOWN: ("6", "DeliveryUncertain"),
}


class DueCallback(NamedTuple):
    """An event that is to be posted, with what there is of its text; `phone` None: the text is gone.

    Its fields are the columns of `outbox.DUE`, in their order.
    """

    id: int
    message: int | None
    reply: int | None
    event: str
    reason: str
    detail: str
    at: datetime
    phone: str | None
    network: str | None
    posted_at: datetime | None
    delivered_at: datetime | None
    sender: str | None
    reference: str | None


def body_of_text(due: DueCallback) -> bytes:
    """The report of a text's state."""
    code, description = _said(due.event, due.reason, due.detail)
    at = due.delivered_at if due.event == STATUS.DELIVERED and due.delivered_at else due.at
    took = (at - due.posted_at).total_seconds() if due.posted_at else 0
    return _written(
        {
            "messageId": str(due.message),
            "dlrTime": _wall_time(at, "%Y-%m-%d %H:%M:%S"),
            "dlrStatus": code,
            "dlrDesc": description,
            "tat": max(0, round(took)),
            "network": due.network or "",
            "destaddr": due.phone or "",
            "sourceaddr": due.sender or "",
            "origin": due.network or "",
            "client_ref": due.reference or "",
            "reason": _reason(due.event, due.reason),
        }
    )


def body_of_reply(reply: Reply) -> bytes:
    """A reply as the gateway posts one; our id where it gave none. The key's place is there and empty."""
    return _written(
        {
            "api_token": "",
            "message": reply.text,
            "shortcode": reply.shortcode,
            "mobile": reply.phone,
            "inbox_id": reply.inbox_id or str(reply.pk),
            "service_id": str(reply.body.get("service_id") or ""),
            "network_name": reply.network,
            "timestamp": _wall_time(reply.received_at, "%Y%m%d%H%M%S"),
            "link_id": reply.link_id,
        }
    )


def sample_body(now: datetime) -> bytes:
    """A report of a text that there is not: id 0."""
    return body_of_text(
        DueCallback(
            id=0, message=0, reply=None, event=STATUS.DELIVERED, reason="", detail="DeliveredToTerminal",
            at=now, phone="254700000000", network="Test", posted_at=now, delivered_at=now, sender="TEST",
            reference="test",
        )
    )  # fmt: skip


def _said(event: str, reason: str, detail: str) -> tuple[str, str]:
    """Number and words: the report's own where there was one."""
    if event in (STATUS.DELIVERED, STATUS.UNDELIVERED):
        return numbered(detail, reason)
    return OURS[Message.Status(event)]


def _reason(event: str, reason: str) -> str:
    """Our word of why; what ended without one is told apart by how it ended."""
    return reason if reason or event in (STATUS.DELIVERED, STATUS.ACCEPTED) else event


def _wall_time(moment: datetime, how: str) -> str:
    return moment.astimezone(NAIROBI).strftime(how)


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
