"""Replies are mailed on to the addresses in the rules: those of some minutes together, so that a flood is a few mails.

A mail that was handed over by a worker that ends before it has written that down goes out once more.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Reply, Rules
from lib import phones
from lib.mail import mail

ONE_IN = timedelta(minutes=2)
MOST_TOGETHER = 2_000
MOST_SHOWN = 50

# Whoever comes second within the time changes nothing.
TAKE_TURN = """
INSERT INTO campaigns_replymail AS r (id, tried_at) VALUES (1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET tried_at = excluded.tried_at WHERE r.tried_at <= clock_timestamp() - %(one_in)s
"""
IS_DUE = """
SELECT EXISTS (SELECT FROM campaigns_reply WHERE is_to_mail)
    AND NOT EXISTS (SELECT FROM campaigns_replymail WHERE tried_at > clock_timestamp() - %(one_in)s)
"""


def mails_are_due() -> bool:
    """Whether replies wait to be mailed, and it is time."""
    if not settings.EMAIL_URL:
        return False
    with connection.cursor() as cursor:
        cursor.execute(IS_DUE, {"one_in": ONE_IN})
        return bool(cursor.fetchone()[0])


def addresses() -> list[str]:
    written = Rules.objects.values_list("reply_mails", flat=True).get(pk=1)
    return [one.strip() for one in written.split(",") if one.strip()]


def mail_replies() -> int:
    """Mail on what waits; how many replies a server took. Where none takes them they are tried again after minutes."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TURN, {"one_in": ONE_IN})
        if not cursor.rowcount:
            return 0
    replies = list(Reply.objects.to_mail().order_by("pk")[:MOST_TOGETHER])
    if not replies:
        return 0
    people = addresses()
    subject, body = _mail_of(replies)
    # Whoever is named in the rules no more is mailed nothing of what waited.
    taken = [mail(subject, body, one) for one in people]
    if people and not any(taken):
        return 0
    Reply.objects.filter(pk__in=[one.pk for one in replies]).update(is_to_mail=False)
    return len(replies) if people else 0


def _number(reply: Reply) -> str:
    return phones.local_number(reply.phone) if reply.phone else "No mobile number"


def _time(reply: Reply) -> str:
    return f"{timezone.localtime(reply.received_at):%-d %b %Y, %H:%M}"


def _mail_of(replies: list[Reply]) -> tuple[str, str]:
    context = {
        "replies": [(_number(one), _time(one), one.text) for one in replies[:MOST_SHOWN]],
        "more": max(len(replies) - MOST_SHOWN, 0),
        "address": f"{settings.PUBLIC_URL}{reverse('replies')}?show=unread",
    }
    subject = "1 reply" if len(replies) == 1 else f"{len(replies):,} replies"
    return subject, render_to_string("campaigns/reply_mail.txt", context)
