"""A person says whether a reply was a STOP: one that waits for it, or one that was read as STOP."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from campaigns.delivery import replies
from campaigns.models import Reply
from campaigns.models.transitions import NotPossible
from contacts.opt_outs import one


@transaction.atomic
def read_reply(reply: Reply, user: User, *, as_stop: bool) -> None:
    """Opt its number out, or text it again; what somebody else has put down stays. Raises NotPossible."""
    replies.wait_for_others_of(reply.phone)
    before = Reply.objects.to_be_read().filter(pk=reply.pk).values_list("reading", flat=True).first()
    if before is None:
        raise NotPossible("What this reply means is known already. Nothing was changed.")
    reading = Reply.Reading.MEANT_STOP if as_stop else Reply.Reading.NO_STOP
    Reply.objects.filter(pk=reply.pk).update(reading=reading)
    record("reply read", f"reply {reply.pk}", user=user, as_stop=as_stop)
    if as_stop:
        one.said_stop(reply.phone, replies.quoted(reply), user=user)
        replies.settle_earlier(reply.phone, reading)
    elif before == Reply.Reading.READ_AS_STOP:
        one.said_start(reply.phone)
