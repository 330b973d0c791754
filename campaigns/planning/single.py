"""Single texts: one message to one number, in a batch of its own without a run, which the ordinary claim takes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from campaigns import gsm, placeholders
from campaigns.ledger.tallies import recount
from campaigns.models import Batch, GivenReference, Kind, Message, Rules, Sender
from campaigns.models.single_count import count_one
from campaigns.writing import prices, writer

THE_SAME_TEST = timedelta(seconds=30)
# Tests of one person a day.
MOST_TESTS = 20


class TextCannotBeSent(ValueError):
    """The text is empty or too long; its words say which. Nothing was written: have it mended."""


def kind_of(sender: Sender) -> str:
    """What a single text of this sender is for: a notice, unless the sender ID is for marketing alone."""
    return Kind.TRANSACTIONAL if sender.may_send(Kind.TRANSACTIONAL) else Kind.PROMOTIONAL


class OverLimit(Exception):
    """Whoever asks has had as many single texts sent today as the rules allow. Nothing was written."""

    def __init__(self, most: int, whose: str) -> None:
        super().__init__(
            f"{whose} may have {most:,} single texts sent a day, and has had them today. Make a campaign, or ask an "
            f"administrator to raise the number."
        )


@transaction.atomic
def queue_single(
    phone: str,
    text: str,
    sender: Sender,
    *,
    source: str,
    kind: str,
    created_by: User | None = None,
    api_key: ApiKey | None = None,
    reference: str = "",
) -> Message:
    """Have `text` sent to `phone` (digits with the country code); nudge the sending task after the commit.

    Marketing has the sender's opt-out text appended. Opt-outs, quiet hours and limits are looked at by the claim, as
    with all texts. `reference` is what the asker calls it. Raises TextCannotBeSent, OverLimit.
    """
    text = placeholders.normalised(text)
    if text.strip():
        text += writer.ending(sender, kind)
    if not text.strip():
        raise TextCannotBeSent("The text is empty.")
    if len(text) > gsm.LIMIT:
        raise TextCannotBeSent(f"The text is longer than {gsm.LIMIT} characters.")
    _count(source, created_by, api_key)
    parts = gsm.part_count(text)
    batch = Batch.objects.create(sender=sender, kind=kind, size=1)
    message = Message.objects.create(
        batch=batch,
        phone=phone,
        text=text,
        parts=parts,
        cost=parts * prices.price_of_part(sender),
        source=source,
        created_by=created_by,
    )
    if reference:
        GivenReference.objects.create(message=message, reference=reference)
    recount([batch.pk])
    return message


def _count(source: str, user: User | None, api_key: ApiKey | None) -> None:
    """Of the portal's own texts none is counted."""
    rules = Rules.objects.get(pk=1)
    if user is not None:
        who, whose = f"user:{user.pk}", "A person"
        most = MOST_TESTS if source == Message.Source.TEST else rules.person_texts
    elif api_key is not None:
        who, whose, most = f"key:{api_key.pk}", "This key", rules.key_texts
    else:
        return
    if not count_one(who, source, timezone.localdate(), most):
        raise OverLimit(most or 0, whose)


@transaction.atomic
def queue_single_once(
    phone: str, text: str, sender: Sender, user: User, *, source: str, kind: str, since: datetime
) -> Message:
    """As `queue`; where the person has had the same text sent there `since` then, that one: a second click, or Back."""
    User.objects.select_for_update().get(pk=user.pk)
    whole = placeholders.normalised(text) + writer.ending(sender, kind)
    before = Message.objects.filter(phone=phone, source=source, created_by=user, created_at__gte=since)
    for one in before.order_by("-pk"):
        if one.text == whole:
            return one
    return queue_single(phone, text, sender, source=source, kind=kind, created_by=user)


def queue_test(text: str, sender: Sender, user: User) -> Message:
    """Have `text`, filled in already, sent to the person's own phone; the same one once in half a minute.

    A test is a notice to whoever asked for it, also of marketing. Raises TextCannotBeSent, OverLimit.
    """
    since = timezone.now() - THE_SAME_TEST
    return queue_single_once(
        user.phone, text, sender, user, source=Message.Source.TEST, kind=Kind.TRANSACTIONAL, since=since
    )
