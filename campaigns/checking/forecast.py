"""The estimate that a page shows: at once, exact where the audience is small, else from a sample and exact a little
later, worked out by a task and kept until the audience or the text changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from campaigns import placeholders
from campaigns.audience import Audience, audience_of
from campaigns.audience.kept_out import most_a_week
from campaigns.checking.estimate import NoLongerWanted, estimate_exactly, estimate_from_sample
from campaigns.checking.figures import Estimate
from campaigns.checking.said import runs_saying_the_same
from campaigns.models import KeptEstimate, Reply
from campaigns.writing import prices
from contacts.filters import BadFilter
from contacts.models import ContactGroup, OptOut

AT_ONCE = 5_000
# A group knows when contacts of it were last written, but not each way of writing them says so.
KEPT_FOR = timedelta(minutes=15)
WORKED_ON_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Forecast:
    """`estimate`, and whether the exact one `is_coming`; `to_begin`: by a task that is to be queued now."""

    estimate: Estimate
    is_coming: bool = False
    to_begin: bool = False
    as_of: datetime | None = None


def forecast(audience: Audience, day: date) -> Forecast:
    """What is known now of what a draft would come to. Raises what its text or filter raises."""
    if audience.reach <= AT_ONCE:
        return Forecast(estimate_exactly(audience, day))
    key = forecast_key(audience, day)
    kept = KeptEstimate.objects.filter(campaign=audience.campaign, key=key).first()
    if kept and kept.figures and kept.done_at and kept.done_at > timezone.now() - KEPT_FOR:
        return Forecast(Estimate.from_json(kept.figures), as_of=kept.done_at)
    return Forecast(estimate_from_sample(audience, day), is_coming=True, to_begin=_begin(audience, key))


def work_out(campaign_id: int) -> bool:
    """Work the exact figures of a draft out and keep them. False: they are not wanted any more, or cannot be had."""
    kept = KeptEstimate.objects.select_related("campaign", "campaign__sender").filter(campaign=campaign_id).first()
    if kept is None:
        return False
    audience, day = audience_of(kept.campaign), timezone.localdate()
    if kept.key != forecast_key(audience, day):
        return False
    mine = KeptEstimate.objects.filter(pk=kept.pk, key=kept.key, begun_at=kept.begun_at)
    try:
        found = estimate_exactly(audience, day, wanted=mine.exists)
    except (NoLongerWanted, BadFilter, placeholders.PlaceholderError):
        return False
    return bool(mine.update(figures=found.as_json(), done_at=timezone.now()))


def forecast_key(audience: Audience, day: date) -> str:
    """A digest of all that the figures hang on: text, sender, price, who is chosen as they are now, opt-outs, day."""
    campaign, choice, groups = audience.campaign, audience.choice, audience.groups
    segments = [[[one.pk, one.filter] for one in some] for some in (choice.segments, choice.exclude_segments)]
    excluded = {group.pk: group for one in choice.exclude_segments for group in one.groups.all()}
    excluded |= {group.pk: group for group in choice.exclude_groups}
    sender = campaign.sender
    parts = [
        placeholders.normalised(campaign.text),
        campaign.kind,
        campaign.language,
        campaign.filter,
        campaign.old_values,
        campaign.leaves_out_zeros,
        campaign.one_text_for,
        [campaign.of_run_id, campaign.only, campaign.upload_id],
        segments,
        [sender.name, sender.opt_out_text] if sender else [],
        str(prices.price_of_part(sender).normalize()),
        [[group.pk, group.size, group.key, group.changed_at.isoformat()] for group in (*groups, *excluded.values())],
        [[group.pk for group in groups], sorted(group.pk for group in choice.exclude_groups)],
        [_fields(audience, group) for group in groups],
        OptOut.objects.order_by("-pk").values_list("pk", flat=True).first(),
        list(runs_saying_the_same(campaign).order_by("pk").values_list("pk", "audience")),
        list(Reply.objects.waiting().aggregate(Max("pk"), Count("pk")).values()),
        most_a_week(campaign.kind),
        day.isoformat(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def _begin(audience: Audience, key: str) -> bool:
    """Whether the exact figures are to be worked out by who asks: nobody else is at it."""
    campaign, now = audience.campaign, timezone.now()
    _, is_new = KeptEstimate.objects.get_or_create(campaign=campaign, defaults={"key": key, "begun_at": now})
    if is_new:
        return True
    at_rest = ~Q(key=key) | Q(begun_at__lt=now - WORKED_ON_FOR) | Q(done_at__lt=now - KEPT_FOR)
    waiting = KeptEstimate.objects.filter(at_rest, campaign=campaign)
    return bool(waiting.update(key=key, begun_at=now, figures=None, done_at=None))


def _fields(audience: Audience, group: ContactGroup) -> list[Any]:
    """Their types, and the names by which a text or a filter may mean them."""
    fields = audience.fields_of(group)
    return [group.pk, sorted(fields.items()), sorted(fields.others.items())]
