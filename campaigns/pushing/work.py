"""A copy to the gateway from its claim to the end. Its cursor moves with each slice that the gateway answered for.

Whoever dies is followed by one that posts that slice again, at most: the gateway keeps a number once.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from campaigns.gateway.client import Gateway
from campaigns.gateway.codes import Verdict
from campaigns.gateway.errors import GatewayError, Refused, Unreachable
from campaigns.gateway.wire import ContactsReply
from campaigns.models import ContactPush
from campaigns.pushing.slices import Slice, next_slice
from campaigns.sending import NO_GATEWAY
from contacts.models import Contact, ContactGroup

log = logging.getLogger(__name__)

LEASE_SLACK = timedelta(seconds=10)
STANDS_STILL_AFTER = timedelta(seconds=30)
MOST_ATTEMPTS = 8
FIRST_REST_SECONDS = 5
LONGEST_REST_SECONDS = 300
REFUSED_KEPT = 1_000
GONE = "The group was deleted meanwhile. What was copied stays at Q SMS."
GAVE_UP = "It stopped half-way too often. Copy the group again."

Status = ContactPush.Status


def work_on_push(push_id: int, gateway: Gateway | None, *, seconds: float) -> bool:
    """Post slices for about so long, from where the last worker was; True where more is left that may go on at once."""
    push = _claim(push_id, timedelta() if gateway is None else gateway.deadline)
    if push is None:
        return False
    if gateway is None:
        return _fail(push, NO_GATEWAY)
    group = None if push.group_id is None else ContactGroup.objects.filter(pk=push.group_id).first()
    if group is None:
        return _fail(push, GONE)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        slice_ = next_slice(group, push.cursor)
        if slice_ is None:
            return _end(push, Status.DONE)
        try:
            reply = gateway.push_contacts(push.about, slice_.contacts) if slice_.contacts else ContactsReply()
        except GatewayError as error:
            return _fail(push, str(error)) if _is_in_vain(error) else _rest(push, error)
        if not _move_on(push, slice_, reply, gateway.deadline):
            return False
    return bool(_mine(push).update(status=Status.WAITING, lease_until=timezone.now()))


def pushes_standing_still(now: datetime) -> list[int]:
    """Copies that nobody works on: their task or worker was lost, or the gateway has rested for long enough."""
    lost = Q(status=Status.WAITING, lease_until=None, created_at__lt=now - STANDS_STILL_AFTER)
    left = Q(status__in=[Status.WAITING, Status.WORKING], lease_until__lt=now)
    return list(ContactPush.objects.filter(lost | left).order_by("pk").values_list("pk", flat=True)[:20])


def refused_rows(push: ContactPush) -> list[tuple[Contact | None, str]]:
    """The first that the gateway refused, and why; None where it named nobody, or the contact is gone."""
    known = Contact.objects.in_bulk([one["contact"] for one in push.refused if one["contact"] is not None])
    return [(known.get(one["contact"]), one["error"]) for one in push.refused]


def _claim(push_id: int, longest_call: timedelta) -> ContactPush | None:
    """The copy, for this worker to go on with; None where another does, the gateway rests, or it is over."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    under_way = ContactPush.objects.filter(free, pk=push_id, status__in=[Status.WAITING, Status.WORKING])
    lease = now + longest_call + LEASE_SLACK
    if not under_way.update(status=Status.WORKING, lease_until=lease, claim=F("claim") + 1, attempts=F("attempts") + 1):
        return None
    push = ContactPush.objects.get(pk=push_id)
    if push.attempts > MOST_ATTEMPTS:
        _fail(push, GAVE_UP)
        return None
    return push


def _mine(push: ContactPush) -> QuerySet[ContactPush]:
    return ContactPush.objects.filter(pk=push.pk, status=Status.WORKING, claim=push.claim)


def _move_on(push: ContactPush, slice_: Slice, reply: ContactsReply, longest_call: timedelta) -> bool:
    """Write down what became of a slice; False where another worker goes on with the copy by now."""
    refused = [
        {"contact": None if one.place is None else slice_.rows[one.place], "error": one.words} for one in reply.refused
    ]
    push.refused = (push.refused + refused)[:REFUSED_KEPT]
    push.cursor = slice_.last
    return bool(
        _mine(push).update(
            cursor=push.cursor,
            people=F("people") + slice_.numbers,
            opted_out=F("opted_out") + slice_.opted_out,
            refused=push.refused,
            refused_count=F("refused_count") + len(refused),
            attempts=0,
            error="",
            lease_until=timezone.now() + longest_call + LEASE_SLACK,
        )
    )


def _is_in_vain(error: GatewayError) -> bool:
    return isinstance(error, Refused) and error.verdict is not Verdict.PASSING


def _rest(push: ContactPush, error: GatewayError) -> bool:
    """Go on later, when the gateway says or after a while that grows; not for ever."""
    current = _mine(push).values_list("attempts", flat=True).first()
    if current is None:
        return False
    if current >= MOST_ATTEMPTS:
        return _fail(push, f"{error} It was tried {current} times.")
    told = error.retry_after if isinstance(error, Unreachable) else None
    seconds = FIRST_REST_SECONDS * 2**current if told is None else told
    until = timezone.now() + timedelta(seconds=min(seconds, LONGEST_REST_SECONDS))
    _mine(push).update(status=Status.WAITING, error=str(error)[:300], lease_until=until)
    return False


def _fail(push: ContactPush, words: str) -> bool:
    log.warning("Copy %s of group %s to Q SMS ended half-way: %s", push.pk, push.group_id, words)
    return _end(push, Status.FAILED, words)


def _end(push: ContactPush, status: Status, words: str = "") -> bool:
    _mine(push).update(status=status, error=words[:300], finished_at=timezone.now(), lease_until=None)
    return False
