"""The text with the code for a person's own phone. It is kept without the code, which is written in as it leaves."""

from __future__ import annotations

from datetime import datetime

from accounts.models import PhoneCode
from campaigns.models import Message

HIDDEN = "******"
TEXT = f"{HIDDEN} is your code for QSMS Portal. It holds for 10 minutes. Give it to nobody."


class CodeOver(Exception):
    """The code has been used, replaced or is too old: its text is of no use, leave it out."""


def may_hold_code(text: str) -> bool:
    """Whether it is worth looking: so begins each text with a code, and hardly any other."""
    return text.startswith(HIDDEN)


def with_code(message: int, text: str, now: datetime) -> str:
    """The text as it is to leave; as it is where it holds no code, whatever it looks like. Raises CodeOver."""
    kept = Message.objects.filter(pk=message, source=Message.Source.CODE).first()
    if kept is None:
        return text
    code = PhoneCode.objects.filter(user=kept.created_by_id, phone=kept.phone).first()
    if code is None or not code.is_open(now):
        raise CodeOver
    return text.replace(HIDDEN, code.digits, 1)
