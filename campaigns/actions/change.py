"""Changing what goes out again and again: from now on, or one occurrence only.

What has begun goes as it was; the run that waits for the next time takes what is new when it begins, and one that was
prepared and has not begun is prepared again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import approval, placeholders
from campaigns.actions import draft, steer
from campaigns.actions.set_back import prepare_anew
from campaigns.approval import authors, state
from campaigns.audience import Audience, audience_of
from campaigns.checking.blockers import Blocked, Blocker, launch_blockers
from campaigns.models import Campaign, Run
from campaigns.models.transitions import NotPossible
from campaigns.timing import recurring_runs
from contacts.models import ContactGroup, Segment

FURTHEST_MOVED = timedelta(days=7)
RULE = ("schedule", "zone")


@transaction.atomic
def change_from_now_on(
    campaign: Campaign,
    *,
    groups: Sequence[ContactGroup] | None = None,
    exclude_groups: Sequence[ContactGroup] | None = None,
    segments: Sequence[Segment] | None = None,
    exclude_segments: Sequence[Segment] | None = None,
    version: int | None = None,
    user: User | None = None,
    api_key: ApiKey | None = None,
    **fields: Any,
) -> Campaign:
    """Write `fields` into a campaign that recurs; they hold from its next run on.

    Where the rule asks for approval it pauses, and goes on when somebody else has approved the change. Raises
    draft.Changed, Blocked, NotAllowed; in either case nothing was changed.
    """
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.is_draft or not campaign.may_be_changed or (version is not None and version != campaign.version):
        raise draft.Changed
    if fields.get("schedule", campaign.schedule) is None or fields.get("send_at") is not None:
        words = "It goes out again and again. For a text that goes once make a new campaign."
        raise Blocked([Blocker("recurs", "when", words)])
    new_rule = any(
        _without_start(fields.get(name, getattr(campaign, name))) != _without_start(getattr(campaign, name))
        for name in RULE
    )
    if not new_rule:
        fields.pop("schedule", None)
    chooses_way = "one_text_for" not in fields and (groups is not None or segments is not None)
    had_keys = chooses_way and audience_of(campaign).by_number
    for name, value in fields.items():
        setattr(campaign, name, value)
    campaign.version += 1
    campaign.authors = authors.with_author(campaign, user, api_key)
    campaign.save(update_fields=[*fields, "version", "authors"])
    draft.choose_groups(campaign, groups, exclude_groups)
    draft.choose_segments(campaign, segments, exclude_segments)
    if chooses_way:
        draft.choose_way(campaign, had_keys=had_keys)
    now = timezone.now()
    audience = audience_of(campaign)
    if found := launch_blockers(audience, now):
        raise Blocked(found)
    prepare_anew(campaign)
    if new_rule:
        recurring_runs.start_anew(campaign, now)
    _ask_again(audience, now, user, api_key)
    record("campaign changed", f"campaign {campaign.pk}", user=user, api_key=api_key, fields=sorted(fields))
    return campaign


@transaction.atomic
def change_this_one(run: Run, *, text: str | None = None, at: datetime | None = None, user: User | None = None) -> None:
    """Give one occurrence that has not begun a text or a time of its own. Raises NotPossible, Blocked."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=run.campaign_id)
    now, audience = timezone.now(), audience_of(campaign)
    if approval.is_needed(audience, now):
        raise NotPossible(
            "With approval on, one occurrence cannot be changed by itself. Change it from now on instead."
        )
    changes: dict[str, Any] = {}
    if text is not None and text != (run.own_text or campaign.text):
        fields = {group.name: audience.fields_of(group) for group in audience.groups}
        if problems := [one for one in placeholders.lint(text, fields) if one.blocks]:
            raise Blocked([Blocker(one.code, "what", one.words) for one in problems])
        changes["own_text"] = "" if text == campaign.text else text
    if at is not None and at != run.scheduled_for:
        if not now < at < run.scheduled_for + FURTHEST_MOVED:
            raise NotPossible("The new time has to be in the future, and within a week of the old one.")
        limit = recurring_runs.late_limit(campaign)
        changes |= {"scheduled_for": at, "not_after": at + limit if limit else None}
    if not changes:
        return
    if not Run.objects.filter(pk=run.pk, status=Run.Status.SCHEDULED).update(**changes):
        raise NotPossible("It has begun and cannot be changed any more.")
    about = f"campaign {campaign.pk}"
    record("occurrence changed", about, user=user, occurrence=run.occurrence, fields=sorted(changes))


def _ask_again(audience: Audience, now: datetime, user: User | None, api_key: ApiKey | None) -> None:
    """Void the approval of a campaign that was just changed: it pauses until somebody else has approved it."""
    campaign = audience.campaign
    mine = Campaign.objects.filter(pk=campaign.pk)
    if approval.must_be_approved(audience, now, user, api_key):
        if not campaign.is_paused:
            steer.pause_all(campaign)
        mine.update(approved_version=None, **state.asked(now))
        record("approval asked for", f"campaign {campaign.pk}", user=user, api_key=api_key)
    else:
        mine.update(**state.not_needed())


def _without_start(value: Any) -> Any:
    """A schedule without the day that it was begun on, which nobody typed."""
    return {key: one for key, one in value.items() if key != "from"} if isinstance(value, dict) else value
