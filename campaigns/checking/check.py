"""All that is looked at before a campaign goes: what stands in the way of it, and what it would come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from campaigns.audience import Audience
from campaigns.checking.blockers import Blocker, estimate_blockers, launch_blockers
from campaigns.checking.forecast import Forecast, forecast
from campaigns.checking.within_limit import begins_at, cost_of_a_run, over_limit
from campaigns.ledger.allowance import allowance_of


@dataclass(frozen=True)
class Check:
    """`forecast` is None where whom or what it says cannot be read: then `blockers` say why.

    `left` says what of the payer's limit is left, where there is one and it is enough.
    """

    blockers: list[Blocker]
    forecast: Forecast | None
    left: str = ""


def check_draft(audience: Audience, now: datetime, payer: User | None, to: User | None) -> Check:
    """Look at a draft as if it went at `now`: for the page, for the API's preview and before the API launches.

    `payer` has the limit of the month on which it would count, which is told `to` whoever looks.
    """
    found = launch_blockers(audience, now)
    if any(one.is_unreadable for one in found):
        return Check(found, None)
    expected = forecast(audience, timezone.localdate())
    found += estimate_blockers(audience, expected.estimate)
    allowance = None if found else allowance_of(payer, begins_at(audience.campaign, now))
    if allowance is None:
        return Check(found, expected)
    cost = cost_of_a_run(audience, expected.estimate, now)
    over = over_limit(allowance, cost, to)
    return Check(over, expected, "" if over else allowance.in_words(cost, "this", to=to))
