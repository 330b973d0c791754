"""From a draft to a run: once, however often Send is pressed; and what stands in the way, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import approval, audience, authorship, occurring, placeholders, retrying
from campaigns.activating import activate
from campaigns.models import Campaign, Kind, Rules, Run
from campaigns.schedules import BadSchedule, Occurrence, Reminder
from contacts import filters
from contacts.models import ContactField

TOO_LATE = timedelta(minutes=5)
FURTHEST = timedelta(days=731)
# Quiet hours are in the portal's zone: in another one's summer a rule may mean another time of day.
LOOKED_AT = 60


@dataclass(frozen=True)
class Blocker:
    """Something that must be mended before a campaign can go. `section` is who, what, when or check."""

    code: str
    section: str
    words: str

    @property
    def is_mended_before(self) -> bool:
        """Whether it is mended in a section that comes before the last one, where it is shown."""
        return self.section != "check"


class Blocked(Exception):
    """The campaign cannot be launched as it is; `blockers` say why."""

    def __init__(self, blockers: list[Blocker]) -> None:
        super().__init__(" ".join(one.words for one in blockers))
        self.blockers = blockers


class NotAllowed(Exception):
    """Without approval only a manager may send it."""


class NotADraft(Exception):
    """It was launched or cancelled before; show it as it is now."""


def blockers(campaign: Campaign, now: datetime) -> list[Blocker]:
    """What stands in the way of launching `campaign` at `now`, by section; empty: it may go."""
    return [*_who(campaign), *_what(campaign), *_when(campaign, now)]


@transaction.atomic
def launch(campaign_id: int, *, user: User | None = None, api_key: ApiKey | None = None) -> Run | None:
    """Make the draft active, with its first run; None where somebody else has to approve it first.

    Raises Blocked, NotADraft, NotAllowed; in either case nothing was changed.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if not campaign.is_draft:
        raise NotADraft
    retrying.lock_family(campaign)
    now = timezone.now()
    if found := blockers(campaign, now):
        raise Blocked(found)
    about = f"campaign {campaign.pk}"
    drafts = Campaign.objects.filter(pk=campaign.pk)
    if approval.is_needed(campaign, now):
        authors = authorship.with_author(campaign, user, api_key)
        asked = {"asked_at": now, "told_at": None, "author_untold": False, "returned_with": "", "authors": authors}
        if not drafts.advance(Campaign.Status.AWAITING_APPROVAL, **asked):
            raise NotADraft
        record("approval asked for", about, user=user, api_key=api_key)
        return None
    if not authorship.may_send(user, api_key):
        raise NotAllowed
    if not drafts.advance(Campaign.Status.ACTIVE, launched_at=now):
        raise NotADraft
    run = activate(campaign, now)
    record("campaign launched", about, user=user, api_key=api_key)
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
    # What recurs goes to whoever is there when its time comes.
    if not somebody and not campaign.recurs:
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
    if campaign.recurs:
        return [Blocker(code, "when", words) for code, words in _rule(campaign, now)]
    if campaign.send_at is not None and campaign.send_at < now - TOO_LATE:
        return [Blocker("in_the_past", "when", "The time to send at has passed. Choose a later one.")]
    return []


def _rule(campaign: Campaign, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with the rule of a campaign that recurs."""
    try:
        schedule = campaign.plan()
    except BadSchedule as error:
        yield "bad_schedule", str(error)
        return
    if campaign.audience == Campaign.Audience.FROZEN:
        yield "frozen", "What recurs goes to whoever is in the groups at its time; the audience cannot be fixed before."
    if isinstance(schedule, Reminder):
        types = audience.field_types(audience.groups_of(campaign)).get(schedule.field, set())
        if types != {ContactField.Type.DATE.value}:
            yield "no_date", f"“{schedule.field}” is no date field of the chosen groups."
    times = occurring.coming(campaign, now, LOOKED_AT)
    if not times:
        yield "no_time", "By this rule there is no time to come. Choose a later end."
    if campaign.kind == Kind.PROMOTIONAL and (quiet := quiet_time(times)):
        yield "quiet_hours", quiet


def quiet_time(times: list[Occurrence]) -> str:
    """In words, that marketing would wait at one of these times; empty where it would not."""
    rules = Rules.objects.get(pk=1)
    for one in times:
        local = timezone.localtime(one.at)
        if rules.is_quiet(local.time()):
            return (
                f"Marketing does not go out from {rules.quiet_from:%H:%M} to {rules.quiet_until:%H:%M}, and this rule "
                f"means {local:%H:%M} on {local:%-d %B %Y}. Choose another time of day."
            )
    return ""
