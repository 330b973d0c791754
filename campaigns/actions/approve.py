"""Approving a campaign, or returning it with a comment: by somebody who has not made it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns import approval
from campaigns.actions.activate import activate
from campaigns.approval import authors, state
from campaigns.approval.as_of import lock_people
from campaigns.audience import audience_of
from campaigns.audience.terms import terms_of
from campaigns.checking.blockers import Blocked, launch_blockers
from campaigns.checking.within_limit import begins_at, over_limit
from campaigns.ledger.allowance import lock_allowance
from campaigns.models import Campaign, Run
from campaigns.models.transitions import Outdated
from campaigns.sending.halts import let_go_on


class NotAsked(Exception):
    """Nobody asked for approval of it, or it was decided before; show it as it is."""


class Own(Exception):
    """Whoever made or changed it cannot approve it."""


class Nobodys(Exception):
    """A key that acts for nobody cannot approve: who approves is a person."""


class NotYours(Exception):
    """A request for approval is taken back by whoever made the campaign, or a composer and above."""


@transaction.atomic
def approve(
    campaign_id: int,
    version: int,
    *,
    comment: str = "",
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> Campaign:
    """Let it go as it is now, which is the version that was looked at.

    Raises NotAsked, Own, Nobodys, Outdated, Blocked; in either case nothing was changed.
    """
    campaign = _asked(campaign_id, version, user, api_key)
    now = timezone.now()
    audience = audience_of(campaign)
    if found := launch_blockers(audience, now):
        raise Blocked(found)
    # What is written into the groups from here on was not there to be approved.
    until = lock_people(audience)
    expected = approval.expected(audience, now)
    was_paused = campaign.is_paused
    # Of what recurs and was changed each run is looked at when it starts.
    payer = None if was_paused else campaign.spender_id
    allowance = lock_allowance(payer, begins_at(campaign, now))
    if allowance and (found := over_limit(allowance, expected.cost, user)):
        raise Blocked(found)
    changes = {"launched_at": now} if campaign.launched_at is None else {}
    moved = Campaign.objects.filter(pk=campaign.pk).advance(
        Campaign.Status.ACTIVE,
        approved_by=_person(user, api_key),
        approved_at=now,
        approved_version=campaign.version,
        approved_people=expected.people,
        approved_cost=expected.cost,
        approved=approval.snapshot(audience),
        approved_terms=terms_of(audience),
        approved_parts=expected.parts,
        approved_until=until,
        **state.decided(),
        **changes,
    )
    if not moved:
        raise NotAsked
    campaign.refresh_from_db()
    if was_paused:
        for run in campaign.runs.filter(status=Run.Status.PAUSED).order_by("pk").select_for_update():
            let_go_on(run)
    else:
        activate(campaign, now)
    _note("campaign approved", campaign, user, api_key, comment, people=expected.people, cost=str(expected.cost))
    return campaign


@transaction.atomic
def send_back(
    campaign_id: int, version: int, comment: str, *, user: User | None = None, api_key: ApiKey | None = None
) -> Campaign:
    """Return it to whoever made it: a draft again; one that recurs stays paused.

    Raises NotAsked, Own, Nobodys, Outdated; then nothing was changed.
    """
    campaign = _asked(campaign_id, version, user, api_key)
    words = comment[:500] or "It was returned without a comment."
    changes = state.decided(returned_with=words)
    if campaign.is_paused:
        Campaign.objects.filter(pk=campaign.pk).update(**changes)
    elif not Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.DRAFT, **changes):
        raise NotAsked
    _note("campaign returned", campaign, user, api_key, comment)
    campaign.refresh_from_db()
    return campaign


@transaction.atomic
def take_back_request(campaign_id: int, *, user: User) -> Campaign:
    """Make a draft of it again, to change it. Raises NotAsked, NotYours."""
    campaign = _locked(campaign_id)
    if not (user.may_act_as(Role.COMPOSER) or authors.is_author(campaign, user, None)):
        raise NotYours
    if not Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.DRAFT, **state.not_asked()):
        raise NotAsked
    _note("approval taken back", campaign, user, None, "")
    campaign.refresh_from_db()
    return campaign


def _asked(campaign_id: int, version: int, user: User | None, api_key: ApiKey | None) -> Campaign:
    campaign = _locked(campaign_id)
    if authors.is_author(campaign, user, api_key):
        raise Own
    if _person(user, api_key) is None:
        raise Nobodys
    if version != campaign.version:
        raise Outdated
    return campaign


def _person(user: User | None, api_key: ApiKey | None) -> User | None:
    """Who decides: the person, or the one for whom the key acts."""
    return user if user is not None else api_key.owner if api_key is not None else None


def _locked(campaign_id: int) -> Campaign:
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
    if not campaign.awaits_approval:
        raise NotAsked
    return campaign


def _note(
    act: str, campaign: Campaign, user: User | None, api_key: ApiKey | None, comment: str, **more: object
) -> None:
    record(act, f"campaign {campaign.pk}", user=user, api_key=api_key, comment=comment[:500], **more)
