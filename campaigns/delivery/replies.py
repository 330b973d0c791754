"""Replies: kept, understood, and the STOP among them obeyed and confirmed, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.gateway import inbound
from campaigns.gateway.inbound import Inbound
from campaigns.models import Kind, Message, Reply, Sender
from campaigns.planning import single
from contacts.opt_outs import one
from contacts.opt_outs.stop_words import ReplyMeaning, meaning_of_reply

CONFIRMATION = "You will get no more messages from us. To come back, send START."
ONE_CONFIRMATION_IN = timedelta(days=1)


@transaction.atomic
def receive(body: Mapping[str, Any]) -> Reply:
    """Keep a reply and do what it says; committed when this returns. The same reply again changes nothing.

    `answer` of what is returned is a text to be sent, or None.
    """
    said = inbound.read_inbound(body)
    # Two replies of one person at once would both be the first, of the gateway's id and of the day.
    _wait_for_others_of(said.phone)
    if said.inbox_id and (known := Reply.objects.filter(inbox_id=said.inbox_id, phone=said.phone).first()):
        return known
    reply = Reply(
        phone=said.phone,
        shortcode=said.shortcode,
        text=said.text,
        inbox_id=said.inbox_id,
        network=said.network,
        link_id=said.link_id,
        body=said.body,
        did=_obey(said),
    )
    if reply.did in (Reply.Did.OPTED_OUT, Reply.Did.WAS_OUT):
        _confirm(reply, timezone.now())
    reply.save()
    return reply


def _obey(said: Inbound) -> Reply.Did:
    if not said.phone:
        return Reply.Did.UNREADABLE
    wanted = meaning_of_reply(said.text)
    if wanted is ReplyMeaning.STOP:
        return Reply.Did.OPTED_OUT if one.said_stop(said.phone) else Reply.Did.WAS_OUT
    if wanted is ReplyMeaning.START and one.said_start(said.phone):
        return Reply.Did.CAME_BACK
    return Reply.Did.KEPT


def _confirm(reply: Reply, now: datetime) -> None:
    """Answer from the short code that was written to, where it is one of ours that may send; once a person a day."""
    sender = Sender.objects.filter(name=reply.shortcode, archived_at=None, halted_at=None).first()
    if sender is None:
        return
    if Reply.objects.filter(phone=reply.phone, answered_at__gt=now - ONE_CONFIRMATION_IN).exists():
        return
    reply.answer = single.queue_single(
        reply.phone, CONFIRMATION, sender, source=Message.Source.ANSWER, kind=Kind.TRANSACTIONAL
    )
    reply.answered_at = now


def _wait_for_others_of(phone: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reply of {phone}"])
