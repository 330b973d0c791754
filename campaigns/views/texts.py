"""The message log: of a campaign, and of everything that was ever sent to a number; and its export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.permissions import role_required
from accounts.roles import Role
from campaigns import words
from campaigns.models import Campaign, Message
from campaigns.tallies import totals
from campaigns.views.paging import page_of
from contacts import phones
from contacts.spreadsheets import csv_lines

EXPORTED = 2_000
HEADINGS = ["phone", "text", "status", "reason", "parts", "cost_kes", "sent_at", "delivered_at", "gateway_id"]


@role_required(Role.VIEWER)
def campaign_messages(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    run = campaign.runs.order_by("-pk").first()
    rows = Message.objects.filter(run=run)
    status = request.GET.get("status")
    if run is None or (status and not totals(run).counts.get(status)):
        rows = Message.objects.none()
    return _log(request, _filtered(request, rows), campaign)


@role_required(Role.VIEWER)
def message_list(request: HttpRequest) -> HttpResponse:
    """Every text, newest first; by number, whatever way it is written, and of a number's texts by status."""
    rows = Message.objects.all()
    # Without a number a status that few have would be looked for in everything that was ever sent.
    return _log(request, _filtered(request, rows) if request.GET.get("q", "").strip() else rows, None)


@role_required(Role.MANAGER)
def campaign_export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The log as CSV, streamed; formulas in it are made harmless."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = campaign.runs.order_by("-pk").first()
    rows = _filtered(request, Message.objects.filter(run=run) if run else Message.objects.none())
    name = f"{'practice-' if settings.PRACTICE else ''}campaign-{pk}.csv"
    return StreamingHttpResponse(
        csv_lines(HEADINGS, _cells(rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _log(request: HttpRequest, rows: QuerySet[Message], campaign: Campaign | None) -> HttpResponse:
    page = page_of(request, rows)
    for one in page.rows:
        one.why = words.of_reason(one.reason) if one.reason else ""
    context = {"page": page, "campaign": campaign, "statuses": Message.Status.choices}
    return render(request, "campaigns/message_list.html", context)


def _filtered(request: HttpRequest, rows: QuerySet[Message]) -> QuerySet[Message]:
    if status := request.GET.get("status"):
        rows = rows.filter(status=status)
    if reason := request.GET.get("reason"):
        rows = rows.filter(reason=reason)
    if written := request.GET.get("q", "").strip():
        try:
            rows = rows.filter(phone=phones.read(written).digits)
        except phones.BadNumber:
            digits = phones.search_digits(written)
            rows = rows.filter(Q(phone__startswith=f"254{digits}")) if digits else rows.none()
    return rows


def _cells(rows: QuerySet[Message]) -> Iterator[list[Any]]:
    before = None
    while True:
        page = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:EXPORTED])
        yield from map(_cells_of, page)
        if len(page) < EXPORTED:
            return
        before = page[-1].pk


def _cells_of(one: Message) -> list[Any]:
    times = [
        timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") if at else "" for at in (one.accepted_at, one.delivered_at)
    ]
    why = words.of_reason(one.reason) if one.reason else ""
    return [
        phones.local(one.phone),
        one.text,
        one.get_status_display(),
        why,
        one.parts,
        one.cost,
        *times,
        one.gateway_id,
    ]
