"""From a draft to a run: once, however often Send is pressed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import approval
from campaigns.actions.activate import activate
from campaigns.approval import state
from campaigns.approval.authors import NotAllowed, may_send, with_author
from campaigns.audience import audience_of, retries
from campaigns.checking.blockers import Blocked, launch_blockers
from campaigns.checking.within_limit import expect_within_limit
from campaigns.ledger.allowance import payer_of
from campaigns.models import Campaign, Run
from campaigns.models.transitions import Outdated


class NotADraft(Exception):
    """It was launched or cancelled before; show it as it is now."""


@transaction.atomic
def launch(
    campaign_id: int, *, version: int | None = None, user: User | None = None, api_key: ApiKey | None = None
) -> Run | None:
    """Make the draft active, with its first run; None where somebody else has to approve it first.

    `version`: the one that was looked at. Raises NotAllowed, NotADraft, Outdated, Blocked; in either case nothing was
    changed.
    """
    if approval.is_off() and not may_send(user, api_key):
        raise NotAllowed
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
    if not campaign.is_draft:
        raise NotADraft
    if version is not None and version != campaign.version:
        raise Outdated
    retries.lock_family(campaign)
    now = timezone.now()
    audience = audience_of(campaign)
    if found := launch_blockers(audience, now):
        raise Blocked(found)
    payer = payer_of(user, api_key)
    paid = {"spender": payer, "expected_cost": expect_within_limit(audience, payer, now, user)}
    about = f"campaign {campaign.pk}"
    drafts = Campaign.objects.filter(pk=campaign.pk)
    if approval.must_be_approved(audience, now, user, api_key):
        authors = with_author(campaign, user, api_key)
        if not drafts.advance(Campaign.Status.AWAITING_APPROVAL, authors=authors, **paid, **state.asked(now)):
            raise NotADraft
        record("approval asked for", about, user=user, api_key=api_key)
        return None
    if not drafts.advance(Campaign.Status.ACTIVE, launched_at=now, **paid):
        raise NotADraft
    run = activate(campaign, now)
    record("campaign launched", about, user=user, api_key=api_key)
    return run
