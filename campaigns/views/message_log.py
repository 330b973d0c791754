"""The message log: of a campaign, and of everything that was ever sent to a number; and its export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.audit import record
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import resolve_single
from campaigns.ledger import messages
from campaigns.ledger.messages import MessageQuery
from campaigns.models import Campaign, Export, GivenReference, Message
from campaigns.models.run import latest_run
from campaigns.reporting import script_calls
from campaigns.reporting.export import count_rows, export_rows, headings_of, order_export
from campaigns.reporting.told import told_of
from campaigns.tasks import write_export
from contacts.spreadsheets import csv_lines
from lib import phones
from lib.downloads import csv_download, stored_download
from lib.nudge import nudge
from lib.paging import PAGE, Page, page_of, turn
from lib.row_ids import row_id

MOST_GIVEN = 1_000


@role_required(Role.VIEWER)
def campaign_messages(request: Request, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    run = latest_run(campaign, row_id(request.GET.get("run")))
    wanted = _wanted(request)
    before = row_id(request.GET.get("before"))
    rows = messages.messages_page(run, wanted, limit=PAGE + 1, before=before) if run and wanted else []
    return _log(request, turn(request, rows), campaign)


@role_required(Role.VIEWER)
def message_list(request: Request) -> HttpResponse:
    """Every text, newest first; by number, whatever way it is written, and of a number's texts by status; or by what a
    script calls it.
    """
    rows: QuerySet[Message] = Message.objects.select_related("given_reference")
    # Without a number a status that few have would be looked for in everything that was ever sent.
    if written := request.GET.get("q", "").strip():
        given = list(GivenReference.objects.filter(reference=written).values_list("message", flat=True)[:MOST_GIVEN])
        wanted = _wanted(request)
        if given:
            rows = MessageQuery(request.GET.get("status", "")).of(rows.filter(pk__in=given))
        else:
            rows = wanted.of(rows) if wanted else rows.none()
    return _log(request, page_of(request, rows), None)


@role_required(Role.MANAGER)
def campaign_export(request: Request, pk: int) -> HttpResponseBase:
    """The log as CSV, streamed; formulas in it are made harmless."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = latest_run(campaign, row_id(request.GET.get("run")))
    wanted = _wanted(request)
    rows = messages.all_messages(run, wanted) if run and wanted else iter(())
    count = count_rows(run, wanted) if run and wanted else 0
    record("campaign exported", f"campaign {pk}", user=request.user, rows=count)
    name = f"{'practice-' if settings.PRACTICE else ''}campaign-{pk}.csv"
    headings, keys = headings_of(campaign)
    return csv_download(request, name, csv_lines(headings, export_rows(rows, keys)))


@require_POST
@role_required(Role.MANAGER)
def campaign_workbook(request: Request, pk: int) -> HttpResponse:
    """Order the log as an Excel file; its page says when it is ready."""
    campaign = get_object_or_404(Campaign, pk=pk)
    wanted = MessageQuery(request.POST.get("status", ""), request.POST.get("reason", ""))
    run = latest_run(campaign, row_id(request.POST.get("run")))
    export = order_export(campaign, wanted, request.user, run=run)
    nudge(write_export, export.pk)
    return redirect("export-detail", pk=export.pk)


@role_required(Role.MANAGER)
def export_detail(request: Request, pk: int) -> HttpResponse:
    """How far an export is; htmx asks again until it is done."""
    export = get_object_or_404(Export.objects.select_related("campaign", "file"), pk=pk)
    template = "campaigns/_export.html" if request.htmx else "campaigns/export_detail.html"
    return render(request, template, {"export": export})


@role_required(Role.MANAGER)
def export_file(request: Request, pk: int) -> HttpResponseBase:
    export = get_object_or_404(Export.objects.select_related("file"), pk=pk, file__isnull=False)
    assert export.file is not None
    about = f"campaign {export.campaign_id}" if export.campaign_id else "campaign"
    record("exported file fetched", about, user=request.user, name=export.file.name)
    return stored_download(export.file.name, export.file.size, export.file.pieces())


def _log(request: Request, page: Page, campaign: Campaign | None) -> HttpResponse:
    page = replace(page, rows=told_of(page.rows))
    context: dict[str, Any] = {"page": page, "campaign": campaign, "statuses": Message.Status.choices}
    if campaign is None:
        context |= {"in_doubt": resolve_single.singles_in_doubt(), "calls_in_doubt": script_calls.calls_in_doubt()}
    return render(request, "campaigns/message_list.html", context)


def _wanted(request: Request) -> MessageQuery | None:
    """What the filters of the URL ask for; None where what was searched for is no number."""
    status, reason = request.GET.get("status", ""), request.GET.get("reason", "")
    written = request.GET.get("q", "").strip()
    if not written:
        return MessageQuery(status, reason)
    try:
        return MessageQuery(status, reason, phone=phones.read_phone(written).digits)
    except phones.BadNumber:
        digits = phones.search_digits(written)
        return MessageQuery(status, reason, phone_begins=f"254{digits}") if digits else None
