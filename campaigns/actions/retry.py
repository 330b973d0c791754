"""A new draft for those of a run whom it did not reach."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from campaigns.actions.copy import NAME_LENGTH, copy_people, taken_over
from campaigns.models import Campaign, Run

# It goes when somebody sends it, once, by the groups as they are then.
OF_ITS_TIME = ("send_at", "schedule", "catch_up_days", "audience")


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
    copied = {name: one for name, one in taken_over(campaign).items() if name not in OF_ITS_TIME}
    name = f"Again: {campaign.name}"[:NAME_LENGTH]
    copied["one_text_for"] = run.one_text_for  # its rows, or numbers, are the ones that are meant again
    draft = Campaign.objects.create(**copied, name=name, of_run=run, only=only, created_by=user)
    copy_people(campaign, draft)
    record("draft made of a run", f"campaign {draft.pk}", user=user, run=run.pk, only=only)
    return draft
