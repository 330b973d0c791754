"""The message log: of a campaign, and of everything that was ever sent to a number; and its export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

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
from campaigns.ledger import log
from campaigns.models import Campaign, Export
from campaigns.models.run import latest_run
from campaigns.reporting import log_search, script_calls
from campaigns.reporting.export import HEADINGS, count_rows, export_rows, headings_of, order_export
from campaigns.reporting.log_search import Search, Unclear, read_search
from campaigns.reporting.needing import needing_somebody
from campaigns.reporting.told import told_of
from campaigns.tasks import write_export
from contacts.filters.search import TooSlow, at_most
from contacts.spreadsheets import csv_lines
from lib.downloads import csv_download, file_name, stored_download
from lib.nudge import nudge
from lib.paging import PAGE, Page, turn
from lib.row_ids import row_id

LOG_MS = 3_000
LABELS = {
    "campaign": "Campaign", "sender": "Sender ID", "network": "Network", "status": "Status", "reason": "Reason",
    "source": "Source", "who": "Who sent",
}  # fmt: skip


NOTHING = Page([], "", "")


@dataclass(frozen=True)
class Found:
    """A page of texts with the search that it answers; `problem` is what was wrong with that, in words."""

    search: Search
    page: Page = NOTHING
    problem: str = ""


@role_required(Role.VIEWER)
def campaign_messages(request: Request, pk: int) -> HttpResponse:
    """The texts of a campaign's latest run, or of one that is named: searched as Messages is."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = latest_run(campaign, row_id(request.GET.get("run")))
    choices = log_search.choices_of(campaign, request.GET.dict())
    if run is None:
        return _log(request, Found(Search(None)), choices, campaign)
    return _log(request, _find(request, lambda: read_search(request.GET, timezone.localdate(), run)), choices, campaign)


@role_required(Role.VIEWER)
def message_list(request: Request) -> HttpResponse:
    """Every text, newest first: of a person or a number however it is written, of what a script calls so, of some days;
    by campaign, sender, network, status, reason, source and who sent it.
    """
    today = timezone.localdate()
    found = _find(request, lambda: read_search(request.GET, today))
    return _log(request, found, log_search.choices(request.GET.dict(), today), None)


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
    name = file_name("messages.csv")
    rows = log.all_of_log(query) if query else iter(())
    return csv_download(request, name, csv_lines(HEADINGS, export_rows(rows)))


@role_required(Role.MANAGER)
def campaign_export(request: Request, pk: int) -> HttpResponseBase:
    """What the campaign's texts show as CSV, streamed; formulas in it are made harmless."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = latest_run(campaign, row_id(request.GET.get("run")))
    try:
        wanted = read_search(request.GET, timezone.localdate(), run).query if run else None
    except Unclear as error:
        django_messages.error(request, str(error))
        return redirect(f"{reverse('campaign-messages', args=[pk])}?{request.GET.urlencode()}")
    rows = log.all_of_log(wanted) if wanted else iter(())
    count = count_rows(run, wanted) if run and wanted else 0
    record("campaign exported", f"campaign {pk}", user=request.user, rows=count)
    name = file_name(f"campaign-{pk}.csv")
    headings, keys = headings_of(campaign)
    return csv_download(request, name, csv_lines(headings, export_rows(rows, keys)))


@require_POST
@role_required(Role.MANAGER)
def campaign_workbook(request: Request, pk: int) -> HttpResponse:
    """Order the log as an Excel file; its page says when it is ready."""
    campaign = get_object_or_404(Campaign, pk=pk)
    which = {name: request.POST.get(name, "") for name in ("status", "reason")}
    run = latest_run(campaign, row_id(request.POST.get("run")))
    export = order_export(campaign, request.user, run=run, **which)
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


def _find(request: Request, search: Callable[[], Search]) -> Found:
    """A page of what is asked for; what is wrong with that is said, or that it would take too long."""
    asked = Search(None)
    try:
        asked = search()
        if asked.query is None:
            return Found(asked)
        with at_most(LOG_MS):
            found = log.log_page(asked.query, limit=PAGE + 1, before=row_id(request.GET.get("before")))
        return Found(asked, turn(request, log.in_order(found)))
    except Unclear as error:
        return Found(asked, problem=str(error))
    except (log.TooMuch, TooSlow):
        return Found(asked, problem="That takes too long to find. Ask for a shorter period, or for less at once.")


def _log(
    request: Request, found: Found, choices: dict[str, list[tuple[str, str]]], campaign: Campaign | None
) -> HttpResponse:
    search, chosen = found.search, request.GET.dict()
    context: dict[str, Any] = {
        "page": replace(found.page, rows=told_of(found.page.rows)),
        "campaign": campaign,
        "search": search,
        "problem": found.problem,
        "chosen": chosen,
        "filters": [(one, LABELS[one], known, chosen.get(one, "")) for one, known in choices.items()],
        "is_filtered": bool(search.query and search.query.is_filtered) or bool(found.problem),
    }
    if campaign is None:
        needing = needing_somebody()
        context |= {
            "needing": needing,
            "in_doubt": resolve_single.singles_in_doubt() if needing.doubtful_singles else [],
            "calls_in_doubt": script_calls.calls_in_doubt() if needing.doubtful_calls else [],
        }
    return render(request, "campaigns/message_list.html", context)
