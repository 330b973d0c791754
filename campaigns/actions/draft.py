"""Making and changing a draft, from the API's body or the builder's forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.approval import state
from campaigns.approval.authors import name_of, with_author
from campaigns.audience import audience_of
from campaigns.models import Campaign, CampaignGroup, CampaignSegment
from contacts.models import ContactGroup, Segment

DRAFTS = (Campaign.Status.DRAFT, Campaign.Status.AWAITING_APPROVAL)


class Changed(Exception):
    """The draft is no longer the one that was looked at: show what it is now, keep what was typed."""


@transaction.atomic
def create_draft(
    name: str,
    *,
    user: User | None = None,
    api_key: ApiKey | None = None,
    groups: Sequence[ContactGroup] = (),
    **fields: Any,
) -> Campaign:
    """A new draft. `fields` are the campaign's own; `segments` and what is left out are sequences."""
    excluded, segments = fields.pop("exclude_groups", ()), fields.pop("segments", ())
    excluded_segments = fields.pop("exclude_segments", ())
    author = name_of(user, api_key)
    campaign = Campaign.objects.create(
        name=name, created_by=user, made_by_key=api_key, authors=[author] if author else [], **fields
    )
    choose_groups(campaign, groups, excluded)
    choose_segments(campaign, segments, excluded_segments)
    if "one_text_for" not in fields:
        choose_way(campaign, had_keys=False)
    record("campaign made", f"campaign {campaign.pk}", user=user, api_key=api_key)
    return campaign


@transaction.atomic
def delete_draft(campaign: Campaign, *, user: User | None = None, api_key: ApiKey | None = None) -> bool:
    """False: it is no draft, or not any more; what was sent stays."""
    if not Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.DRAFT).delete()[0]:
        return False
    record("campaign deleted", f"campaign {campaign.pk}", user=user, api_key=api_key, name=campaign.name)
    return True


@transaction.atomic
def change_draft(
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
    """Write `fields` into a draft; one that waits for approval is a draft again by that. A retry goes on in the way of
    its run: a text for each row or for each number, whatever is asked.

    Raises Changed where it is no draft, or `version` is not its version any more.
    """
    drafts = Campaign.objects.filter(pk=campaign.pk, status__in=DRAFTS)
    if version is not None:
        drafts = drafts.filter(version=version)
    if campaign.of_run_id is not None:
        fields.pop("one_text_for", None)
    authors = with_author(campaign, user, api_key)
    chooses_way = "one_text_for" not in fields and (groups is not None or segments is not None)
    had_keys = chooses_way and audience_of(campaign).by_number
    status = Campaign.Status.DRAFT
    if not drafts.update(version=F("version") + 1, status=status, authors=authors, **state.not_asked(), **fields):
        raise Changed
    changed = [name for name, one in fields.items() if getattr(campaign, name) != one]
    campaign.refresh_from_db()
    choose_groups(campaign, groups, exclude_groups)
    choose_segments(campaign, segments, exclude_segments)
    if chooses_way:
        choose_way(campaign, had_keys=had_keys)
    people = {"groups": groups, "left out": exclude_groups, "segments": segments, "segments left out": exclude_segments}
    changed += [name for name, one in people.items() if one is not None]
    record("campaign changed", f"campaign {campaign.pk}", user=user, api_key=api_key, fields=sorted(changed))
    return campaign


def choose_groups(
    campaign: Campaign, groups: Sequence[ContactGroup] | None, excluded: Sequence[ContactGroup] | None
) -> None:
    """Set the campaign's groups, in this order, and those that are left out; None leaves them as they are."""
    if groups is not None:
        campaign.chosen_groups.all().delete()
        CampaignGroup.objects.bulk_create(
            CampaignGroup(campaign=campaign, group=group, position=position)
            for position, group in enumerate(dict.fromkeys(groups))
        )
    if excluded is not None:
        campaign.exclude_groups.set(excluded)


def choose_segments(campaign: Campaign, segments: Sequence[Segment] | None, excluded: Sequence[Segment] | None) -> None:
    """The same of segments."""
    if segments is not None:
        campaign.chosen_segments.all().delete()
        CampaignSegment.objects.bulk_create(
            CampaignSegment(campaign=campaign, segment=segment, position=position)
            for position, segment in enumerate(dict.fromkeys(segments))
        )
    if excluded is not None:
        campaign.exclude_segments.set(excluded)


def choose_way(campaign: Campaign, *, had_keys: bool) -> None:
    """Where nobody says it: a text for each row once a group has a key, one for each number once none has any more."""
    has_keys = audience_of(campaign).by_number
    if has_keys == had_keys or campaign.of_run_id is not None:
        return
    campaign.one_text_for = Campaign.OneTextFor.ROW if has_keys else Campaign.OneTextFor.NUMBER
    campaign.save(update_fields=["one_text_for"])
