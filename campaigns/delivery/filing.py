"""New replies go into the inbox: who wrote is there or comes back, and a word that has an answer is answered.

A reply is stored before it is answered to the gateway, and new; what is new is found here by that mark. Whoever files
takes replies that nobody has in hand, and all that becomes of them is one transaction: it happened, or they are new.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from campaigns.delivery.auto_answers import WordAnswers
from campaigns.models import Conversation, Reply, Rules

SLICE = 100

# In the order of the numbers, as everybody who files takes them. Who needs nobody is done from the beginning; who needs
# somebody comes back by the statement after it.
MAKE_OR_MOVE = """
INSERT INTO campaigns_conversation AS c (phone, last_reply, last_at, done_at, auto_answered_at)
SELECT phone, max(id), max(received_at), max(received_at), max(answered_at)
FROM campaigns_reply WHERE id = ANY(%s) GROUP BY phone ORDER BY phone
ON CONFLICT (phone) DO UPDATE SET last_reply = greatest(c.last_reply, excluded.last_reply),
    last_at = greatest(c.last_at, excluded.last_at),
    auto_answered_at = greatest(c.auto_answered_at, excluded.auto_answered_at)
"""


@dataclass(frozen=True, slots=True)
class Filed:
    """How many replies, and how many of them were answered: these are to be sent."""

    replies: int
    answered: int


def replies_are_new() -> bool:
    return Reply.objects.new().exists()


@transaction.atomic
def file_new(*, answering: bool = True) -> Filed:
    """File some of those that are new and that nobody else files; none: there are no more now.

    Not `answering`: all are left to people, where answering them went wrong.
    """
    new = Reply.objects.new().order_by("pk").select_for_update(skip_locked=True, no_key=True)
    return _file(list(new[:SLICE]), WordAnswers() if answering else None)


@transaction.atomic
def file_up_to(reply: Reply, *, answering: bool) -> None:
    """File this reply and those of its number before it, for whoever asks before their turn; waits for who is at it."""
    new = Reply.objects.new().filter(phone=reply.phone, pk__lte=reply.pk).order_by("pk")
    _file(list(new.select_for_update(no_key=True)), WordAnswers() if answering else None)


def _file(replies: Sequence[Reply], answers: WordAnswers | None) -> Filed:
    if not replies:
        return Filed(0, 0)
    with connection.cursor() as cursor:
        cursor.execute(MAKE_OR_MOVE, [[one.pk for one in replies]])
    unread = [one for one in replies if one.needs_a_person and not (answers and answers.answer(one))]
    _state([one.pk for one in replies if one not in unread], Reply.State.READ)
    mails = bool(settings.EMAIL_URL and Rules.objects.values_list("reply_mails", flat=True).get(pk=1))
    _state([one.pk for one in unread], Reply.State.UNREAD, is_to_mail=mails)
    phones = {one.phone for one in unread}
    Conversation.objects.filter(phone__in=phones).update(is_unread=True, done_at=None)
    return Filed(len(replies), answers.count if answers else 0)


def _state(replies: Collection[int], state: str, **changes: bool | datetime) -> None:
    Reply.objects.new().filter(pk__in=replies).update(state=state, **changes)
