"""Whether a campaign's next run is within what a person may still spend in its month."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from campaigns.audience import Audience
from campaigns.audience.reminder_counts import DAYS_AHEAD, fullest_day
from campaigns.checking.blockers import Blocked, Blocker
from campaigns.checking.figures import Estimate
from campaigns.checking.forecast import forecast
from campaigns.ledger.allowance import Allowance, lock_allowance
from campaigns.models import Campaign
from campaigns.schedules import Reminder


def begins_at(campaign: Campaign, now: datetime) -> datetime:
    """The moment whose month counts."""
    return max(campaign.send_at, now) if campaign.send_at and not campaign.recurs else now


def cost_of_a_run(audience: Audience, estimate: Estimate, now: datetime) -> Decimal:
    """Of a reminder: of the fullest of the days to come, at what a text of it costs."""
    campaign = audience.campaign
    if not estimate.audience or not campaign.recurs or not isinstance(campaign.read_schedule(), Reminder):
        return estimate.cost
    _, texts = fullest_day(audience, timezone.localdate(now), DAYS_AHEAD)
    return estimate.cost / estimate.audience * texts


def over_limit(allowance: Allowance, cost: Decimal, to: User | None) -> list[Blocker]:
    """What stands in the way of spending `cost`, in words `to` whoever asks; empty: it may be spent."""
    words = allowance.why_refused(cost, "this", to=to)
    return [Blocker("over_limit", "check", words)] if words else []


def expect_within_limit(audience: Audience, payer: User | None, now: datetime, to: User | None) -> Decimal | None:
    """What the first run is expected to cost; None where the payer has no limit. Raises Blocked where it is over it.

    The payer is locked until the transaction ends.
    """
    allowance = lock_allowance(payer.pk if payer else None, begins_at(audience.campaign, now))
    if allowance is None:
        return None
    cost = cost_of_a_run(audience, forecast(audience, timezone.localdate(now)).estimate, now)
    if found := over_limit(allowance, cost, to):
        raise Blocked(found)
    return cost
