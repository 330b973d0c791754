"""From a draft to a run: once, however often Send is pressed; and what stands in the way, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import audience, placeholders, retrying
from campaigns.models import Campaign, Run
from contacts import filters

TOO_LATE = timedelta(minutes=5)
FURTHEST = timedelta(days=731)


@dataclass(frozen=True)
class Blocker:
    """Something that must be mended before a campaign can go. `section` is who, what, when or check."""

    code: str
    section: str
    words: str


class Blocked(Exception):
    """The campaign cannot be launched as it is; `blockers` say why."""

    def __init__(self, blockers: list[Blocker]) -> None:
        super().__init__(" ".join(one.words for one in blockers))
        self.blockers = blockers


class NotADraft(Exception):
    """It was launched or cancelled before; show it as it is now."""


def blockers(campaign: Campaign, now: datetime) -> list[Blocker]:
    """What stands in the way of launching `campaign` at `now`, by section; empty: it may go."""
    return [*_who(campaign), *_what(campaign), *_when(campaign, now)]


@transaction.atomic
def launch(campaign_id: int, *, user: User | None = None, api_key: ApiKey | None = None) -> Run:
    """Make the draft active, with its one run. Raises Blocked, NotADraft; in either case nothing was changed."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if not campaign.is_draft:
        raise NotADraft
    retrying.lock_family(campaign)
    now = timezone.now()
    if found := blockers(campaign, now):
        raise Blocked(found)
    if not Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.ACTIVE, launched_at=now):
        raise NotADraft
    when = campaign.send_at or now
    run = Run.objects.create(
        campaign=campaign,
        scheduled_for=when,
        not_after=when + campaign.late_limit if campaign.late_limit else None,
    )
    record("campaign launched", f"campaign {campaign.pk}", user=user, api_key=api_key)
    return run


def _who(campaign: Campaign) -> list[Blocker]:
    groups = audience.groups_of(campaign)
    if not groups:
        return [Blocker("no_groups", "who", "Choose whom to send to.")]
    today = timezone.localdate()
    try:
        somebody = any(audience.members(campaign, group, groups, today).exists() for group in groups)
    except filters.BadFilter as error:
        return [Blocker("bad_filter", "who", str(error))]
    if (other := retrying.under_way(campaign)) is not None:
        return [Blocker("under_way", "who", f"“{other.name}” goes to the same people now. Wait until it has ended.")]
    if not somebody:
        return [Blocker("nobody", "who", "There is nobody to send to in these groups.")]
    return []


def _what(campaign: Campaign) -> list[Blocker]:
    found = []
    if campaign.sender is None:
        found.append(Blocker("no_sender", "what", "Choose a sender ID."))
    elif campaign.sender.archived_at or not campaign.sender.may_send(campaign.kind):
        kind = campaign.get_kind_display().lower()
        found.append(Blocker("no_sender", "what", f"The sender ID {campaign.sender} may not send a {kind}."))
    if not campaign.text.strip():
        found.append(Blocker("no_text", "what", "Write the text."))
        return found
    groups = audience.groups_of(campaign)
    by_group = {group.name: audience.fields_of(group) for group in groups}
    problems = placeholders.lint(campaign.text, by_group, {group.name: group.size for group in groups})
    found += [Blocker(one.code, "what", one.words) for one in problems if one.blocks]
    return found


def _when(campaign: Campaign, now: datetime) -> list[Blocker]:
    if campaign.send_at is not None and campaign.send_at < now - TOO_LATE:
        return [Blocker("in_the_past", "when", "The time to send at has passed. Choose a later one.")]
    return []
