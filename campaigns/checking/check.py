"""All that is looked at before a campaign goes: what stands in the way of it, and what it would come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from campaigns.audience import Audience
from campaigns.checking.blockers import Blocker, estimate_blockers, launch_blockers
from campaigns.checking.forecast import Forecast, forecast


@dataclass(frozen=True)
class Check:
    """`forecast` is None where whom or what it says cannot be read: then `blockers` say why."""

    blockers: list[Blocker]
    forecast: Forecast | None


def check_draft(audience: Audience, now: datetime) -> Check:
    """Look at a draft as if it went at `now`: for the page, for the API's preview and before the API launches."""
    found = launch_blockers(audience, now)
    if any(one.is_unreadable for one in found):
        return Check(found, None)
    expected = forecast(audience, timezone.localdate())
    return Check([*found, *estimate_blockers(audience.campaign, expected.estimate)], expected)
