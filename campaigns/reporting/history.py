"""Who did what with a campaign, oldest first, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts import deeds
from accounts.models import AuditEntry
from campaigns.models import Campaign

MOST = 50


@dataclass(frozen=True)
class Deed:
    """`who` is a person, a key, a command, or the portal itself; `texts` None where it has no number."""

    at: datetime
    what: str
    who: str
    texts: int | None
    comment: str = ""


def deeds_of(campaign: Campaign) -> list[Deed]:
    """The latest fifty deeds, oldest first."""
    entries = AuditEntry.objects.filter(about=f"campaign {campaign.pk}").select_related("user", "api_key")
    return [_deed(one) for one in reversed(entries.order_by("-pk")[:MOST])]


def _deed(entry: AuditEntry) -> Deed:
    return Deed(
        entry.at, deeds.in_short(entry.act), _who(entry), entry.detail.get("texts"), entry.detail.get("comment", "")
    )


def _who(entry: AuditEntry) -> str:
    if entry.user:
        return entry.user.called
    if entry.api_key:
        return f"the key “{entry.api_key.name}”"
    if entry.command:
        return f"the command {entry.command}"
    is_gone = entry.user_id is not None or entry.api_key_id is not None
    return "somebody who is gone" if is_gone else "the portal itself"
