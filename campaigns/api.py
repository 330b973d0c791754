"""Campaigns, their messages and the balance, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Body, Field, Query, Router, Schema, Status

from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent, require
from accounts.nudge import nudge
from accounts.roles import Role
from campaigns import (
    approving,
    audience,
    balance,
    describing,
    drafting,
    forecasting,
    launching,
    message_log,
    placeholders,
    resolving,
    sending,
    steering,
    stopping,
)
from campaigns.models import Campaign, Gate, MessageTemplate, Run, Sender
from campaigns.schedules import BadSchedule, read
from campaigns.tasks import tick
from contacts import filters
from contacts.models import ContactGroup, Segment

router = Router()

MOST = 1_000
LONGEST_TEXT = 2_000
GATEWAY_AGE = 60


class CampaignBody(Schema, extra="forbid"):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    group: str | None = None
    groups: list[str] | None = None
    segments: list[str] = []
    exclude_groups: list[str] = []
    exclude_segments: list[str] = []
    filter: list[dict[str, Any]] = []
    text: Annotated[str, Field(max_length=LONGEST_TEXT)] | None = None
    template: int | None = None
    sender: str | None = None
    kind: Literal["transactional", "promotional"]
    send_at: datetime | None = None
    timezone: str = "Africa/Nairobi"
    schedule: dict[str, Any] | None = None
    catch_up_days: Annotated[int, Field(ge=0, le=14)] = 1
    audience: Literal["live", "frozen"] = "live"
    missing_values: Literal["skip", "block"] = "skip"
    language: Literal["en", "sw"] = "en"
    uncertain: Literal["hold", "resend"] = "hold"
    launch: bool = False


class CampaignChange(CampaignBody):
    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None  # type: ignore[assignment]
    kind: Literal["transactional", "promotional"] | None = None  # type: ignore[assignment]


@router.post("/campaigns", response={201: dict})
@idempotent
def create_campaign(request: HttpRequest, body: Body[CampaignBody]) -> JsonResponse:
    """Make a campaign; with `"launch": true` it goes at once, at `send_at`, or by its `schedule`."""
    key = require(request, Role.COMPOSER)
    with transaction.atomic():
        fields = _fields(body)
        _check_filter(fields, None)
        campaign = drafting.create(body.name, api_key=key, **fields)
        if body.launch:
            _launch(campaign, key)
    return JsonResponse(describing.campaign(_found(campaign.pk)), status=201)


@router.get("/campaigns")
def list_campaigns(
    request: HttpRequest, status: str = "", cursor: str = "", limit: int = Query(100, ge=1, le=MOST)
) -> dict[str, Any]:
    require(request, Role.VIEWER)
    campaigns = Campaign.objects.select_related("sender").order_by("-pk")
    if status:
        campaigns = campaigns.filter(status=status)
    if cursor:
        campaigns = campaigns.filter(pk__lt=decode_cursor(cursor))
    page = list(campaigns[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return {"results": [describing.campaign(one) for one in page[:limit]], "next": following}


@router.get("/campaigns/{pk}")
def get_campaign(request: HttpRequest, pk: int) -> dict[str, Any]:
    require(request, Role.VIEWER)
    return describing.campaign(_found(pk))


@router.patch("/campaigns/{pk}")
def change_campaign(request: HttpRequest, pk: int, body: Body[CampaignChange]) -> dict[str, Any]:
    key = require(request, Role.COMPOSER)
    campaign = _found(pk)
    given = body.dict(exclude_unset=True)
    fields = {name: value for name, value in _fields(body).items() if name in _touched(given)}
    if {"groups", "segments", "filter"} & set(fields):
        _check_filter(fields, campaign)
    if body.name is not None:
        fields["name"] = body.name
    try:
        drafting.change(campaign, api_key=key, **fields)
    except drafting.Changed as error:
        raise _state("Only a draft can be changed.") from error
    return describing.campaign(_found(pk))


@router.delete("/campaigns/{pk}", response={204: None})
def delete_campaign(request: HttpRequest, pk: int) -> tuple[int, None]:
    require(request, Role.COMPOSER)
    _found(pk)
    if not Campaign.objects.filter(pk=pk, status=Campaign.Status.DRAFT).delete()[0]:
        raise _state("Only a draft can be deleted.")
    return 204, None


@router.get("/campaigns/{pk}/messages")
def list_messages(
    request: HttpRequest,
    pk: int,
    status: str = "",
    run: int | None = None,
    cursor: str = "",
    limit: int = Query(100, ge=1, le=MOST),
) -> dict[str, Any]:
    """The campaign's texts, newest first."""
    require(request, Role.VIEWER)
    chosen = _found(pk).latest_run(run)
    if chosen is None:
        return {"results": [], "next": None}
    before = decode_cursor(cursor) if cursor else None
    page = message_log.page(chosen, message_log.Wanted(status), limit=limit + 1, before=before)
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return {"results": [describing.message(one) for one in page[:limit]], "next": following}


