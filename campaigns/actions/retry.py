"""A new draft for those of a run whom it did not reach."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from campaigns.models import Campaign, CampaignGroup, CampaignSegment, Run

# What a draft has of its own: who it is, when it goes, and what was decided on it. Everything else it takes over.
NOT_COPIED = {
    "id", "name", "status", "version", "created_by", "made_by_key", "created_at", "authors", "of_run", "only",
    "send_at", "schedule", "catch_up_days", "next_at", "audience", "launched_at",
    "spender", "expected_cost",
    "approved_by", "approved_at", "approved_version", "approved_people", "approved_cost", "approved",
    "approved_terms", "approved_parts", "approved_until",
    "asked_at", "told_at", "mail_tried_at", "author_untold", "returned_with",
}  # fmt: skip


@transaction.atomic
def make_draft(run: Run, only: str, user: User | None) -> Campaign:
    """A draft like the run's campaign, for those of its people of whom `only` (Campaign.Only) is true.

    Where there is one that has not been sent yet, that one.
    """
    # The database looks at the reference to the run only at the commit: until then the run may not go.
    run = Run.objects.select_for_update(of=["self"]).select_related("campaign").get(pk=run.pk)
    unsent = [Campaign.Status.DRAFT, Campaign.Status.AWAITING_APPROVAL]
    if (there := Campaign.objects.filter(of_run=run, only=only, status__in=unsent).first()) is not None:
        return there
    campaign = run.campaign
    copied = {
        one.attname: getattr(campaign, one.attname)
        for one in Campaign._meta.concrete_fields
        if one.name not in NOT_COPIED
    }
    name = f"Again: {campaign.name}"[: Campaign._meta.get_field("name").max_length]
    copied["one_text_for"] = run.one_text_for  # its rows, or numbers, are the ones that are meant again
    draft = Campaign.objects.create(**copied, name=name, of_run=run, only=only, created_by=user)
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
    record("draft made of a run", f"campaign {draft.pk}", user=user, run=run.pk, only=only)
    return draft
