"""Putting campaigns away that are over: they leave the list, and reports count them as before."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from campaigns.models import Campaign
from campaigns.models.transitions import NotPossible

OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)


@transaction.atomic
def archive(campaign: Campaign, *, user: User | None) -> None:
    """Take it out of the list. Raises NotPossible where it is not over."""
    over = Campaign.objects.filter(pk=campaign.pk, status__in=OVER)
    if not over.exists():
        raise NotPossible("Only a campaign that is over can be archived.")
    if over.filter(archived_at=None).update(archived_at=timezone.now()):
        record("campaign archived", f"campaign {campaign.pk}", user=user)


@transaction.atomic
def take_out(campaign: Campaign, *, user: User | None) -> None:
    """Have it in the list again."""
    if Campaign.objects.filter(pk=campaign.pk, archived_at__isnull=False).update(archived_at=None):
        record("campaign taken out", f"campaign {campaign.pk}", user=user)