class Resolution(Schema, extra="forbid"):
    action: Literal["resend", "resend_all", "leave"]


@router.post("/campaigns/{pk}/resolve")
@idempotent
def resolve_campaign(request: HttpRequest, pk: int, body: Body[Resolution]) -> JsonResponse:
    """What becomes of texts that are not known to have gone out; 409 before the waiting time is over."""
    key = require(request, Role.MANAGER)
    campaign = _found(pk)
    try:
        if body.action == "leave":
            resolving.leave(campaign, api_key=key)
        else:
            resolving.resend(campaign, everybody=body.action == "resend_all", api_key=key)
    except steering.NotPossible as error:
        raise _state(str(error)) from error
    nudge(tick)
    return JsonResponse(describing.campaign(_found(pk)))


class Comment(Schema, extra="forbid"):
    comment: Annotated[str, Field(max_length=500)] = ""


@router.post("/campaigns/{pk}/approve")
@idempotent
def approve_campaign(request: HttpRequest, pk: int, body: Body[Comment | None] = None) -> JsonResponse:
    """Let a campaign go that waits for approval; 403 for whoever made it."""
    key = require(request, Role.MANAGER)
    _found(pk)
    with _decided():
        approving.approve(pk, comment=body.comment if body else "", api_key=key)
    nudge(tick)
    return JsonResponse(describing.campaign(_found(pk)))


@router.post("/campaigns/{pk}/return")
@idempotent
def return_campaign(request: HttpRequest, pk: int, body: Body[Comment | None] = None) -> JsonResponse:
    """Give a campaign back that waits for approval: it is a draft again; 403 for whoever made it."""
    key = require(request, Role.MANAGER)
    _found(pk)
    with _decided():
        approving.send_back(pk, body.comment if body else "", api_key=key)
    return JsonResponse(describing.campaign(_found(pk)))


@contextmanager
def _decided() -> Iterator[None]:
    """What may be wrong with an approval, as the API's errors."""
    try:
        yield
    except approving.NotAsked as error:
        raise _state("The campaign does not wait for approval.") from error
    except approving.Own as error:
        raise ApiError(403, "forbidden", "Whoever made or changed a campaign cannot approve it.") from error
    except launching.Blocked as error:
        raise _blocked(error) from error


