"""What was written to and fro with one number: texts and replies in the order of their times, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from campaigns.models import Message, Reply
from campaigns.reporting.told import Told, told_of
from lib.row_ids import row_id

PAGE = 40
# As `row_id` reads it again.
LARGEST_ID = 10**18 - 1


@dataclass(frozen=True, slots=True)
class Piece:
    """Either a text of ours or a reply."""

    at: datetime
    reply: Reply | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: what comes before it has smaller ids than these."""

    replies: int
    texts: int

    @classmethod
    def read(cls, replies: str | None, texts: str | None) -> Place | None:
        """As an address has it; None for the newest page."""
        reply, text = row_id(replies), row_id(texts)
        return None if reply is None or text is None else cls(reply, text)


@dataclass(frozen=True, slots=True)
class Thread:
    """Oldest first; `earlier` is where the page before begins, None where there is none."""

    pieces: list[Piece]
    earlier: Place | None


def thread_with(phone: str, place: Place | None = None) -> Thread:
    """The newest pieces before `place`: of each kind by its own ids, which an index has beside the number."""
    replies = Reply.objects.filter(phone=phone)
    # Texts to whoever has no number there are none of.
    texts = Message.objects.to_phone(phone).select_related("batch__sender", "run__campaign", "created_by")
    if place is not None:
        replies, texts = replies.filter(pk__lt=place.replies), texts.filter(pk__lt=place.texts)
    some_replies = list(replies.order_by("-pk")[: PAGE + 1])
    some_texts = list(texts.order_by("-pk")[: PAGE + 1]) if phone else []
    newest = list(islice(_newest_first(some_replies, some_texts), PAGE + 1))
    shown = newest[:PAGE]
    earlier = _place_after(shown, place) if len(newest) > PAGE else None
    # A text that waited for its time has an older id than one that went before it.
    return Thread(sorted(shown, key=lambda one: one.at), earlier)


def _newest_first(replies: list[Reply], texts: list[Message]) -> Iterator[Piece]:
    came = (Piece(one.received_at, reply=one) for one in replies)
    sent = (Piece(_time_of(one.message), told=one) for one in told_of(texts))
    return merge(came, sent, key=lambda one: one.at, reverse=True)


def _time_of(text: Message) -> datetime:
    return text.posted_at or text.accepted_at or text.created_at


def _place_after(shown: list[Piece], before: Place | None) -> Place:
    replies = [one.reply.pk for one in shown if one.reply]
    texts = [one.told.message.pk for one in shown if one.told]
    return Place(
        min(replies, default=before.replies if before else LARGEST_ID),
        min(texts, default=before.texts if before else LARGEST_ID),
    )
