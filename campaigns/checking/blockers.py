"""What stands in the way of a campaign, by the section of the builder that mends it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from campaigns import placeholders
from campaigns.audience import Audience, retries
from campaigns.checking.figures import Estimate
from campaigns.models import Campaign, Kind, Rules
from campaigns.schedules import BadSchedule, Occurrence, Reminder
from campaigns.timing import recurring_runs
from contacts import filters
from contacts.models import ContactField

TOO_LATE_BY = timedelta(minutes=5)
FURTHEST_AHEAD = timedelta(days=731)
# Quiet hours are in the portal's zone: in another one's summer a rule may mean another time of day.
TIMES_LOOKED_AT = 60


@dataclass(frozen=True)
class Blocker:
    """Something that must be mended before a campaign can go. `section` is who, what, when or check."""

    code: str
    section: str
    words: str

    @property
    def is_unreadable(self) -> bool:
        """Whether it keeps a text or its audience from being looked at; who or when may be mended without that."""
        return self.section in ("who", "what")

    @property
    def is_mended_before(self) -> bool:
        """Whether it is mended in a section that comes before the last one, where it is shown."""
        return self.section != "check"


class Blocked(Exception):
    """The campaign cannot be launched as it is; `blockers` say why."""

    def __init__(self, blockers: list[Blocker]) -> None:
        super().__init__(" ".join(one.words for one in blockers))
        self.blockers = blockers


def launch_blockers(audience: Audience, now: datetime) -> list[Blocker]:
    """What stands in the way of launching the audience's campaign at `now`, by section; empty: it may go."""
    return [*_who(audience), *_what(audience), *_when(audience, now)]


def estimate_blockers(audience: Audience, estimate: Estimate) -> list[Blocker]:
    """What of the estimate stands in the way of launching: people without a value, where nobody may be left out; rows
    of one number whose values differ; an audience of whom nobody would get a text."""
    found = [Blocker("several_values", "what", words) for words in _several_values(audience, estimate)]
    if audience.campaign.missing_values == Campaign.Missing.BLOCK and estimate.missing:
        about = "" if estimate.exact else "About "
        people = "person has" if estimate.missing == 1 else "people have"
        words = (
            f"{about}{estimate.missing:,} {people} no value for a field of the text, and you chose not to send then."
        )
        found.append(Blocker("missing_values", "what", words))
    if estimate.exact and not estimate.texts:
        found.append(Blocker("nobody_left", "what", "Nobody would get a text: everybody is left out."))
    return found


def _several_values(audience: Audience, estimate: Estimate) -> Iterator[str]:
    """Of what the rows of one number differ, and how the text may say it."""
    fields = {one.key: one for one in audience.choice.fields}
    for reason, count in estimate.left_out.most_common():
        kind, _, key = reason.partition(":")
        if kind != "several_values":
            continue
        who = f"{'' if estimate.exact else 'About '}{count:,} {'person has' if count == 1 else 'people have'}"
        asked = placeholders.compile(audience.campaign.text).asked
        field = fields.get(key)
        key = field.name if field else key
        if not set(map(placeholders.key_of, field.names if field else (key,))).isdisjoint(asked):
            yield f"{who} rows of which some fulfil <{key}?…> and others do not: send one text for each row."
        else:
            how = placeholders.usual_joining(next(iter(audience.field_types.get(key, ())), ""))
            yield f"{who} several values of <{key}>: write <{key}:{how}>, or send one text for each row."


def _who(audience: Audience) -> list[Blocker]:
    campaign = audience.campaign
    if not audience.groups:
        return [Blocker("no_groups", "who", "Choose whom to send to.")]
    today = timezone.localdate()
    try:
        somebody = any(audience.members(group, today).exists() for group in audience.groups)
    except filters.BadFilter as error:
        return [Blocker("bad_filter", "who", str(error))]
    if (other := retries.under_way(campaign)) is not None:
        return [Blocker("under_way", "who", f"“{other.name}” goes to the same people now. Wait until it has ended.")]
    # What recurs goes to whoever is there when its time comes.
    if not somebody and not campaign.recurs:
        return [Blocker("nobody", "who", "There is nobody to send to in these groups.")]
    return []


def _what(audience: Audience) -> list[Blocker]:
    campaign, found = audience.campaign, []
    if campaign.sender is None:
        found.append(Blocker("no_sender", "what", "Choose a sender ID."))
    elif campaign.sender.archived_at or not campaign.sender.may_send(campaign.kind):
        kind = campaign.get_kind_display().lower()
        found.append(Blocker("no_sender", "what", f"The sender ID {campaign.sender} may not send a {kind}."))
    if not campaign.text.strip():
        found.append(Blocker("no_text", "what", "Write the text."))
        return found
    fields = {group.name: audience.fields_of(group) for group in audience.groups}
    problems = placeholders.lint(campaign.text, fields, {group.name: group.size for group in audience.groups})
    found += [Blocker(one.code, "what", one.words) for one in problems if one.blocks]
    return found


def _when(audience: Audience, now: datetime) -> list[Blocker]:
    campaign = audience.campaign
    if campaign.recurs:
        return [Blocker(code, "when", words) for code, words in _rule(audience, now)]
    if campaign.send_at is not None and campaign.send_at < now - TOO_LATE_BY:
        return [Blocker("in_the_past", "when", "The time to send at has passed. Choose a later one.")]
    return []


def _rule(audience: Audience, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with the rule of a campaign that recurs."""
    campaign = audience.campaign
    try:
        schedule = campaign.read_schedule()
    except BadSchedule as error:
        yield "bad_schedule", str(error)
        return
    if campaign.audience == Campaign.Audience.FROZEN:
        yield "frozen", "What recurs goes to whoever is in the groups at its time; the audience cannot be fixed before."
    if isinstance(schedule, Reminder):
        types = audience.field_types.get(schedule.field, set())
        if not types or not types <= set(ContactField.WITH_DAY):
            yield "no_date", f"“{schedule.field}” is no date field of the chosen groups."
    times = recurring_runs.coming_times(campaign, now, TIMES_LOOKED_AT)
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
