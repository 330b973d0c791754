"""Using a campaign again: a new draft with its text, people, sender and rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.approval.authors import name_of
from campaigns.audience import audience_of
from campaigns.models import Campaign, CampaignGroup, CampaignSegment, Run
from campaigns.models.transitions import NotPossible
from campaigns.writing.next_name import next_name

NAME_LENGTH = Campaign._meta.get_field("name").max_length or 0
# What a draft has of its own: who it is, whose people it is for, and what was decided on it. All else it takes over.
OF_ITS_OWN = {
    "id", "name", "status", "version", "created_by", "made_by_key", "created_at", "authors", "of_run", "only",
    "next_at", "launched_at", "archived_at",
    "spender", "expected_cost",
    "approved_by", "approved_at", "approved_version", "approved_people", "approved_cost", "approved",
    "approved_terms", "approved_parts", "approved_until",
    "asked_at", "told_at", "mail_tried_at", "author_untold", "returned_with",
}  # fmt: skip


@transaction.atomic
def use_again(
    campaign: Campaign,
    *,
    name: str = "",
    of_run: Run | None = None,
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> Campaign:
    """A draft like `campaign`, for whoever is in its groups then; with `of_run` for the people of that run.

    Those are fixed: they are looked up in the groups as they are now, and neither segments nor conditions are asked
    again; who is to be left out is. Without a name it gets the one that is proposed. Raises NotPossible.
    """
    fields = taken_over(campaign)
    now = timezone.now()
    if of_run is not None:
        of_run = _kept(of_run)
        # What recurs goes to whoever is there at its time: for the same people it goes once.
        fields |= {"of_run": of_run, "only": Campaign.Only.SAME, "one_text_for": of_run.one_text_for}
        fields |= {"filter": [], "upload_id": None, "schedule": None}
    if fields["schedule"]:
        fields["schedule"] = _begun_anew(fields["schedule"], now)
    fields["send_at"] = _next_time(campaign, now)
    author = name_of(user, api_key)
    draft = Campaign.objects.create(
        **fields,
        name=name or proposed_name(campaign, now),
        created_by=user,
        made_by_key=api_key,
        authors=[author] if author else [],
    )
    copy_people(campaign, draft)
    record("campaign used again", f"campaign {draft.pk}", user=user, api_key=api_key, of=campaign.pk)
    return draft


def proposed_name(campaign: Campaign, now: datetime) -> str:
    def is_taken(name: str) -> bool:
        return Campaign.objects.filter(name=name).exists()

    return next_name(campaign.name, timezone.localdate(now), NAME_LENGTH, is_taken)


def taken_over(campaign: Campaign) -> dict[str, Any]:
    """The columns that a draft made from `campaign` begins with."""
    columns = (one for one in Campaign._meta.concrete_fields if one.name not in OF_ITS_OWN)
    return {one.attname: getattr(campaign, one.attname) for one in columns}


def copy_people(campaign: Campaign, draft: Campaign) -> None:
    """Groups and segments, and those that are left out; for the people of a run the groups that it had them from."""
    if draft.goes_to_the_same:
        CampaignGroup.objects.bulk_create(
            CampaignGroup(campaign=draft, group=group, position=position)
            for position, group in enumerate(audience_of(campaign).groups)
        )
    else:
        CampaignGroup.objects.bulk_create(
            CampaignGroup(campaign=draft, group_id=chosen.group_id, position=chosen.position)
            for chosen in campaign.chosen_groups.all()
        )
        CampaignSegment.objects.bulk_create(
            CampaignSegment(campaign=draft, segment_id=chosen.segment_id, position=chosen.position)
            for chosen in campaign.chosen_segments.all()
        )
    draft.exclude_groups.set(campaign.exclude_groups.all())
    draft.exclude_segments.set(campaign.exclude_segments.all())


def _kept(run: Run) -> Run:
    """The run, locked: the database looks at a reference to it only at the commit, and until then it may not go."""
    found = Run.objects.select_for_update(of=["self"]).select_related("campaign").filter(pk=run.pk).first()
    if found is None or found.status != Run.Status.FINISHED:
        raise NotPossible("Its people can be taken once it has been sent.")
    return found


def _begun_anew(schedule: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Without the day that it began on, unless that is still to come."""
    if str(schedule.get("from", "")) > timezone.localdate(now).isoformat():
        return schedule
    return {key: one for key, one in schedule.items() if key != "from"}


def _next_time(campaign: Campaign, now: datetime) -> datetime | None:
    """The day of the month and the time of day that it had, the next time that they come."""
    at = campaign.send_at
    if at is None or at > now:
        return at
    local = at.astimezone(ZoneInfo(campaign.zone))
    today = now.astimezone(local.tzinfo)
    months = (today.year - local.year) * 12 + today.month - local.month
    following = (local + relativedelta(months=one) for one in (months, months + 1))
    return next(one for one in following if one > now)
