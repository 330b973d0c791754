"""The sender ID that the environment names."""

from __future__ import annotations

from django.conf import settings

from campaigns.models import Sender


def ensure_default() -> None:
    """Make the sender QSMS_SENDER_ID, for both kinds, if there is none of that name; the first one is the default."""
    name = settings.QSMS_SENDER_ID
    if name and not Sender.objects.filter(name=name).exists():
        is_first = not Sender.objects.filter(is_default=True).exists()
        Sender.objects.create(name=name[:11], service_id=settings.QSMS_SERVICE_ID, is_default=is_first)
