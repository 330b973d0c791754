"""What hangs on a person: told before they are deactivated."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import ApiKey, User
from campaigns.models import Campaign


@dataclass(frozen=True)
class Owned:
    """`keys` act for the person; `drafts` and `running` are campaigns that they made."""

    keys: QuerySet[ApiKey]
    drafts: QuerySet[Campaign]
    running: QuerySet[Campaign]

    @property
    def is_anything(self) -> bool:
        return self.keys.exists() or self.drafts.exists() or self.running.exists()


def owned_by(person: User) -> Owned:
    made = Campaign.objects.filter(created_by=person).order_by("-pk")
    return Owned(
        keys=ApiKey.objects.in_use().filter(owner=person),
        drafts=made.filter(status__in=[Campaign.Status.DRAFT, Campaign.Status.AWAITING_APPROVAL]),
        running=made.filter(status__in=[Campaign.Status.ACTIVE, Campaign.Status.PAUSED]),
    )
