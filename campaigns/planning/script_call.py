"""The texts of one call of a script: in batches of their own without a run, which the ordinary claim takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey
from campaigns import gsm
from campaigns.models import Batch, GivenReference, Kind, Message, Rules, ScriptCall, Sender
from campaigns.planning import single
from campaigns.planning.copying import cut_to_calls
from campaigns.writing import prices


class CallText(NamedTuple):
    """One text of a call: to `phone` (digits with the country code), as it goes out, and what the script calls it."""

    phone: str
    text: str
    reference: str


class Queued(NamedTuple):
    """A call that was written down, and its texts' ids in the order in which they were asked for."""

    call: ScriptCall
    messages: list[int]


def cost_of(texts: Sequence[CallText], sender: Sender) -> Decimal:
    """KES, as expected."""
    return sum(gsm.part_count(one.text) for one in texts) * prices.price_of_part(sender)


def queue_call(
    texts: Sequence[CallText], sender: Sender, api_key: ApiKey, *, due_at: datetime | None, service_id: str = ""
) -> Queued:
    """Write down a call, in the caller's transaction; nudge the sending task after its commit where nothing is to wait.

    What has a date waits for it, and is left out where it has then waited for as long as recurring campaigns may be
    late. Opt-outs and limits of sending are looked at by the claim, as with all texts. Raises OverLimit, and has then
    written nothing that the caller is to keep.
    """
    price = prices.price_of_part(sender)
    single.count_texts(Message.Source.API, api_key, len(texts), cost_of(texts, sender))
    call = ScriptCall.objects.create(
        api_key=api_key, sender=sender, texts=len(texts), due_at=due_at, service_id=service_id
    )
    now = timezone.now()
    like = {
        "api_key": api_key,
        "script_call": call,
        "sender": sender,
        "kind": Kind.TRANSACTIONAL,
        "status": Batch.Status.WAITING if due_at else Batch.Status.READY,
        "not_before": due_at or now,
        "not_after": due_at + Rules.objects.get(pk=1).late_limit if due_at else None,
    }
    numbered = list(zip(range(len(texts)), texts, strict=True))
    cut = cut_to_calls(numbered, settings.QSMS_BATCH_SIZE, phone=lambda one: one[1].phone)
    batches = Batch.objects.bulk_create(_batch(like, [one for _, one in batch], price) for batch in cut)
    placed = sorted(
        ((place, text, batch) for batch, texts_of in zip(batches, cut, strict=True) for place, text in texts_of),
        key=lambda one: one[0],
    )
    messages = Message.objects.bulk_create(_message(text, batch, price, api_key, now) for _, text, batch in placed)
    GivenReference.objects.bulk_create(
        GivenReference(message=message, reference=one.reference)
        for message, one in zip(messages, texts, strict=True)
        if one.reference
    )
    record("texts sent by a call", f"call {call.pk}", api_key=api_key, texts=len(texts))
    return Queued(call, [message.pk for message in messages])


def _batch(like: dict[str, object], texts: list[CallText], price: Decimal) -> Batch:
    parts = sum(gsm.part_count(one.text) for one in texts)
    tally = {str(Message.Status.QUEUED): len(texts)}
    return Batch(size=len(texts), tally=tally, parts=parts, cost=parts * price, **like)


def _message(text: CallText, batch: Batch, price: Decimal, api_key: ApiKey, now: datetime) -> Message:
    parts = gsm.part_count(text.text)
    return Message(
        batch=batch,
        phone=text.phone,
        text=text.text,
        parts=parts,
        cost=parts * price,
        source=Message.Source.API,
        calls_back=api_key.wants_callbacks or None,
        created_at=now,
    )
