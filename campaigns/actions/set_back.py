"""Changing what is scheduled and has not begun: a draft again, or changed where it stands.

Whoever changes it holds the campaign's row and then its runs. Nothing starts to be sent without that row, and nothing
is claimed of a run that was not started: so either it had begun, and goes as it was, or none of its old texts goes.
What was prepared is cancelled in the background, and another run stands in its place.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns import approval
from campaigns.actions import draft
from campaigns.actions.launch import launch
from campaigns.approval import authors, state
from campaigns.approval.authors import NotAllowed
from campaigns.audience import retries
from campaigns.checking.blockers import Blocked, Blocker
from campaigns.ledger.locks import lock_batches
from campaigns.models import Batch, Campaign, Run
from campaigns.models.transitions import NotPossible

REPLACED = "The campaign was changed before this one began."
BEGUN = "It has begun and cannot be changed any more."


@transaction.atomic
def back_to_draft(
    campaign_id: int, *, version: int | None = None, user: User | None = None, api_key: ApiKey | None = None
) -> Campaign:
    """Make a draft again of a campaign that goes once and has not begun; it keeps its time. What was approved is void.

    `version`: the one that was looked at. Raises NotAllowed, draft.Changed, NotPossible; then nothing was changed.
    """
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
    if not may_set_back(campaign, user, api_key):
        raise NotAllowed
    if version is not None and version != campaign.version:
        raise draft.Changed
    if campaign.recurs:
        raise NotPossible("It goes out again and again: change it as it is.")
    # Before its own run, which is younger.
    retries.lock_family(campaign)
    runs = list(campaign.runs.filter(replaced=False).order_by("pk").select_for_update())
    if not runs or any(not _take_away(run) for run in runs):
        raise NotPossible(BEGUN)
    void = {**state.not_needed(), "approved_by": None, "approved_at": None}
    if not Campaign.objects.filter(pk=campaign.pk).advance(Campaign.Status.DRAFT, launched_at=None, **void):
        raise NotPossible(BEGUN)
    record("campaign set back", f"campaign {campaign.pk}", user=user, api_key=api_key)
    campaign.refresh_from_db()
    return campaign


@transaction.atomic
def change_scheduled(
    campaign: Campaign,
    *,
    version: int | None = None,
    user: User | None = None,
    api_key: ApiKey | None = None,
    **fields: Any,
) -> Campaign:
    """Write `fields` into a campaign that is scheduled and has not begun; all that is asked of a launch is asked anew.

    It stays scheduled, or waits for approval where the rule asks for that. Raises NotAllowed, draft.Changed,
    NotPossible, Blocked; in either case nothing was changed.
    """
    if fields.get("schedule") is not None:
        words = "It goes out once. For one that goes out again and again make a new campaign."
        raise Blocked([Blocker("goes_once", "when", words)])
    campaign = back_to_draft(campaign.pk, version=version, user=user, api_key=api_key)
    if campaign.send_at is None:
        raise NotPossible("It was sent without a time and is on its way: make it a draft again to change it.")
    campaign = draft.change_draft(campaign, user=user, api_key=api_key, **fields)
    launch(campaign.pk, user=user, api_key=api_key)
    campaign.refresh_from_db()
    return campaign


def prepare_anew(campaign: Campaign) -> None:
    """The runs of a locked campaign that recurs which are prepared and have not begun: each is to be prepared again."""
    prepared = campaign.runs.not_begun().exclude(status=Run.Status.SCHEDULED).order_by("pk").select_for_update()
    for run in list(prepared):
        if _take_away(run):
            Run.objects.create(
                campaign=campaign,
                stage=run.stage,
                occurrence=run.occurrence,
                scheduled_for=run.scheduled_for,
                not_after=run.not_after,
                own_text=run.own_text,
                recheck=run.recheck,
            )


def may_set_back(campaign: Campaign, user: User | None, api_key: ApiKey | None) -> bool:
    """Whether whoever asks may keep it from going as it is: who may send, and with approval on whoever made it."""
    return authors.may_send(user, api_key) or (not approval.is_off() and authors.is_author(campaign, user, api_key))


def may_be_set_back(campaign: Campaign) -> bool:
    """Whether it goes once, is scheduled, and has not begun."""
    return campaign.is_active and not campaign.recurs and campaign.runs.not_begun().exists()


def _take_away(run: Run) -> bool:
    """Let a run that is locked and has not begun go no more; False: it has begun."""
    mine = Run.objects.not_begun().filter(pk=run.pk)
    if run.status == Run.Status.SCHEDULED:
        return bool(mine.delete()[0])
    changes = {"replaced": True, "reason": REPLACED, "finished_at": timezone.now()}
    if not mine.advance(Run.Status.CANCELLED, **changes):
        return False
    _take_out_of_figures(run)
    return True


def _take_out_of_figures(run: Run) -> None:
    """Who was left out of a run is left out of the one in its place: reports count that once."""
    settled = list(run.batches.filter(status=Batch.Status.SETTLED).values_list("pk", flat=True))
    lock_batches(settled)
    Batch.objects.filter(pk__in=settled).update(changes=F("changes") + 1)
