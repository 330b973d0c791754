"""What reports do to the messages that they mean: final ones move them on, interim ones prove that they were taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from campaigns.delivery.binding import Binding, Taken
from campaigns.gateway.reports import Outcome
from campaigns.models import DeliveryReport, Message
from lib.prepared import in_binary

MOVE = """
UPDATE campaigns_message m SET
    status = r.outcome, reason = r.reason, detail = r.detail,
    network = coalesce(nullif(r.network, ''), m.network),
    gateway_id = CASE WHEN m.gateway_id = '' THEN r.gateway_id ELSE m.gateway_id END,
    accepted_at = coalesce(m.accepted_at, m.posted_at, clock_timestamp()),
    delivered_at = CASE WHEN r.outcome = 'delivered' THEN r.at END
FROM unnest(%(messages)b::bigint[], %(outcomes)b::varchar[], %(reasons)b::varchar[], %(details)b::varchar[],
    %(networks)b::varchar[], %(gateway_ids)b::varchar[], %(at)b::timestamptz[])
    AS r(message, outcome, reason, detail, network, gateway_id, at)
WHERE m.id = r.message AND m.status = ANY(CASE WHEN r.outcome = 'delivered' THEN %(before_delivered)s::varchar[]
    ELSE %(before_undelivered)s::varchar[] END)
RETURNING m.id
"""
# One that is queued again was posted before: it is not posted any more.
PROVE = """
UPDATE campaigns_message m SET
    status = CASE WHEN m.status IN ('uncertain', 'queued') THEN 'accepted' ELSE m.status END,
    reason = CASE WHEN m.status = 'uncertain' THEN '' ELSE m.reason END,
    gateway_id = CASE WHEN m.gateway_id = '' THEN r.gateway_id ELSE m.gateway_id END,
    accepted_at = coalesce(m.accepted_at, m.posted_at)
FROM unnest(%(messages)b::bigint[], %(gateway_ids)b::varchar[]) AS r(message, gateway_id)
WHERE m.id = r.message AND (m.status = 'uncertain' OR (m.status = 'queued' AND m.attempt > 1)
    OR (m.status IN ('accepted', 'unknown') AND m.gateway_id = ''))
"""
KEEP_IDS = """
INSERT INTO campaigns_givenid (gateway_id, message_id)
SELECT gateway_id, message FROM unnest(%b::varchar[], %b::bigint[]) AS r(gateway_id, message) WHERE gateway_id <> ''
"""


def move_reports(bound: Sequence[tuple[Taken, Binding]], proved: Collection[int] = ()) -> list[Taken]:
    """Apply reports to the messages that they mean, whose batches the caller has locked; returns those that moved one.

    Of several final ones for a message the first received counts: they come in that order. Messages that are `proved`
    were taken by the gateway, and no report says more of one of them.
    """
    final: dict[int, Taken] = {}
    interim: dict[int, str] = dict.fromkeys(proved, "")
    ids: dict[int, str] = {}
    learnt: list[tuple[str, int]] = []
    for one, verdict in bound:
        assert verdict.message is not None
        gateway_id = "" if verdict.bound == DeliveryReport.Bound.AMONG else one.gateway_id
        if one.outcome == Outcome.INTERIM.value:
            interim.setdefault(verdict.message, gateway_id)
        elif final.setdefault(verdict.message, one) is one:
            ids[verdict.message] = gateway_id
        if verdict.bound == DeliveryReport.Bound.BY_PHONE:
            learnt.append((one.gateway_id, verdict.message))
    if interim:
        in_binary(PROVE, {"messages": list(interim), "gateway_ids": list(interim.values())})
    if learnt:
        learnt = sorted(set(learnt))
        in_binary(KEEP_IDS, [[pk for pk, _ in learnt], [message for _, message in learnt]])
    return _move(final, ids) if final else []


def _move(reports: dict[int, Taken], ids: dict[int, str]) -> list[Taken]:
    taken = list(reports.values())
    found = in_binary(
        MOVE,
        {
            "messages": list(reports),
            "outcomes": [one.outcome for one in taken],
            "reasons": [one.reason for one in taken],
            "details": [one.description for one in taken],
            "networks": [one.network for one in taken],
            "gateway_ids": [ids[message] for message in reports],
            "at": [one.reported_at or one.received_at for one in taken],
            "before_delivered": Message.before(Message.Status.DELIVERED),
            "before_undelivered": Message.before(Message.Status.UNDELIVERED),
        },
    )
    moved = {row[0] for row in found.fetchall()}
    return [one for message, one in reports.items() if message in moved]
