"""Whom a new campaign is for where somebody comes from a group, a segment or an upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import ContactGroup, Segment, Upload
from lib.row_ids import row_id

LONGEST_NAME = Campaign._meta.get_field("name").max_length or 100
OF_DAY = ", {:%-d %b %Y}"


@dataclass(frozen=True)
class CampaignStart:
    """`name` is what it is called unless somebody says otherwise; `people` whom it is for, in words."""

    name: str
    people: str
    fields: dict[str, Any]


def start_of(asked: Mapping[str, str]) -> CampaignStart | None:
    """By `?upload=`, `?group=` or `?segment=` of an address; None where it names none. Raises Http404."""
    for kind, start in (("upload", _of_upload), ("group", _of_group), ("segment", _of_segment)):
        if kind in asked:
            return start(row_id(asked[kind]) or 0)
    return None


def _of_upload(pk: int) -> CampaignStart:
    """Those of a list that is not kept any more would be nobody: it is there no more."""
    upload = Upload.objects.select_related("group").filter(pk=pk, status=Upload.Status.DONE).first()
    if upload is None or upload.group.deleted_at is not None or not (rows := upload.rows_listed):
        raise Http404("There is no such upload.")
    who = ("person", "people") if not upload.key else ("row", "rows")
    people = f"{rows:,} {who[rows != 1]} of the upload “{upload.name}” in “{upload.group.name}”"
    return CampaignStart(_name(upload.group.name), people, {"groups": [upload.group], "upload_id": pk})


def _of_group(pk: int) -> CampaignStart:
    group = ContactGroup.objects.filter(pk=pk).first()
    if group is None:
        raise Http404("There is no such group.")
    return CampaignStart(_name(group.name), f"everybody in “{group.name}”", {"groups": [group]})


def _of_segment(pk: int) -> CampaignStart:
    segment = Segment.objects.filter(pk=pk).first()
    if segment is None:
        raise Http404("There is no such segment.")
    return CampaignStart(_name(segment.name), f"those in the segment “{segment.name}”", {"segments": [segment]})


def _name(of: str) -> str:
    day = OF_DAY.format(timezone.localdate())
    return of[: LONGEST_NAME - len(day)] + day
