"""The message log: of a campaign, and of everything that was ever sent to a number; and its export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages as django_messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.audit import record
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import resolve_single
from campaigns.ledger import log, messages
from campaigns.ledger.messages import MessageQuery
from campaigns.models import Campaign, Export
from campaigns.models.run import latest_run
from campaigns.reporting import log_search, script_calls
from campaigns.reporting.export import HEADINGS, count_rows, export_rows, headings_of, order_export
from campaigns.reporting.log_search import STATUSES, Search, Unclear, read_search
from campaigns.reporting.told import told_of
from campaigns.tasks import write_export
from contacts.filters.search import TooSlow, at_most
from contacts.spreadsheets import csv_lines
from lib import phones
from lib.downloads import csv_download, stored_download
from lib.nudge import nudge
from lib.paging import PAGE, Page, turn
from lib.row_ids import row_id

LOG_MS = 3_000
LABELS = {
    "campaign": "Campaign", "sender": "Sender ID", "network": "Network", "status": "Status", "reason": "Reason",
    "source": "Source", "who": "Who sent",
}  # fmt: skip


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
    """Every text, newest first: of a person or a number however it is written, of what a script calls so, of some days;
    by campaign, sender, network, status, reason, source and who sent it.
    """
    today, problem, search, page = timezone.localdate(), "", Search(None), Page([], "", "")
    try:
        search = read_search(request.GET, today)
        if search.query:
            with at_most(LOG_MS):
                found = log.log_page(search.query, limit=PAGE + 1, before=row_id(request.GET.get("before")))
            page = turn(request, log.in_order(found))
    except Unclear as error:
        problem = str(error)
    except (log.TooMuch, TooSlow):
        problem = "That takes too long to find. Ask for a shorter period, or for less at once."
    chosen = request.GET.dict()
    choices = log_search.choices(chosen, today)
    filters = [(one, label, choices[one], chosen.get(one, "")) for one, label in LABELS.items()]
    is_filtered = bool(search.query and search.query.is_filtered) or bool(problem)
    context = {"search": search, "problem": problem, "filters": filters, "chosen": chosen, "is_filtered": is_filtered}
    return _log(request, page, None, context)


@role_required(Role.MANAGER)
def message_export(request: Request) -> HttpResponseBase:
    """What Messages shows as CSV, streamed; without a number or filter the texts of a month."""
    today = timezone.localdate()
    try:
        query = read_search(request.GET, today).query
        if query and not (query.is_by_number or query.is_filtered):
            query = log_search.in_a_month(query, today)
    except Unclear as error:
        django_messages.error(request, str(error))
        return redirect(f"{reverse('message-list')}?{request.GET.urlencode()}")
    first, last = (str(at) if query and (at := getattr(query, name)) else "" for name in ("first", "last"))
    record("texts exported", "messages", user=request.user, first=first, last=last)
    name = f"{'practice-' if settings.PRACTICE else ''}messages.csv"
    rows = log.all_of_log(query) if query else iter(())
    return csv_download(request, name, csv_lines(HEADINGS, export_rows(rows)))


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


def _log(request: Request, page: Page, campaign: Campaign | None, more: dict[str, Any] | None = None) -> HttpResponse:
    page = replace(page, rows=told_of(page.rows))
    context: dict[str, Any] = {"page": page, "campaign": campaign, "statuses": STATUSES} | (more or {})
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
