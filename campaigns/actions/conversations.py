"""What is done with whoever wrote: read, answered, given to somebody, done, opted out.

Each takes the number first, then the conversation, then its replies: so no two of them wait for each other, and what is
filed meanwhile is looked at afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns.audience import why_kept_out
from campaigns.audience.kept_out import KeptOut
from campaigns.delivery import filing, replies
from campaigns.models import Conversation, Message, Reply, Sender
from campaigns.models.transitions import NotPossible
from campaigns.planning import single
from campaigns.writing.senders import sender_to_answer
from contacts.models import OptOut
from contacts.opt_outs import one


class GetsNoTexts(Exception):
    """The number has opted out, or waits for somebody to say so: `why` tells it. Nothing was sent."""

    def __init__(self, why: KeptOut) -> None:
        super().__init__(why.words)
        self.why = why


class NoSenderToAnswer(Exception):
    """No sender ID may send: name or mend one in Settings."""


def mark_read(conversation: Conversation, user: User, *, up_to: int) -> int:
    """Its replies up to the one that was seen are read; how many were not."""
    with _held(conversation):
        return _read(conversation, up_to, user=user)


def mark_reply_read(reply: Reply, api_key: ApiKey) -> None:
    """This reply, and what the number wrote before it, is read; that it was before changes nothing."""
    with transaction.atomic():
        replies.wait_for_others_of(reply.phone)
        filing.file_up_to(reply, answering=True)
        conversation = Conversation.objects.get(phone=reply.phone)
        with _held(conversation):
            _read(conversation, reply.pk, api_key=api_key)


def answer_once(
    conversation: Conversation, text: str, sender: Sender, user: User, *, up_to: int, since: datetime
) -> Message:
    """Have `text` sent to whoever wrote; the same text once `since` then, however often it is asked for.

    What was seen when it was written, up to `up_to`, is read by it. Raises GetsNoTexts, TextCannotBeSent, OverLimit.
    """
    kind = single.kind_of(sender)
    with _held(conversation):
        _check(conversation.phone, kind)
        source = Message.Source.REPLY
        message = single.queue_single_once(
            conversation.phone, text, sender, user, source=source, kind=kind, since=since
        )
        _read(conversation, up_to, user=user)
    return message


def answer_reply(reply: Reply, text: str, api_key: ApiKey) -> Message:
    """A script's answer to a reply, which is read by it.

    Raises GetsNoTexts, NoSenderToAnswer, TextCannotBeSent, OverLimit.
    """
    with transaction.atomic():
        replies.wait_for_others_of(reply.phone)
        # A word that this answers is answered once.
        filing.file_up_to(reply, answering=False)
        sender = sender_to_answer(reply.shortcode)
        if sender is None:
            raise NoSenderToAnswer("No sender ID may send the answer: make one the default, or have its halt mended.")
        kind = single.kind_of(sender)
        conversation = Conversation.objects.get(phone=reply.phone)
        with _held(conversation):
            _check(reply.phone, kind)
            source = Message.Source.REPLY
            message = single.queue_single(reply.phone, text, sender, source=source, kind=kind, api_key=api_key)
            Reply.objects.filter(pk=reply.pk, answer=None).update(answer=message)
            _read(conversation, reply.pk, api_key=api_key)
    return message


def finish(conversation: Conversation, user: User, *, up_to: int) -> None:
    """There is nothing left to do until the number writes again. Raises NotPossible where it has meanwhile."""
    with _held(conversation):
        seen = Conversation.objects.open().filter(pk=conversation.pk, last_reply__lte=up_to)
        if not seen.update(done_at=timezone.now()):
            raise NotPossible("It is done already, or another reply came meanwhile. Look again.")
        _read(conversation, up_to, user=user)
        record("conversation done", f"conversation {conversation.pk}", user=user)


def reopen(conversation: Conversation, user: User) -> None:
    """Raises NotPossible where it is open."""
    with transaction.atomic():
        if not Conversation.objects.done().filter(pk=conversation.pk).update(done_at=None):
            raise NotPossible("It is open already.")
        record("conversation opened again", f"conversation {conversation.pk}", user=user)


def assign(conversation: Conversation, person: User | None, user: User) -> None:
    """Somebody is to see to it, or nobody. Raises NotPossible for who may not."""
    if person is not None and not (person.is_active and person.may_act_as(Role.COMPOSER)):
        raise NotPossible("This person may not see to replies.")
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(assigned_to=person)
        record("conversation assigned", f"conversation {conversation.pk}", user=user, to=person.pk if person else None)


def opt_out(conversation: Conversation, user: User) -> bool:
    """The person wants no texts, as somebody read it; what waits for a person to say so is said. False: it was so."""
    if not conversation.phone:
        raise NotPossible("There is no mobile number to opt out.")
    with _held(conversation):
        reason = "Asked by reply"
        source = OptOut.Source.PERSON
        _, is_new = one.opt_out(conversation.phone, OptOut.Scope.ALL, source=source, reason=reason, user=user)
        replies.settle_earlier(conversation.phone, Reply.Reading.MEANT_STOP)
    return is_new


@contextmanager
def _held(conversation: Conversation) -> Iterator[None]:
    """A transaction in which nobody else changes what is known of the number or of the conversation."""
    with transaction.atomic():
        replies.wait_for_others_of(conversation.phone)
        Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        yield


def _check(phone: str, kind: str) -> None:
    if not phone:
        raise NotPossible("There is no mobile number to answer to.")
    if why := why_kept_out(phone, kind):
        raise GetsNoTexts(why)


def _read(conversation: Conversation, up_to: int, *, user: User | None = None, api_key: ApiKey | None = None) -> int:
    unread = Reply.objects.filter(phone=conversation.phone, state=Reply.State.UNREAD)
    read = unread.filter(pk__lte=up_to).update(state=Reply.State.READ)
    if read:
        Conversation.objects.filter(pk=conversation.pk).update(is_unread=unread.exists())
        about = f"conversation {conversation.pk}"
        record("replies read", about, user=user, api_key=api_key, replies=read)
    return read