@router.get("/campaigns/{pk}/runs")
def list_runs(
    request: HttpRequest, pk: int, cursor: str = "", limit: int = Query(100, ge=1, le=MOST)
) -> dict[str, Any]:
    """The campaign's runs with what became of them, the latest time first."""
    require(request, Role.VIEWER)
    runs = _found(pk).runs.order_by("-scheduled_for", "-pk")
    if cursor:
        last = Run.objects.filter(pk=decode_cursor(cursor)).first()
        runs = runs.earlier_than(last) if last else runs.none()
    page = list(runs.select_related("campaign__sender")[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return {"results": [describing.whole_run(one) for one in page[:limit]], "next": following}


@router.post("/campaigns/{pk}/{act}")
@idempotent
def steer_campaign(request: HttpRequest, pk: int, act: Literal["launch", "pause", "resume", "cancel"]) -> JsonResponse:
    """Launch, pause, resume or cancel; 409 where the campaign is in no state for it."""
    # With approval on a composer may ask for it.
    key = require(request, Role.COMPOSER if act == "launch" else Role.MANAGER)
    campaign = _found(pk)
    try:
        if act == "launch":
            _launch(campaign, key)
        else:
            getattr(steering, act)(campaign, api_key=key)
            nudge(tick)
    except steering.NotPossible as error:
        raise _state(str(error)) from error
    return JsonResponse(describing.campaign(_found(pk)))


class Stop(Schema, extra="forbid"):
    reason: Annotated[str, Field(max_length=300)] = ""


@router.post("/stop")
@idempotent
def stop_all(request: HttpRequest, body: Body[Stop | None] = None) -> JsonResponse:
    """The emergency stop: nothing goes out any more until it is ended."""
    key = require(request, Role.MANAGER)
    stopping.stop(body.reason if body else "", api_key=key)
    gate = Gate.objects.get(pk=1)
    return JsonResponse({"stopped": True, "stopped_at": gate.stopped_at, "stopped_by": gate.stopped_by})


@router.delete("/stop", response={204: None})
def end_stop(request: HttpRequest) -> Status[None]:
    """Let sending go on."""
    key = require(request, Role.MANAGER)
    if not stopping.lift(api_key=key):
        raise _state("Sending is not stopped.")
    nudge(tick)
    return Status(204, None)


@router.get("/balance")
def get_balance(request: HttpRequest) -> dict[str, Any]:
    """The account's balance as the gateway told it, asked again where that is more than a minute ago."""
    require(request, Role.VIEWER)
    gate = Gate.objects.get(pk=1)
    if gate.balance_at is None or (timezone.now() - gate.balance_at).total_seconds() > GATEWAY_AGE:
        balance.ask(sending.gateway_from_settings())
        gate.refresh_from_db()
    if gate.balance_at is None:
        raise ApiError(503, "unavailable", "The gateway has not told a balance yet.")
    return {
        "balance_kes": _text(gate.balance),
        "sms_remaining": gate.sms_remaining,
        "rate_per_sms": _text(gate.rate),
        "as_of": gate.balance_at,
    }


def _found(pk: int) -> Campaign:
    campaign = Campaign.objects.select_related("sender").filter(pk=pk).first()
    if campaign is None:
        raise ApiError(404, "not_found", f"There is no campaign {pk}.")
    return campaign


def _launch(campaign: Campaign, key: Any) -> None:
    _refuse_missing_values(campaign)
    try:
        launching.launch(campaign.pk, api_key=key)
    except launching.NotADraft as error:
        raise _state("The campaign was launched or cancelled before.") from error
    except launching.NotAllowed as error:
        raise ApiError(403, "forbidden", "A manager's key has to launch it: it needs no approval.") from error
    except launching.Blocked as error:
        raise _blocked(error) from error
    nudge(tick)


def _refuse_missing_values(campaign: Campaign) -> None:
    """409 where nobody may be left out and somebody would be. Of many only some are looked at; planning sees all."""
    if campaign.missing_values != Campaign.Missing.BLOCK or not campaign.is_draft:
        return
    now = timezone.now()
    if any(one.section in ("who", "what") for one in launching.blockers(campaign, now)):
        return
    found = forecasting.forecast(campaign, timezone.localdate()).estimate
    for one in (one for one in forecasting.blockers(campaign, found) if one.code == "missing_values"):
        raise ApiError(409, "missing_values", one.words, {"missing_values": one.words})


def _blocked(error: launching.Blocked) -> ApiError:
    first = error.blockers[0]
    code = first.code if first.code in ("no_sender",) else "invalid"
    return ApiError(422, code, str(error), {one.section: one.words for one in error.blockers})


def _fields(body: CampaignBody) -> dict[str, Any]:
    """The draft's fields, looked up; ApiError 422 names what there is none of."""
    names = [*([body.group] if body.group else []), *(body.groups or [])]
    text = body.text or ""
    if body.template is not None:
        template = MessageTemplate.objects.filter(pk=body.template).first()
        if template is None:
            raise _invalid("template", f"There is no template {body.template}.")
        text = text or template.text
    try:
        placeholders.compile(text)
    except placeholders.PlaceholderError as error:
        raise _invalid("text", f"{error.words} (at {error.position})") from error
    if body.timezone not in available_timezones():
        raise _invalid("timezone", f"There is no time zone {body.timezone}.")
    send_at = body.send_at
    if send_at is not None and send_at.tzinfo is None:
        send_at = send_at.replace(tzinfo=ZoneInfo(body.timezone))
    if send_at is not None and send_at < timezone.now() - launching.TOO_LATE:
        raise _invalid("send_at", "The time to send at has passed.")
    if send_at is not None and send_at > timezone.now() + launching.FURTHEST:
        raise _invalid("send_at", "The time to send at is more than two years away.")
    if body.schedule is not None:
        _check_schedule(body)
    return {
        "groups": _groups("groups", names),
        "segments": _segments("segments", body.segments),
        "exclude_groups": _groups("exclude_groups", body.exclude_groups),
        "exclude_segments": _segments("exclude_segments", body.exclude_segments),
        "filter": body.filter,
        "text": text,
        "template_id": body.template,
        "sender": _sender(body.sender, body.kind),
        "kind": body.kind,
        "send_at": send_at,
        "zone": body.timezone,
        "schedule": body.schedule,
        "catch_up_days": body.catch_up_days,
        "audience": body.audience,
        "missing_values": body.missing_values,
        "language": body.language,
        "uncertain": body.uncertain,
    }


def _check_filter(fields: dict[str, Any], campaign: Campaign | None) -> None:
    """ApiError 422 where the filter does not fit the groups that there will be."""
    before = audience.chosen(campaign) if campaign else audience.Choice()
    after = audience.Choice(
        groups=fields.get("groups", before.groups), segments=fields.get("segments", before.segments)
    ).all_groups()
    try:
        filters.parse(fields.get("filter", before.filter), audience.field_types(after))
    except filters.BadFilter as error:
        raise _invalid("filter", str(error)) from error


def _check_schedule(body: CampaignBody) -> None:
    if body.send_at is not None:
        raise _invalid("schedule", "Give `send_at` (once) or `schedule` (again and again), not both.")
    if body.audience == "frozen":
        words = "What recurs goes to whoever is in the groups at its time: `audience` is live."
        raise _invalid("audience", words)
    try:
        read(body.schedule)
    except BadSchedule as error:
        raise _invalid("schedule", str(error)) from error


def _touched(given: dict[str, Any]) -> set[str]:
    other = {"group": "groups", "timezone": "zone", "template": "template_id"}
    return {other.get(name, name) for name in given} | ({"text"} if "template" in given else set())


def _groups(field: str, names: list[str]) -> list[ContactGroup]:
    found = {group.name: group for group in ContactGroup.objects.filter(name__in=names)}
    for name in names:
        if name not in found:
            raise _invalid(field, f"There is no group “{name}”.")
    return [found[name] for name in names]


def _segments(field: str, names: list[str]) -> list[Segment]:
    found = {segment.name: segment for segment in Segment.objects.filter(name__in=names)}
    for name in names:
        if name not in found:
            raise _invalid(field, f"There is no segment “{name}”.")
    return [found[name] for name in names]


def _sender(name: str | None, kind: str | None) -> Sender | None:
    if name is None:
        return Sender.objects.filter(archived_at=None, is_default=True).first()
    sender = Sender.objects.filter(archived_at=None, name=name).first()
    if sender is None or (kind is not None and not sender.may_send(kind)):
        raise ApiError(422, "no_sender", f"There is no sender ID “{name}” for {kind} texts.", {"sender": "unknown"})
    return sender


def _invalid(field: str, words: str) -> ApiError:
    return ApiError(422, "invalid", words, {field: words})


def _state(words: str) -> ApiError:
    return ApiError(409, "state", words)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else describing.money(amount)
