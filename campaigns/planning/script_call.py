"""The texts of one call of a script: in batches of their own without a run, which the ordinary claim takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey
from campaigns.models import Batch, GivenReference, Kind, Message, Rules, ScriptCall, Sender
from campaigns.planning import single
from campaigns.planning.copying import cut_to_calls
from campaigns.writing import prices

# In the order in which they were asked for, which their ids have.
WRITE_MESSAGES = """
INSERT INTO campaigns_message (batch_id, phone, text, parts, cost, calls_back, source, cost_is_actual, status, reason,
    detail, attempt, gateway_id, network, created_at)
SELECT t.batch, t.phone, t.text, t.parts, t.parts * %s::numeric, %s::boolean, 'api', false, 'queued', '',
    '', 1, '', '', clock_timestamp()
FROM unnest(%s::bigint[], %s::varchar[], %s::text[], %s::smallint[])
    WITH ORDINALITY AS t(batch, phone, text, parts, place)
ORDER BY t.place RETURNING id
"""


class CallText(NamedTuple):
    """One text of a call: to `phone` (digits with the country code), as it goes out, and what the script calls it."""

    phone: str
    text: str
    reference: str
    parts: int


class Queued(NamedTuple):
    """A call that was written down, and its texts' ids in the order in which they were asked for."""

    call: ScriptCall
    messages: list[int]


def cost_of(texts: Sequence[CallText], sender: Sender) -> Decimal:
    """KES, as expected."""
    return sum(one.parts for one in texts) * prices.price_of_part(sender)


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
    batch_of = _write_batches(call, texts, price)
    ids = _write_messages(texts, batch_of, price, calls_back=api_key.wants_callbacks)
    _write_references(ids, texts)
    record("texts sent by a call", f"call {call.pk}", api_key=api_key, texts=len(texts))
    return Queued(call, ids)


def _write_batches(call: ScriptCall, texts: Sequence[CallText], price: Decimal) -> list[int]:
    """Batches of the size of a call, none with a mobile twice; returns each text's."""
    now, due_at = timezone.now(), call.due_at
    numbered = list(enumerate(texts))
    cut = cut_to_calls(numbered, settings.QSMS_BATCH_SIZE, phone=lambda one: one[1].phone)
    batches = []
    for batch in cut:
        parts = sum(text.parts for _, text in batch)
        batches.append(
            Batch(
                api_key=call.api_key,
                script_call=call,
                sender=call.sender,
                kind=Kind.TRANSACTIONAL,
                status=Batch.Status.WAITING if due_at else Batch.Status.READY,
                size=len(batch),
                not_before=due_at or now,
                not_after=due_at + Rules.objects.get(pk=1).late_limit if due_at else None,
                tally={str(Message.Status.QUEUED): len(batch)},
                parts=parts,
                cost=parts * price,
            )
        )
    batch_of = [0] * len(texts)
    for made, of_batch in zip(Batch.objects.bulk_create(batches), cut, strict=True):
        for place, _ in of_batch:
            batch_of[place] = made.pk
    return batch_of


def _write_messages(texts: Sequence[CallText], batch_of: list[int], price: Decimal, *, calls_back: bool) -> list[int]:
    """In one statement: as model instances a thousand take half a second of a web thread."""
    columns = zip(*((one.phone, one.text, one.parts) for one in texts), strict=True)
    phones, bodies, parts = map(list, columns)
    asked = [price, calls_back or None, batch_of, phones, bodies, parts]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_MESSAGES, asked)
        return sorted(pk for (pk,) in cursor.fetchall())


def _write_references(ids: list[int], texts: Sequence[CallText]) -> None:
    GivenReference.objects.bulk_create(
        GivenReference(message_id=pk, reference=one.reference)
        for pk, one in zip(ids, texts, strict=True)
        if one.reference
    )
