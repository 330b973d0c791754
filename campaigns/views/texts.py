"""The message log: of a campaign, and of everything that was ever sent to a number; and its export."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.asked import id_of
from accounts.paging import PAGE, Page, page_of, turn
from accounts.permissions import role_required
from accounts.roles import Role
from campaigns import message_log, words
from campaigns.message_log import Wanted
from campaigns.models import Campaign, Message
from contacts import phones
from contacts.spreadsheets import csv_lines

HEADINGS = ["phone", "text", "status", "reason", "parts", "cost_kes", "sent_at", "delivered_at", "gateway_id"]


@role_required(Role.VIEWER)
def campaign_messages(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    run = campaign.runs.order_by("-pk").first()
    wanted = _wanted(request)
    before = id_of(request.GET.get("before"))
    rows = message_log.page(run, wanted, limit=PAGE + 1, before=before) if run and wanted else []
    return _log(request, turn(request, rows), campaign)


@role_required(Role.VIEWER)
def message_list(request: HttpRequest) -> HttpResponse:
    """Every text, newest first; by number, whatever way it is written, and of a number's texts by status."""
    rows: QuerySet[Message] = Message.objects.all()
    # Without a number a status that few have would be looked for in everything that was ever sent.
    if request.GET.get("q", "").strip():
        wanted = _wanted(request)
        rows = wanted.of(rows) if wanted else rows.none()
    return _log(request, page_of(request, rows), None)


@role_required(Role.MANAGER)
def campaign_export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The log as CSV, streamed; formulas in it are made harmless."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = campaign.runs.order_by("-pk").first()
    wanted = _wanted(request)
    rows = message_log.everything(run, wanted) if run and wanted else iter(())
    name = f"{'practice-' if settings.PRACTICE else ''}campaign-{pk}.csv"
    return StreamingHttpResponse(
        csv_lines(HEADINGS, map(_cells_of, rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _log(request: HttpRequest, page: Page, campaign: Campaign | None) -> HttpResponse:
    for one in page.rows:
        one.why = words.of_reason(one.reason) if one.reason else ""
    context = {"page": page, "campaign": campaign, "statuses": Message.Status.choices}
    return render(request, "campaigns/message_list.html", context)


def _wanted(request: HttpRequest) -> Wanted | None:
    """What the filters of the URL ask for; None where what was searched for is no number."""
    status, reason = request.GET.get("status", ""), request.GET.get("reason", "")
    written = request.GET.get("q", "").strip()
    if not written:
        return Wanted(status, reason)
    try:
        return Wanted(status, reason, phone=phones.read(written).digits)
    except phones.BadNumber:
        digits = phones.search_digits(written)
        return Wanted(status, reason, phone_begins=f"254{digits}") if digits else None


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
