"""The campaigns app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns.audience import campaigns_of
        from contacts import usage

        usage.register(campaigns_of)
        post_migrate.connect(_default_sender, sender=self, dispatch_uid="default_sender")


def _default_sender(**kwargs: Any) -> None:
    """The sender ID of the environment exists from the first start."""
    from campaigns.senders import ensure_default

    ensure_default()
