"""Campaigns, their runs and their messages, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import JsonResponse
from django.utils import timezone
from ninja import Body, Field, Query, Router, Schema

from accounts.answers import Page
from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns.actions import approve, draft, launch, resolve, steer
from campaigns.actions.change import change_from_now_on
from campaigns.actions.copy import use_again
from campaigns.actions.set_back import change_scheduled
from campaigns.api import answers, shapes
from campaigns.api.drafts import CampaignBody, CampaignChange, changed_fields, check_filter, fields_of
from campaigns.approval import authors
from campaigns.audience import audience_of
from campaigns.checking.blockers import Blocked
from campaigns.checking.check import check_draft
from campaigns.ledger.log import LogQuery, in_order, log_page
from campaigns.models import Campaign, Message, Run, transitions
from campaigns.models.run import latest_run
from campaigns.tasks import tick
from lib.names import SentName
from lib.nudge import nudge

router = Router()

MOST = 1_000


@router.post("/campaigns", response={201: answers.Campaign})
@idempotent
def create_campaign(request: ApiRequest, body: Body[CampaignBody]) -> JsonResponse:
    """Make a campaign; with `"launch": true` it goes at once, at `send_at`, or by its `schedule`."""
    key = require(request, Role.COMPOSER)
    with transaction.atomic():
        fields = fields_of(body)
        check_filter(fields, None)
        campaign = draft.create_draft(body.name, api_key=key, **fields)
        if body.launch:
            _launch(campaign, key)
    return JsonResponse(shapes.campaign(_found(campaign.pk)), status=201)


@router.get("/campaigns", response=Page[answers.Campaign])
def list_campaigns(
    request: ApiRequest,
    status: Campaign.Status | None = None,
    cursor: str = "",
    limit: int = Query(100, ge=1, le=MOST),
) -> JsonResponse:
    """Campaigns, newest first; all, or those with one status."""
    require(request, Role.VIEWER)
    campaigns = Campaign.objects.select_related("sender").order_by("-pk")
    if status is not None:
        campaigns = campaigns.filter(status=status)
    if cursor:
        campaigns = campaigns.filter(pk__lt=decode_cursor(cursor))
    page = list(campaigns[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return JsonResponse({"results": [shapes.campaign(one) for one in page[:limit]], "next": following})


@router.get("/campaigns/{pk}", response=answers.Campaign)
def get_campaign(request: ApiRequest, pk: int) -> JsonResponse:
    """One campaign, how far its latest run is, and what became of its texts."""
    require(request, Role.VIEWER)
    return JsonResponse(shapes.campaign(_found(pk)))


@router.patch("/campaigns/{pk}", response=answers.Campaign)
def change_campaign(request: ApiRequest, pk: int, body: Body[CampaignChange]) -> JsonResponse:
    """Change a draft, or one that is scheduled and has not begun; what is not named stays.

    One that is scheduled stays so, with its new text, people, sender or time; what was approved is void, and where the
    rules ask for approval it waits for that again. One that recurs is changed from its next run on. 409 where it has
    begun.
    """
    key = require(request, Role.COMPOSER)
    campaign = _found(pk)
    fields = changed_fields(body)
    if {"groups", "segments", "filter"} & set(fields):
        check_filter(fields, campaign)
    try:
        _change_for(campaign)(campaign, api_key=key, **fields)
    except (draft.Changed, transitions.NotPossible) as error:
        raise _state("Only a draft, or what is scheduled and has not begun, can be changed.") from error
    except authors.NotAllowed as error:
        raise ApiError(403, "forbidden", "A manager's key has to change it: it is scheduled.") from error
    except Blocked as error:
        raise _blocked(error) from error
    nudge(tick)
    return JsonResponse(shapes.campaign(_found(pk)))


@router.delete("/campaigns/{pk}", response={204: None})
def delete_campaign(request: ApiRequest, pk: int) -> tuple[int, None]:
    """Delete a draft."""
    key = require(request, Role.COMPOSER)
    if not draft.delete_draft(_found(pk), api_key=key):
        raise _state("Only a draft can be deleted.")
    return 204, None


@router.get("/campaigns/{pk}/messages", response=Page[answers.Message])
def list_messages(
    request: ApiRequest,
    pk: int,
    status: Message.Status | None = None,
    run: int | None = None,
    cursor: str = "",
    limit: int = Query(100, ge=1, le=MOST),
) -> JsonResponse:
    """The campaign's texts, newest first."""
    require(request, Role.VIEWER)
    chosen = latest_run(_found(pk), run)
    if chosen is None:
        if run is not None:
            raise ApiError(404, "not_found", f"The campaign has no run {run}.", {"run": "unknown"})
        return JsonResponse({"results": [], "next": None})
    before = decode_cursor(cursor) if cursor else None
    wanted = LogQuery(run=chosen.pk, status=status or "")
    page = in_order(log_page(wanted, limit=limit + 1, before=before, patient=True))
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return JsonResponse({"results": [shapes.message(one) for one in page[:limit]], "next": following})


