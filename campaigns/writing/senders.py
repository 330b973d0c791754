"""The sender IDs that there are: the one that the environment names, and the one that somebody asks for."""

from __future__ import annotations

from django.conf import settings

from accounts.audit import record
from campaigns.models import Sender


class NoSuchSender(ValueError):
    """There is no such sender ID, or none is the default; its words say so."""


def chosen_sender(name: str | None) -> Sender:
    """The sender ID of that name, the default one where none is named. Raises NoSuchSender."""
    senders = Sender.objects.filter(archived_at=None)
    sender = senders.filter(name=name).first() if name else senders.filter(is_default=True).first()
    if sender is None:
        raise NoSuchSender(f"There is no sender ID “{name}”." if name else "No sender ID is the default: name one.")
    return sender


def sender_to_answer(shortcode: str) -> Sender | None:
    """The short code that was written to, where it is one of ours that may send, else the default sender ID."""
    may_send = Sender.objects.filter(archived_at=None, halted_at=None)
    own = may_send.filter(name=shortcode).first() if shortcode else None
    return own or may_send.filter(is_default=True).first()


def ensure_default_sender() -> None:
    """Make the sender QSMS_SENDER_ID, for both kinds, if there is none of that name; the first one is the default."""
    name = settings.QSMS_SENDER_ID
    if name and not Sender.objects.filter(name=name).exists():
        is_first = not Sender.objects.filter(is_default=True).exists()
        sender = Sender.objects.create(name=name[:11], service_id=settings.QSMS_SERVICE_ID, is_default=is_first)
        record("sender made", f"sender {sender.pk}", name=sender.name)
