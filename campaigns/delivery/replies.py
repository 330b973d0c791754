"""Replies: kept, understood, and the STOP among them obeyed and confirmed, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.callbacks import note_reply
from campaigns.gateway import inbound
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
    wait_for_others_of(said.phone)
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
    )
    _obey(reply)
    if reply.did in (Reply.Did.OPTED_OUT, Reply.Did.WAS_OUT):
        _confirm(reply, timezone.now())
    reply.save()
    note_reply(reply)
    return reply


def quoted(reply: Reply) -> str:
    """The reason of an opt-out by more words than STOP."""
    return f"Replied “{reply.text}”"


def settle_earlier(phone: str, reading: Reply.Reading) -> int:
    """The replies of `phone` that a person was to read need it no more: what they meant is known now. How many."""
    return Reply.objects.to_be_read().filter(phone=phone).update(reading=reading)


def _obey(reply: Reply) -> None:
    """Do what the reply says, and note on it what was done and what a person has to read."""
    phone = reply.phone
    if not phone:
        reply.did = Reply.Did.UNREADABLE
        return
    match meaning_of_reply(reply.text, reply.shortcode):
        case ReplyMeaning.STOP:
            reply.did = Reply.Did.OPTED_OUT if one.said_stop(phone) else Reply.Did.WAS_OUT
            settle_earlier(phone, Reply.Reading.MEANT_STOP)
        case ReplyMeaning.STOP_AND_MORE:
            is_new = one.said_stop(phone, quoted(reply))
            reply.did = Reply.Did.OPTED_OUT if is_new else Reply.Did.WAS_OUT
            if settle_earlier(phone, Reply.Reading.MEANT_STOP) or is_new:
                reply.reading = Reply.Reading.READ_AS_STOP
        case ReplyMeaning.PERHAPS_STOP if not one.is_out_of_everything(phone):
            reply.reading = Reply.Reading.WAITS
        case ReplyMeaning.START:
            reply.did = Reply.Did.CAME_BACK if one.said_start(phone) else Reply.Did.KEPT
            settle_earlier(phone, Reply.Reading.NO_STOP)


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


def wait_for_others_of(phone: str) -> None:
    """Whoever receives or reads replies of this number waits here for the one before, until that has committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reply of {phone}"])
