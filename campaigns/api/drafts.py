"""A campaign as scripts write it down, and the fields of a draft that it means."""

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils import timezone
from ninja import Field, Schema

from accounts.api import ApiError
from campaigns import placeholders
from campaigns.api.answers import TEMPLATE
from campaigns.audience import AudienceChoice, chosen
from campaigns.checking.blockers import FURTHEST_AHEAD, TOO_LATE_BY
from campaigns.models import Campaign, MessageTemplate, Sender
from campaigns.schedules import BadSchedule, read_schedule
from contacts import filters
from contacts.api.answers import CONDITION
from contacts.models import ContactGroup, Segment
from lib.names import SentName


class CampaignChange(Schema, extra="forbid"):
    """What is not given stays as it is; null is a value only where it says so."""

    name: Annotated[SentName, Field(min_length=1, max_length=120, examples=["December balances"])] = ""
    group: str | None = Field(None, examples=["loan_clients"])
    groups: list[str] | None = None
    segments: list[str] = []
    exclude_groups: list[str] = []
    exclude_segments: list[str] = []
    filter: list[dict[str, Any]] = Field([], examples=[[CONDITION]])
    text: Annotated[str, Field(max_length=placeholders.LONGEST_TEXT)] | None = Field(None, examples=[TEMPLATE])
    template: int | None = None
    sender: str | None = Field(None, description="null: the default one.")
    kind: Literal["transactional", "promotional"] = "transactional"
    send_at: datetime | None = Field(None, description="null: now.")
    timezone: str = settings.TIME_ZONE
    schedule: dict[str, Any] | None = None
    catch_up_days: Annotated[int, Field(ge=0, le=14)] = 1
    audience: Literal["live", "frozen"] = "live"
    missing_values: Literal["skip", "block"] = "skip"
    old_values: Literal["skip", "send"] = "skip"
    zero_amounts: Literal["skip", "text"] = "text"
    language: Literal["en", "sw"] = "en"
    uncertain: Literal["hold", "resend"] = "hold"
    one_text_for: Literal["row", "number"] | None = Field(
        None,
        description="A text for each row of a number, or one for all of them. null: `row` where a group has a key; "
        "of a campaign that is there, what it has.",
    )


class CampaignBody(CampaignChange):
    name: Annotated[SentName, Field(min_length=1, max_length=120, examples=["December balances"])]
    kind: Literal["transactional", "promotional"]
    launch: bool = False


def fields_of(body: CampaignChange) -> dict[str, Any]:
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
    if send_at is not None and send_at < timezone.now() - TOO_LATE_BY:
        raise _invalid("send_at", "The time to send at has passed.")
    if send_at is not None and send_at > timezone.now() + FURTHEST_AHEAD:
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
        "sender": _sender(body.sender, body.kind if "kind" in body.model_fields_set else None),
        "kind": body.kind,
        "send_at": send_at,
        "zone": body.timezone,
        "schedule": body.schedule,
        "catch_up_days": body.catch_up_days,
        "audience": body.audience,
        "missing_values": body.missing_values,
        "old_values": body.old_values,
        "zero_amounts": body.zero_amounts,
        "language": body.language,
        "uncertain": body.uncertain,
        **({"one_text_for": body.one_text_for} if body.one_text_for else {}),
    }


def check_filter(fields: dict[str, Any], campaign: Campaign | None) -> None:
    """ApiError 422 where the filter does not fit the groups that there will be."""
    before = chosen(campaign) if campaign else AudienceChoice()
    after = AudienceChoice(groups=fields.get("groups", before.groups), segments=fields.get("segments", before.segments))
    try:
        filters.parse_filter(fields.get("filter", before.filter), after.field_types)
    except filters.BadFilter as error:
        raise _invalid("filter", str(error)) from error


def _check_schedule(body: CampaignChange) -> None:
    if body.send_at is not None:
        raise _invalid("schedule", "Give `send_at` (once) or `schedule` (again and again), not both.")
    if body.audience == "frozen":
        words = "What recurs goes to whoever is in the groups at its time: `audience` is live."
        raise _invalid("audience", words)
    try:
        read_schedule(body.schedule)
    except BadSchedule as error:
        raise _invalid("schedule", str(error)) from error


def changed_fields(body: CampaignChange) -> dict[str, Any]:
    """As `fields_of`, of what was given alone; a template brings its text."""
    other = {"group": "groups", "timezone": "zone", "template": "template_id"}
    touched = {other.get(name, name) for name in body.model_fields_set}
    if body.template is not None:
        touched.add("text")
    return {name: value for name, value in (fields_of(body) | {"name": body.name}).items() if name in touched}


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
