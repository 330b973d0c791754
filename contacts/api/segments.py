"""Segments, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.http import JsonResponse
from ninja import Body, Field, Router, Schema, Status

from accounts.answers import Results
from accounts.api import ApiError, idempotent, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from contacts import filters, usage
from contacts.api import answers
from contacts.filters import segments, wording
from contacts.models import ContactField, ContactGroup, Segment
from lib.names import SentName

router = Router()


class SegmentChange(Schema, extra="forbid"):
    """What is not given stays. `filter` as a campaign takes it; the groups are named."""

    name: Annotated[SentName, Field(min_length=1, max_length=100, examples=["Owes more than 1,000"])] = ""
    groups: Annotated[list[str], Field(min_length=1, max_length=100, examples=[["loan_clients"]])] = []
    filter: list[dict[str, Any]] = Field([], examples=[[answers.CONDITION]])


class SegmentBody(SegmentChange):
    name: Annotated[SentName, Field(min_length=1, max_length=100, examples=["Owes more than 1,000"])]
    groups: Annotated[list[str], Field(min_length=1, max_length=100, examples=[["loan_clients"]])]


@router.get("/segments", response=Results[answers.Segment])
def list_segments(request: ApiRequest) -> JsonResponse:
    """All segments by name, each with its groups and its filter."""
    require(request, Role.VIEWER)
    return JsonResponse({"results": [_described(one) for one in Segment.objects.prefetch_related("groups")]})


@router.post("/segments", response={201: answers.Segment})
@idempotent
def create_segment(request: ApiRequest, body: Body[SegmentBody]) -> JsonResponse:
    """Make a segment: a named filter over groups, always live. Campaigns name it in `segments`, `exclude_segments`."""
    key = require(request, Role.COMPOSER)
    return JsonResponse(_described(_saved(None, body.name, _groups(body.groups), body.filter, key)), status=201)


@router.patch("/segments/{path:name}", response=answers.Segment)
def change_segment(request: ApiRequest, name: str, body: Body[SegmentChange]) -> JsonResponse:
    """Change a segment; at once for every campaign that names it and has not gone out."""
    key = require(request, Role.COMPOSER)
    segment = _segment(name)
    groups = _groups(body.groups) if body.groups else list(segment.groups.all())
    filter = body.filter if "filter" in body.model_fields_set else segment.filter
    return JsonResponse(_described(_saved(segment, body.name or segment.name, groups, filter, key)))


@router.delete("/segments/{path:name}", response={204: None})
def delete_segment(request: ApiRequest, name: str) -> Status[None]:
    """409 names the campaigns that need it."""
    key = require(request, Role.COMPOSER)
    segment = _segment(name)
    if used := usage.uses_of_segment(segment):
        raise ApiError(409, "state", f"The segment is used by {', '.join(used)}.")
    segments.delete_segment(segment, api_key=key)
    return Status(204, None)


def _saved(segment: Segment | None, name: str, groups: list[ContactGroup], filter: Any, key: Any) -> Segment:
    try:
        filters.parse_filter(filter, filters.types_of(groups))
        with transaction.atomic():
            return segments.save_segment(segment, name, groups, filter, api_key=key)
    except filters.BadFilter as error:
        raise ApiError(422, "invalid", str(error), {"filter": str(error)}) from error
    except IntegrityError as error:
        raise ApiError(409, "state", f"There is a segment “{name}” already.") from error


def _described(segment: Segment) -> dict[str, Any]:
    groups = list(segment.groups.all())
    return {
        "name": segment.name,
        "groups": [group.name for group in groups],
        "filter": wording.by_present_names(segment.filter, ContactField.objects.filter(group__in=groups)),
        "changed_at": segment.changed_at.isoformat(),
    }


def _segment(name: str) -> Segment:
    segment = Segment.objects.filter(name=name).first()
    if segment is None:
        raise ApiError(404, "not_found", f"There is no segment “{name}”.")
    return segment


def _groups(names: list[str]) -> list[ContactGroup]:
    groups = {group.name: group for group in ContactGroup.objects.filter(name__in=names)}
    for name in names:
        if name not in groups:
            words = f"There is no group “{name}”."
            raise ApiError(422, "invalid", words, {"groups": words})
    return list(groups.values())
