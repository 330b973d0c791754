"""Having a code texted to the phone that a person says is their own."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import PhoneCode, User
from accounts.own_phone import make_code
from campaigns.models import Kind, Message
from campaigns.planning import single
from campaigns.writing import phone_codes, senders


@transaction.atomic
def text_code(user: User, phone: str) -> Message:
    """Have a code sent to `phone` (digits); nudge the sending task after the commit.

    At once, also in quiet hours: who asks for it waits for it. Raises TooSoon, OverLimit, NoSuchSender.
    """
    make_code(user, phone, timezone.now())
    return single.queue_single(
        phone,
        phone_codes.TEXT,
        senders.chosen_sender(None),
        source=Message.Source.CODE,
        kind=Kind.TRANSACTIONAL,
        created_by=user,
    )


def text_of_code(code: PhoneCode) -> Message | None:
    """The text that the code went with."""
    texts = Message.objects.to_phone(code.phone).filter(source=Message.Source.CODE, created_by=code.user_id)
    return texts.filter(created_at__gte=code.made_at).order_by("-pk").first()
