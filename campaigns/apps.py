"""The campaigns app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns.audience.usage import campaigns_of, campaigns_of_segment, users_of
        from contacts import usage

        usage.register_group_uses(campaigns_of)
        usage.register_segment_uses(campaigns_of_segment)
        usage.register_field_uses(users_of)
        post_migrate.connect(_ready_to_send, sender=self, dispatch_uid="ready_to_send")


def _ready_to_send(**_kwargs: Any) -> None:
    """What is there from the first start; and a restored database is stopped, whoever restored it."""
    from django.utils import timezone

    from campaigns.actions import stop
    from campaigns.maintenance import partitions
    from campaigns.writing.senders import ensure_default_sender

    ensure_default_sender()
    stop.stop_if_restored()
    partitions.ensure_partitions(timezone.now().date())
