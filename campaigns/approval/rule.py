"""Whether somebody else has to approve a campaign, and what they approve: texts, audience, time, people and cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import ApiKey, User
from campaigns import schedules
from campaigns.approval.authors import NotAllowed, may_send
from campaigns.audience import Audience
from campaigns.audience.reminder_counts import DAYS_AHEAD, fullest_day
from campaigns.checking.estimate import estimate_from_sample
from campaigns.models import Campaign, Rules
from campaigns.schedules import Reminder
from contacts.models import Segment

CENT = Decimal("0.01")

WORDS = {
    "text": "The text",
    "groups": "Sent to",
    "exclude": "Not to those in",
    "upload": "Only those in the upload",
    "filter": "Only those of whom this is true",
    "sender": "Sender ID",
    "kind": "What it is",
    "language": "Language of dates",
    "old_values": "Values that were not updated",
    "time": "When",
    "audience": "Whose group counts",
    "one_text_for": "One text for",
}


@dataclass(frozen=True)
class Expected:
    """What one run is expected to come to. Of a reminder: its fullest day. `people` may count a number twice.

    `texts`: where a number gets several, more than that. `parts`: of the longest text among those that were looked at.
    """

    people: int
    texts: int
    cost: Decimal
    parts: int

    @property
    def has_several(self) -> bool:
        """Whether somebody gets several texts."""
        return self.texts > self.people


@dataclass(frozen=True)
class Difference:
    what: str
    before: str
    now: str


def expected(audience: Audience, now: datetime) -> Expected:
    """Looks at the people as they are now; a second or two for a million."""
    campaign = audience.campaign
    day = timezone.localdate(campaign.send_at or now)
    found = estimate_from_sample(audience, day)
    if campaign.recurs and isinstance(campaign.read_schedule(), Reminder):
        people, texts = fullest_day(audience, day, DAYS_AHEAD)
    elif found.exact:
        people, texts = found.people, found.audience
    else:
        people, texts = audience.everybody(day), audience.most_texts(day)
    each = found.cost / found.audience if found.audience else Decimal(0)
    return Expected(people, texts, (each * texts).quantize(CENT), max(found.by_parts, default=1))


def is_needed(audience: Audience, now: datetime) -> bool:
    """Whether the rule asks for a second person. A number that cannot be known yet (nobody is there) is not above."""
    rules = Rules.objects.get(pk=1)
    if rules.approval != Rules.Approval.ABOVE:
        return rules.approval == Rules.Approval.ALWAYS
    found = expected(audience, now)
    return (rules.approval_people is not None and found.people > rules.approval_people) or (
        rules.approval_cost is not None and found.cost > rules.approval_cost
    )


def must_be_approved(audience: Audience, now: datetime, user: User | None, api_key: ApiKey | None) -> bool:
    """Whether somebody else has to approve it before it goes; False: it may go, by whoever asks.

    Raises NotAllowed where nobody has to, and who asks may not send by themselves.
    """
    if is_needed(audience, now):
        return True
    if not may_send(user, api_key):
        raise NotAllowed
    return False


def is_off() -> bool:
    """Whether nobody has to approve anything."""
    return Rules.objects.filter(pk=1, approval=Rules.Approval.OFF).exists()


def snapshot(audience: Audience) -> dict[str, str]:
    """What is approved, in words, to be kept and compared with."""
    campaign, choice = audience.campaign, audience.choice
    return {
        "text": campaign.text,
        "groups": ", ".join(str(one) for one in (*choice.groups, *map(_segment, choice.segments))),
        "exclude": ", ".join(
            sorted(str(one) for one in (*choice.exclude_groups, *map(_segment, choice.exclude_segments)))
        ),
        "upload": campaign.upload.name if campaign.upload else "",
        "filter": ", ".join(_condition(one) for one in campaign.filter),
        "sender": campaign.sender.name if campaign.sender else "",
        "kind": campaign.get_kind_display(),
        "language": campaign.get_language_display(),
        "old_values": "" if campaign.leaves_out_old_values else campaign.get_old_values_display(),
        "time": _time(campaign),
        "audience": campaign.get_audience_display(),
        "one_text_for": campaign.get_one_text_for_display() if audience.by_number else "",
    }


def differences(audience: Audience) -> list[Difference]:
    """What is other than it was when it was approved last; nothing where it never was."""
    campaign = audience.campaign
    if not campaign.approved:
        return []
    now = snapshot(audience)
    before = campaign.approved
    return [
        Difference(words, before.get(key, ""), now[key])
        for key, words in WORDS.items()
        if before.get(key, "") != now[key]
    ]


def _segment(one: Segment) -> str:
    """With what it means now: whoever changes that changes what was approved."""
    return f"{one.name} ({', '.join(map(_condition, one.filter))})"


def _condition(one: dict[str, Any]) -> str:
    value = one.get("value")
    written = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"{one.get('field')} {one.get('op')} {written}".strip()


def _time(campaign: Campaign) -> str:
    if campaign.recurs:
        return f"{schedules.in_words(campaign.read_schedule())} ({campaign.zone})"
    if campaign.send_at is None:
        return "now"
    return f"{campaign.send_at.astimezone(timezone.get_default_timezone()):%-d %b %Y, %H:%M}"
