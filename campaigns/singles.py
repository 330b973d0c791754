"""Single texts: one message to one number, in a batch of its own without a run, which the ordinary claim takes."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from campaigns import gsm, prices
from campaigns.models import Batch, Message, Sender
from campaigns.tallies import recount


class TextCannotBeSent(ValueError):
    """The text is empty or too long; its words say which. Nothing was written: have it mended."""


@transaction.atomic
def queue(phone: str, text: str, sender: Sender, *, source: str, kind: str, created_by: User | None = None) -> Message:
    """Have `text` sent to `phone` (digits with the country code); nudge the sending task after the commit.

    Opt-outs, quiet hours and limits are looked at by the claim, as with all texts. Raises TextCannotBeSent.
    """
    if not text.strip():
        raise TextCannotBeSent("The text is empty.")
    if len(text) > gsm.LIMIT:
        raise TextCannotBeSent(f"The text is longer than {gsm.LIMIT} characters.")
    parts = gsm.part_count(text)
    batch = Batch.objects.create(sender=sender, kind=kind, size=1)
    message = Message.objects.create(
        batch=batch,
        phone=phone,
        text=text,
        parts=parts,
        cost=parts * prices.of_part(sender),
        source=source,
        created_by=created_by,
    )
    recount([batch.pk])
    return message
