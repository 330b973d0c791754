"""Who has the same text already, or is to have it, from other campaigns within a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign, Message, Run
from campaigns.models.run import RunQuerySet

NEAR = timedelta(days=1)
# A text that did not come in may well be sent once more.
NOT_HAD = (*Message.UNPAID, Message.Status.UNDELIVERED)


def runs_saying_the_same(campaign: Campaign) -> RunQuerySet:
    """Other campaigns' runs with this text, planned or not, a day before or after this one would go."""
    at = campaign.send_at or timezone.now()
    same = Q(text=campaign.text) | Q(text="", campaign__text=campaign.text)
    return Run.objects.filter(same, scheduled_for__range=(at - NEAR, at + NEAR)).exclude(campaign=campaign)


def had_it(runs: Collection[int], phones: Collection[str]) -> int:
    """How many of these numbers have a text of these runs, on its way or come in."""
    if not runs or not phones:
        return 0
    texts = Message.objects.filter(run__in=runs, phone__in=phones).exclude(status__in=NOT_HAD)
    return texts.values("phone").distinct().count()
