"""Replies as rows of a file: conversation after conversation, each from its oldest reply on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from campaigns.models import Conversation, Reply
from campaigns.models.conversation import ConversationQuerySet
from campaigns.reporting.inbox import people_of
from lib import phones

HEADINGS = (
    "phone", "name", "group", "text", "received_at", "sent_to", "network", "what_was_done", "read", "assigned_to",
    "done_at",
)  # fmt: skip
AT_ONCE = 200


def reply_rows(conversations: ConversationQuerySet, *, is_searched: bool = False) -> Iterator[list[Any]]:
    """Under HEADINGS; `conversations` are in the order of the list, newest first, and read in slices.

    A search is made once, for its ids, and not again for each slice.
    """
    if is_searched:
        conversations = Conversation.objects.filter(pk__in=list(conversations.values_list("pk", flat=True)))
    conversations = conversations.select_related("assigned_to")
    some = list(conversations[:AT_ONCE])
    while some:
        yield from _rows(some)
        some = list(conversations.filter(last_reply__lt=some[-1].last_reply)[:AT_ONCE])


def _rows(some: list[Conversation]) -> Iterator[list[Any]]:
    by_phone = {one.phone: one for one in some}
    people = people_of(by_phone)
    order = {phone: place for place, phone in enumerate(by_phone)}
    replies = Reply.objects.filter(phone__in=by_phone).order_by("pk")
    for reply in sorted(replies, key=lambda one: order[one.phone]):
        conversation = by_phone[reply.phone]
        names, groups = people.get(reply.phone, ([], []))
        yield [
            phones.local_number(reply.phone) if reply.phone else "",
            ", ".join(names),
            ", ".join(groups),
            reply.text,
            _at(reply.received_at),
            reply.shortcode,
            reply.network,
            reply.act_in_words,
            "yes" if reply.is_read else "no",
            conversation.assigned_to.called if conversation.assigned_to else "",
            _at(conversation.done_at),
        ]


def _at(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