def _change_for(campaign: Campaign) -> Callable[..., Campaign]:
    """How a campaign in its state is changed."""
    if campaign.status in draft.DRAFTS:
        return draft.change_draft
    return change_from_now_on if campaign.recurs else change_scheduled


class Copy(Schema, extra="forbid"):
    """`people`: `now`, whoever is in its groups when it goes, or `same`, the people of its latest run."""

    name: Annotated[SentName, Field(max_length=120, examples=["January balances"])] = ""
    people: Literal["now", "same"] = "now"


@router.post("/campaigns/{pk}/copy", response={201: answers.Campaign})
@idempotent
def copy_campaign(request: ApiRequest, pk: int, body: Body[Copy]) -> JsonResponse:
    """Use a campaign again: a new draft with its text, people, sender and rules.

    Without a name it gets one that is free. A time that has passed becomes the same day of the month and time of day,
    the next time that they come. 409 where the same people are asked for and its latest run has not ended.
    """
    key = require(request, Role.COMPOSER)
    campaign = _found(pk)
    run = latest_run(campaign) if body.people == "same" else None
    if body.people == "same" and run is None:
        raise _state("It has no run yet whose people could be taken.")
    try:
        made = use_again(campaign, name=body.name, of_run=run, api_key=key)
    except transitions.NotPossible as error:
        raise _state(str(error)) from error
    return JsonResponse(shapes.campaign(_found(made.pk)), status=201)


class Resolution(Schema, extra="forbid"):
    action: Literal["resend", "resend_all", "leave"]


@router.post("/campaigns/{pk}/resolve", response=answers.Campaign)
@idempotent
def resolve_campaign(request: ApiRequest, pk: int, body: Body[Resolution]) -> JsonResponse:
    """What becomes of texts that are not known to have gone out; 409 before the waiting time is over."""
    key = require(request, Role.MANAGER)
    campaign = _found(pk)
    try:
        if body.action == "leave":
            resolve.leave_uncertain(campaign, api_key=key)
        else:
            resolve.resend_uncertain(campaign, everybody=body.action == "resend_all", api_key=key)
    except transitions.NotPossible as error:
        raise _state(str(error)) from error
    nudge(tick)
    return JsonResponse(shapes.campaign(_found(pk)))


class Decision(Schema, extra="forbid"):
    """`version` is that of the campaign that was looked at."""

    comment: Annotated[str, Field(max_length=500, examples=["The amounts are right"])] = ""
    version: int = Field(examples=[3])


@router.post("/campaigns/{pk}/approve", response=answers.Campaign)
@idempotent
def approve_campaign(request: ApiRequest, pk: int, body: Body[Decision]) -> JsonResponse:
    """Let a campaign go that waits for approval; 403 for whoever made it."""
    key = require(request, Role.MANAGER)
    _found(pk)
    with _decided():
        approve.approve(pk, body.version, comment=body.comment, api_key=key)
    nudge(tick)
    return JsonResponse(shapes.campaign(_found(pk)))


