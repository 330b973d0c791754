"""A new draft for those of a run whom it did not reach."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from campaigns.models import Campaign, CampaignGroup, CampaignSegment, Run


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
    draft = Campaign.objects.create(
        name=f"Again: {campaign.name}"[:120],
        kind=campaign.kind,
        filter=campaign.filter,
        upload_id=campaign.upload_id,
        text=campaign.text,
        template=campaign.template,
        language=campaign.language,
        sender=campaign.sender,
        missing_values=campaign.missing_values,
        uncertain=campaign.uncertain,
        zone=campaign.zone,
        spend_limit=campaign.spend_limit,
        of_run=run,
        only=only,
        created_by=user,
    )
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
