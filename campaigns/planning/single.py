"""Single texts: one message to one number, in a batch of its own without a run, which the ordinary claim takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import gsm, placeholders
from campaigns.ledger.allowance import lock_allowance, payer_of
from campaigns.ledger.tallies import recount
from campaigns.models import Batch, GivenReference, Kind, Message, Rules, Sender
from campaigns.models.single_count import count_texts_of
from campaigns.writing import prices, writer

THE_SAME_TEST = timedelta(seconds=30)
# Of one person a day: tests, and codes for their own phone.
MOST_TESTS = 20
MOST_CODES = 5

ACTS: dict[str, str] = {
    Message.Source.PERSON: "text sent",
    Message.Source.API: "text sent",
    Message.Source.REPLY: "text sent",
    Message.Source.TEST: "test text sent",
    Message.Source.CODE: "code sent",
}


class TextCannotBeSent(ValueError):
    """The text is empty or too long; its words say which. Nothing was written: have it mended."""


def kind_of(sender: Sender) -> str:
    """What a single text of this sender is for: a notice, unless the sender ID is for marketing alone."""
    return Kind.TRANSACTIONAL if sender.may_send(Kind.TRANSACTIONAL) else Kind.PROMOTIONAL


class OverLimit(Exception):
    """Whoever asks has had as many sent today, or spent as much this month, as may be; its words say which.

    Nothing was written.
    """


class NoOwnPhone(Exception):
    """The person has no phone that is confirmed: lead them to where it is. Nothing was written."""


class QuietHours(Exception):
    """Marketing does not go out now, so its test does not either; its words say when it may. Nothing was written."""


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
    paid_by: User | None = None,
    reference: str = "",
) -> Message:
    """Have `text` sent to `phone` (digits with the country code); nudge the sending task after the commit.

    Marketing has the sender's opt-out text appended; a test has it already. Opt-outs, quiet hours and limits are looked
    at by the claim, as with all texts. `reference` is what the asker calls it. What the portal sends by itself counts
    against the monthly limit of whoever set it up, `paid_by`. Raises TextCannotBeSent, OverLimit.
    """
    text = _whole(text, sender, source, kind)
    if not text.strip():
        raise TextCannotBeSent("The text is empty.")
    if len(text) > gsm.LIMIT:
        raise TextCannotBeSent(f"The text is longer than {gsm.LIMIT} characters.")
    parts = gsm.part_count(text)
    cost = parts * prices.price_of_part(sender)
    _keep_to_limit(created_by or paid_by, api_key, cost, "this text")
    _count(source, created_by, api_key, cost)
    if paid_by is not None:
        count_texts_of(f"user:{paid_by.pk}", source, timezone.localdate(), None, cost)
    batch = Batch.objects.create(sender=sender, kind=kind, size=1, api_key=api_key)
    message = Message.objects.create(
        batch=batch,
        phone=phone,
        text=text,
        parts=parts,
        cost=cost,
        source=source,
        created_by=created_by,
        calls_back=(api_key is not None and api_key.wants_callbacks) or None,
    )
    if reference:
        GivenReference.objects.create(message=message, reference=reference)
    recount([batch.pk])
    if created_by or api_key:
        record(ACTS[source], f"message {message.pk}", user=created_by, api_key=api_key)
    return message


def count_texts(source: str, api_key: ApiKey, texts: int, cost: Decimal) -> None:
    """Count so many texts of a key at once against its number of the day and its owner's limit of the month.

    In the caller's transaction. Raises OverLimit.
    """
    _keep_to_limit(None, api_key, cost, "this call")
    most = Rules.objects.get(pk=1).key_texts
    _count_by_rule(f"key:{api_key.pk}", source, most, "This key", cost, texts)


def _keep_to_limit(user: User | None, api_key: ApiKey | None, cost: Decimal, what: str) -> None:
    payer = payer_of(user, api_key)
    allowance = lock_allowance(payer.pk if payer else None, timezone.now())
    if allowance and (words := allowance.why_refused(cost, what, to=user)):
        raise OverLimit(words)


def _count(source: str, user: User | None, api_key: ApiKey | None, cost: Decimal) -> None:
    """Of the portal's own texts none is counted."""
    rules = Rules.objects.get(pk=1)
    if user is not None and source == Message.Source.CODE:
        _count_own(user, source, MOST_CODES, "codes", cost)
    elif user is not None:
        _count_by_rule(f"user:{user.pk}", Message.Source.PERSON, rules.person_texts, "A person", cost)
        if source == Message.Source.TEST:
            # What it costs is counted among the person's texts.
            _count_own(user, source, MOST_TESTS, "tests", Decimal(0))
    elif api_key is not None:
        # Answers to replies are among the texts of the key: they have no number of their own.
        source = Message.Source.API if source == Message.Source.REPLY else source
        _count_by_rule(f"key:{api_key.pk}", source, rules.key_texts, "This key", cost)


def _count_by_rule(who: str, source: str, most: int | None, whose: str, cost: Decimal, texts: int = 1) -> None:
    if not count_texts_of(who, source, timezone.localdate(), most, cost, texts):
        raise OverLimit(
            f"{whose} may have {most:,} single texts sent a day, and has had them today. Make a campaign, or ask an "
            f"administrator to raise the number."
        )


def _count_own(user: User, source: str, most: int, what: str, cost: Decimal) -> None:
    if not count_texts_of(f"user:{user.pk}", source, timezone.localdate(), most, cost):
        raise OverLimit(f"You may have {most} {what} sent a day, and have had them today. Go on tomorrow.")


def _whole(text: str, sender: Sender, source: str, kind: str) -> str:
    text = placeholders.normalised(text)
    is_written = source == Message.Source.TEST or not text.strip()
    return text if is_written else text + writer.ending(sender, kind)


@transaction.atomic
def queue_single_once(
    phone: str, text: str, sender: Sender, user: User, *, source: str, kind: str, since: datetime
) -> Message:
    """As `queue`; where the person has had the same text sent there `since` then, that one: a second click, or Back."""
    User.objects.select_for_update().get(pk=user.pk)
    whole = _whole(text, sender, source, kind)
    before = Message.objects.filter(phone=phone, source=source, created_by=user, created_at__gte=since)
    for one in before.order_by("-pk"):
        if one.text == whole:
            return one
    return queue_single(phone, text, sender, source=source, kind=kind, created_by=user)


@transaction.atomic
def queue_test(text: str, sender: Sender, user: User, *, kind: str) -> Message:
    """Have `text`, filled in already, sent to the person's own phone; the same one once in half a minute.

    Marketing is what the campaign says is, and all of a sender that may send nothing else: it keeps the quiet hours.
    Raises NoOwnPhone, QuietHours, TextCannotBeSent, OverLimit.
    """
    now = timezone.now()
    phone = User.objects.select_for_update().get(pk=user.pk).confirmed_phone
    if not phone:
        raise NoOwnPhone("A test goes to your own phone, which is not confirmed yet.")
    if kind_of(sender) == Kind.PROMOTIONAL:
        kind = Kind.PROMOTIONAL
    if kind == Kind.PROMOTIONAL and (quiet_ends := Rules.objects.get(pk=1).quiet_ends(now)):
        raise QuietHours(
            f"Marketing does not go out at {timezone.localtime(now):%H:%M}, nor does a test of it. It may go from "
            f"{quiet_ends:%a %-d %b at %H:%M}."
        )
    source, since = Message.Source.TEST, now - THE_SAME_TEST
    return queue_single_once(phone, text, sender, user, source=source, kind=kind, since=since)