@router.post("/campaigns/{pk}/return", response=answers.Campaign)
@idempotent
def return_campaign(request: ApiRequest, pk: int, body: Body[Decision]) -> JsonResponse:
    """Give a campaign back that waits for approval: it is a draft again; 403 for whoever made it."""
    key = require(request, Role.MANAGER)
    _found(pk)
    with _decided():
        approve.send_back(pk, body.version, body.comment, api_key=key)
    return JsonResponse(shapes.campaign(_found(pk)))


@contextmanager
def _decided() -> Iterator[None]:
    """What may be wrong with an approval, as the API's errors."""
    try:
        yield
    except approve.NotAsked as error:
        raise _state("The campaign does not wait for approval.") from error
    except approve.Own as error:
        raise ApiError(403, "forbidden", "Whoever made or changed a campaign cannot approve it.") from error
    except approve.Nobodys as error:
        raise ApiError(403, "forbidden", "This key acts for nobody; a person's key has to decide it.") from error
    except transitions.Outdated as error:
        raise _state("It was changed since; look at it again and name its version.") from error
    except Blocked as error:
        raise _blocked(error) from error


@router.get("/campaigns/{pk}/runs", response=Page[answers.RunWithTotals])
def list_runs(request: ApiRequest, pk: int, cursor: str = "", limit: int = Query(100, ge=1, le=MOST)) -> JsonResponse:
    """The campaign's runs with what became of them, the latest time first."""
    require(request, Role.VIEWER)
    runs = _found(pk).runs.filter(replaced=False).order_by("-scheduled_for", "-pk")
    if cursor:
        last = Run.objects.filter(pk=decode_cursor(cursor)).first()
        runs = runs.earlier_than(last) if last else runs.none()
    page = list(runs.select_related("campaign__sender")[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return JsonResponse({"results": [shapes.whole_run(one) for one in page[:limit]], "next": following})


@router.post("/campaigns/{pk}/{act}", response=answers.Campaign)
@idempotent
def steer_campaign(request: ApiRequest, pk: int, act: Literal["launch", "pause", "resume", "cancel"]) -> JsonResponse:
    """Launch, pause, resume or cancel; 409 where the campaign is in no state for it."""
    # With approval on a composer may ask for it.
    key = require(request, Role.COMPOSER if act == "launch" else Role.MANAGER)
    campaign = _found(pk)
    try:
        if act == "launch":
            _launch(campaign, key)
        else:
            steer.ACTS[act](campaign, api_key=key)
            nudge(tick)
    except transitions.NotPossible as error:
        raise _state(str(error)) from error
    return JsonResponse(shapes.campaign(_found(pk)))


def _found(pk: int) -> Campaign:
    campaign = Campaign.objects.select_related("sender").filter(pk=pk).first()
    if campaign is None:
        raise ApiError(404, "not_found", f"There is no campaign {pk}.")
    return campaign


def _launch(campaign: Campaign, key: Any) -> None:
    _refuse_values(campaign)
    try:
        launch.launch(campaign.pk, api_key=key)
    except launch.NotADraft as error:
        raise _state("The campaign was launched or cancelled before.") from error
    except authors.NotAllowed as error:
        raise ApiError(403, "forbidden", "A manager's key has to launch it: it needs no approval.") from error
    except Blocked as error:
        raise _blocked(error) from error
    nudge(tick)


def _refuse_values(campaign: Campaign) -> None:
    """409 where somebody would be left out who may not be, or rows of one number differ in what the text says.

    Of many only some are looked at; planning sees all.
    """
    if not campaign.is_draft:
        return
    audience = audience_of(campaign)
    joins_rows = audience.by_number and not campaign.texts_each_row
    if not joins_rows and campaign.missing_values != Campaign.Missing.BLOCK:
        return
    for one in check_draft(audience, timezone.now(), None, None).blockers:
        if one.code in ("missing_values", "several_values"):
            raise ApiError(409, one.code, one.words, {one.code: one.words})


def _blocked(error: Blocked) -> ApiError:
    first = error.blockers[0]
    code = first.code if first.code in ("no_sender", "over_limit") else "invalid"
    return ApiError(422, code, str(error), {one.section: one.words for one in error.blockers})


def _state(words: str) -> ApiError:
    return ApiError(409, "state", words)
