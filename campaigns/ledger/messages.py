"""A run's texts, newest batch first: found through the batches' tallies, so that a rare status is found at once.

No index of the texts knows their status: an answer or a report would have to keep it. A batch knows which statuses and
reasons its texts have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from campaigns.models import Batch, Message, Run

BATCHES_AT_ONCE = 50


@dataclass(frozen=True)
class MessageQuery:
    """Which texts: of a status, for a reason, to a number or to numbers that begin so; empty is any."""

    status: str = ""
    reason: str = ""
    phone: str = ""
    phone_begins: str = ""

    def of(self, messages: QuerySet[Message]) -> QuerySet[Message]:
        if self.status:
            messages = messages.filter(status=self.status)
        if self.reason:
            messages = messages.filter(reason=self.reason)
        if self.phone:
            messages = messages.filter(phone=self.phone)
        if self.phone_begins:
            # A range, not LIKE: any order of letters has digits in theirs, and the index is an ordinary one.
            messages = messages.filter(phone__gte=self.phone_begins, phone__lte=self.phone_begins.ljust(15, "9"))
        return messages

    def batches_of(self, run: Run) -> QuerySet[Batch]:
        batches = Batch.objects.filter(run=run)
        if self.status:
            batches = batches.filter(tally__has_key=self.status)
        if self.reason:
            batches = batches.filter(Q(left_out__has_key=self.reason) | Q(failures__has_key=self.reason))
        return batches


def messages_page(run: Run, wanted: MessageQuery, *, limit: int, before: int | None = None) -> list[Message]:
    """Up to `limit` texts, newest batch first and newest first in it, that come after the text `before`."""
    if wanted.phone or wanted.phone_begins:
        found = wanted.of(Message.objects.filter(run=run))
        return list((found if before is None else found.filter(pk__lt=before)).order_by("-pk")[:limit])
    rows: list[Message] = []
    for messages in _by_batches(run, wanted, before):
        rows += messages[: limit - len(rows)]
        if len(rows) == limit:
            break
    return rows


def all_messages(run: Run, wanted: MessageQuery) -> Iterator[Message]:
    """All of a run's texts that are wanted, in the same order; memory stays at some batches."""
    if wanted.phone or wanted.phone_begins:
        yield from wanted.of(Message.objects.filter(run=run)).order_by("-pk")
        return
    for messages in _by_batches(run, wanted, None):
        yield from messages


def _by_batches(run: Run, wanted: MessageQuery, before: int | None) -> Iterator[QuerySet[Message]]:
    batches = wanted.batches_of(run).order_by("-pk")
    after = Q()
    if before is not None:
        last = Message.objects.filter(pk=before, run=run).values_list("batch_id", flat=True).first()
        if last is None:
            return
        batches = batches.filter(pk__lte=last)
        after = Q(batch__lt=last) | Q(batch=last, pk__lt=before)
    while chosen := list(batches.values_list("pk", flat=True)[:BATCHES_AT_ONCE]):
        yield wanted.of(Message.objects.filter(after, batch__in=chosen)).order_by("-batch", "-pk")
        batches = batches.filter(pk__lt=chosen[-1])
