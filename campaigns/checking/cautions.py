"""What is worth a thought before a campaign is sent. It may go all the same: what may not is a blocker."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone

from campaigns.audience import Audience, freshness
from campaigns.checking.figures import Estimate
from campaigns.checking.said import runs_saying_the_same
from campaigns.models import Campaign, Gate, Kind, Rules, Run
from contacts.models import ContactGroup
from lib.phones import local_number

OLD_BALANCE = timedelta(days=1)
NOT_PREPARED = (Run.Status.SCHEDULED, Run.Status.PLANNING)
MOST_NAMES = 10
LONG = timedelta(hours=1)
MANY_TEXTS = 10


def cautions_of(audience: Audience, estimate: Estimate, now: datetime) -> list[str]:
    """In words, what would hold this draft up if it were sent as it is, or make it dearer than it need be."""
    campaign = audience.campaign
    gate, rules = Gate.objects.get(pk=1), Rules.objects.get(pk=1)
    at = timezone.localtime(campaign.send_at or now)
    cost = estimate.cost
    return [
        *_limits(campaign, rules, cost),
        *_day(gate, rules, cost, at),
        *_balance(gate, cost, now),
        *_quiet_hours(campaign, rules, at),
        *freshness.stale_values(audience),
        *_costlier(estimate),
        *_rows(audience, estimate),
        *_said_already(audience, estimate),
        *_too_often(campaign, rules, estimate),
        *_slow(campaign, estimate),
    ]


def _limits(campaign: Campaign, rules: Rules, cost: Decimal) -> list[str]:
    limit = campaign.spend_limit if campaign.spend_limit is not None else rules.campaign_limit
    if limit is None or cost <= limit:
        return []
    return [
        f"It would cost about KES {cost:,.2f}, and the limit of a campaign is KES {limit:,.2f}. "
        "It would wait until a person lets it go."
    ]


def _day(gate: Gate, rules: Rules, cost: Decimal, at: datetime) -> list[str]:
    if rules.daily_limit is None:
        return []
    spent = gate.spent if gate.spent_on == at.date() else Decimal(0)
    if spent + cost <= rules.daily_limit:
        return []
    left = max(rules.daily_limit - spent, Decimal(0))
    return [f"Of the day's limit KES {left:,.2f} is left. What goes over it waits until the next day."]


def _balance(gate: Gate, cost: Decimal, now: datetime) -> list[str]:
    if gate.balance is None or gate.balance_at is None:
        return []
    found = []
    left = gate.balance - gate.spent_since
    if cost > left:
        found.append(
            f"It would cost about KES {cost:,.2f}, and the balance is KES {left:,.2f}. Top up with Q SMS first."
        )
    if now - gate.balance_at > OLD_BALANCE:
        found.append(f"The balance is old: Q SMS told it {naturaltime(gate.balance_at)}.")
    return found


def _quiet_hours(campaign: Campaign, rules: Rules, at: datetime) -> list[str]:
    if campaign.kind != Kind.PROMOTIONAL or not rules.is_quiet(at.time()):
        return []
    return [f"Marketing does not go out at {at:%H:%M}. It would wait until {rules.quiet_until:%H:%M}."]


def _costlier(estimate: Estimate) -> list[str]:
    """Some need more parts than most do: a long name, or a character that few have."""
    if estimate.costlier * 20 < estimate.texts or not estimate.costlier:
        return []
    percent = round(100 * estimate.costlier / estimate.texts)
    return [f"{percent}% of the texts need more parts than the others: {estimate.costlier:,} people."]


def _rows(audience: Audience, estimate: Estimate) -> list[str]:
    """What several rows of one number make of it."""
    found = []
    by_key: dict[str, ContactGroup] = {}
    for group in audience.groups:
        if group.is_keyed:
            by_key.setdefault(group.key, group)
    if estimate.other_lists:
        one = estimate.other_lists == 1
        who = "number that stands in several of these gets" if one else "numbers that stand in several of these get"
        told = " and ".join(f"“{group}” by {_key_label(audience, group)}" for group in by_key.values())
        found.append(
            f"Rows are told apart in {told}: {'' if estimate.exact else 'about '}{estimate.other_lists:,} "
            f"{who} the texts of the first one only."
        )
    if estimate.most_texts > MANY_TEXTS:
        found.append(f"{local_number(estimate.most_to)} would get {estimate.most_texts:,} texts.")
    return found


def keyed_since(audience: Audience) -> str:
    """In words, that a group was given its key after this draft was begun, which texts each number; empty: none was."""
    campaign = audience.campaign
    if campaign.texts_each_row:
        return ""
    for group in audience.groups:
        if group.is_keyed and group.keyed_at is not None and group.keyed_at > campaign.created_at:
            day = timezone.localtime(group.keyed_at)
            return (
                f"“{group}” tells rows apart by {_key_label(audience, group)} since {day:%-d %b %Y}: this draft is "
                "older and sends one text for each number."
            )
    return ""


def _key_label(audience: Audience, group: ContactGroup) -> str:
    """What people see of the field that tells the group's rows apart."""
    labels = (one.label for one in audience.choice.fields if one.group_id == group.pk and one.key == group.key)
    return next(labels, group.key)


def _said_already(audience: Audience, estimate: Estimate) -> list[str]:
    """The same text to the same people a day before or after; of runs that nobody has prepared, to the same groups."""
    found = []
    if estimate.had:
        about = "" if estimate.exact else "About "
        found.append(
            f"{about}{estimate.had:,} of these {estimate.texts:,} people had this text, or get it, from other "
            "campaigns within a day."
        )
    coming = runs_saying_the_same(audience.campaign).filter(
        status__in=NOT_PREPARED, campaign__chosen_groups__group__in=audience.groups
    )
    names = coming.order_by("campaign__name").values_list("campaign__name", flat=True).distinct()
    if named := ", ".join(f"“{name}”" for name in names[:MOST_NAMES]):
        found.append(f"The same text is to go to some of these groups within a day: {named}.")
    return found


def _too_often(campaign: Campaign, rules: Rules, estimate: Estimate) -> list[str]:
    """Who would be left out by the rule of so many marketing texts in seven days, as far as is known now."""
    most = rules.weekly_texts
    if campaign.kind != Kind.PROMOTIONAL or most is None:
        return []
    texts = f"{most:,} marketing {'text' if most == 1 else 'texts'}"
    found = []
    if estimate.too_often:
        about = "" if estimate.exact else "About "
        one = estimate.too_often == 1
        found.append(
            f"{about}{estimate.too_often:,} {'person has' if one else 'people have'} had {texts} or more within seven "
            f"days. {'This one' if one else 'They'} would be left out."
        )
    if estimate.most_texts > most:
        found.append(
            f"{local_number(estimate.most_to)} would get {estimate.most_texts:,} texts of this campaign alone, and the "
            f"rules allow {texts} in seven days. What is over that is left out."
        )
    return found


def _slow(campaign: Campaign, estimate: Estimate) -> list[str]:
    """How long it takes at the pace that is set, where that is long."""
    sender = campaign.sender.max_per_second if campaign.sender else None
    paces = [pace for pace in (settings.QSMS_MAX_PER_SECOND, sender) if pace]
    if not paces:
        return []
    needed = timedelta(seconds=estimate.texts / min(paces))
    if needed < LONG:
        return []
    return [f"It will take about {needed / LONG:,.0f} hours at {min(paces):,} texts a second."]
