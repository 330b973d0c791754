"""Segments: named filters over groups. Seen by all, made and changed by composers, deleted where nothing uses them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import filters, usage
from contacts.filters import search, wording
from contacts.filters.search import PeopleCount, PeopleQuery, TooSlow
from contacts.filters.segments import delete_segment, save_segment
from contacts.forms.filters import FilterForm
from contacts.forms.segments import SegmentForm
from contacts.models import ContactField, ContactGroup, Segment
from lib.row_ids import row_id


@require_safe
@role_required(Role.VIEWER)
def segment_list(request: Request) -> HttpResponse:
    segments = Segment.objects.prefetch_related("groups", "groups__fields")[:500]
    return render(
        request, "contacts/segment_list.html", {"segments": [(one, _said(one), _problem(one)) for one in segments]}
    )


@require_safe
@role_required(Role.VIEWER)
def segment_detail(request: Request, pk: int) -> HttpResponse:
    """What the segment means, and how many it means in each group now."""
    segment = get_object_or_404(Segment, pk=pk)
    groups = list(segment.groups.all())
    try:
        counts, problem = _counts(segment, groups), ""
    except filters.BadFilter as error:
        counts, problem = [], str(error)
    context = {
        "segment": segment,
        "conditions": _said(segment),
        "address": wording.filter_address(segment.filter),
        "counts": counts,
        "problem": problem,
        "used": usage.uses_of_segment(segment),
    }
    return render(request, "contacts/segment_detail.html", context)


@role_required(Role.COMPOSER)
def segment_create(request: Request) -> HttpResponse:
    """From nothing, or from the filter of a group's page."""
    form = SegmentForm(None, request.POST or None, _start(request))
    return _edited(request, form, None)


@role_required(Role.COMPOSER)
def segment_edit(request: Request, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    return _edited(request, SegmentForm(segment, request.POST or None), segment)


@role_required(Role.COMPOSER)
def segment_delete(request: Request, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    used = usage.uses_of_segment(segment)
    if request.method == "POST" and not used:
        delete_segment(segment, user=request.user)
        messages.success(request, f"The segment “{segment.name}” is deleted.")
        return redirect("segment-list")
    return render(request, "contacts/segment_delete.html", {"segment": segment, "used": used})


def _edited(request: Request, form: SegmentForm, segment: Segment | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        saved = save_segment(
            segment,
            chosen["name"],
            list(chosen["groups"]),
            chosen["filter"],
            user=request.user,
        )
        return redirect("segment-detail", pk=saved.pk)
    used = usage.uses_of_segment(segment) if segment else []
    return render(request, "contacts/segment_edit.html", {"form": form, "segment": segment, "used": used})


def _start(request: Request) -> dict[str, Any]:
    group = ContactGroup.objects.filter(pk=row_id(request.GET.get("group")) or 0).first()
    if group is None:
        return {}
    form = FilterForm(group, request.GET)
    return {"groups": [group.pk], "filter": form.cleaned_data["filter"] if form.is_valid() else []}


def _said(segment: Segment) -> list[str]:
    fields: dict[str, ContactField] = {}
    for group in segment.groups.all():
        for field in group.fields.all():
            for name in field.names:
                fields.setdefault(name, field)
    return [wording.condition_in_words(one, fields) for one in segment.filter]


def _problem(segment: Segment) -> str:
    types = filters.types_by_key(field for group in segment.groups.all() for field in group.fields.all())
    try:
        filters.parse_filter(segment.filter, types)
    except filters.BadFilter as error:
        return str(error)
    return ""


def _counts(segment: Segment, groups: list[ContactGroup]) -> list[tuple[ContactGroup, PeopleCount | None]]:
    types = filters.types_of(groups)
    counts: list[tuple[ContactGroup, PeopleCount | None]] = []
    for group in groups:
        query = PeopleQuery(group, filter=segment.filter, day=timezone.localdate(), types=types)
        try:
            counts.append((group, search.count_people(query)))
        except TooSlow:
            counts.append((group, None))
    return counts
