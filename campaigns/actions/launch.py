"""From a draft to a run: once, however often Send is pressed; and what stands in the way, in words."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import approval
from campaigns.actions.activate import activate
from campaigns.approval.authors import NotAllowed, may_send, with_author
from campaigns.audience import retries
from campaigns.checking.blockers import Blocked, launch_blockers
from campaigns.models import Campaign, Run


class NotADraft(Exception):
    """It was launched or cancelled before; show it as it is now."""


@transaction.atomic
def launch(campaign_id: int, *, user: User | None = None, api_key: ApiKey | None = None) -> Run | None:
    """Make the draft active, with its first run; None where somebody else has to approve it first.

    Raises Blocked, NotADraft, NotAllowed; in either case nothing was changed.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if not campaign.is_draft:
        raise NotADraft
    retries.lock_family(campaign)
    now = timezone.now()
    if found := launch_blockers(campaign, now):
        raise Blocked(found)
    about = f"campaign {campaign.pk}"
    drafts = Campaign.objects.filter(pk=campaign.pk)
    if approval.is_needed(campaign, now):
        authors = with_author(campaign, user, api_key)
        asked = {"asked_at": now, "told_at": None, "author_untold": False, "returned_with": "", "authors": authors}
        if not drafts.advance(Campaign.Status.AWAITING_APPROVAL, **asked):
            raise NotADraft
        record("approval asked for", about, user=user, api_key=api_key)
        return None
    if not may_send(user, api_key):
        raise NotAllowed
    if not drafts.advance(Campaign.Status.ACTIVE, launched_at=now):
        raise NotADraft
    run = activate(campaign, now)
    record("campaign launched", about, user=user, api_key=api_key)
    return run
