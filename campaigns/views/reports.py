"""Reports: what was sent in a time and what became of it; as a page and as files."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.mails import people_with_an_address
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import mail_reports
from campaigns.ledger.figures import TextFigures
from campaigns.models import Campaign, ReportMail
from campaigns.models.transitions import NotPossible
from campaigns.reporting.log_search import MOST_DAYS
from campaigns.reporting.report_address import PERIOD_WORDS, TWO_DATES, leads_to, params_of, texts_for, written
from campaigns.reporting.report_chart import chart_of
from campaigns.reporting.report_choices import FilterChoice, filter_choices
from campaigns.reporting.report_figures import ReasonCount, headlines, reasons_in_words
from campaigns.reporting.report_file import report_as_csv, write_report_workbook
from campaigns.reporting.report_labels import period_in_words
from campaigns.reporting.report_mail import in_words
from campaigns.reporting.report_query import BY_TIME, FILTERS, BadQuery, ReportQuery, read_query
from campaigns.reporting.reports import Report, ReportRow, report_of
from lib.downloads import csv_download, file_name, stored_download

MOST_ROWS = 200
IN_MEMORY_BYTES = 8 << 20
PIECE_BYTES = 1 << 20
BY_WORDS = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "campaign": "Campaign",
    "sender": "Sender ID",
    "network": "Network",
    "group": "Group",
    "user": "Who sent",
    "source": "Source",
}


@require_safe
@role_required(Role.VIEWER)
def reports(request: Request) -> HttpResponse:
    """Whatever the address asks for; where that cannot be, the form with what is wrong."""
    params = params_of(request.GET.dict())
    context: dict[str, Any] = {
        "params": params,
        "periods": [*PERIOD_WORDS.items(), (TWO_DATES, "Two dates")],
        "period": params.get("period", TWO_DATES),
        "bys": BY_WORDS.items(),
        "moves_on": "period" in params,
    }
    try:
        query = read_query(params, timezone.localdate())
    except BadQuery as error:
        return render(request, "campaigns/reports.html", context | {"wrong": error.fields}, status=400)
    if request.user.may_act_as(Role.MANAGER):
        context |= _mailed()
    return render(request, "campaigns/reports.html", context | _shown(query, params))


@require_safe
@role_required(Role.MANAGER)
def report_export(request: Request) -> HttpResponseBase:
    """The same as CSV."""
    found = _report(request)
    if found is None:
        return redirect(_page(request))
    _record(request, found)
    return csv_download(request, f"{_name(found)}.csv", report_as_csv(found))


@require_safe
@role_required(Role.MANAGER)
def report_workbook(request: Request) -> HttpResponseBase:
    """The same as an Excel file."""
    found = _report(request)
    if found is None:
        return redirect(_page(request))
    _record(request, found)
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - it is read when this has returned
    write_report_workbook(found, file)
    size = file.tell()
    return stored_download(f"{_name(found)}.xlsx", size, _pieces(file))


@require_POST
@role_required(Role.MANAGER)
def report_mail_create(request: Request) -> HttpResponse:
    """The report that was shown, to the people who were ticked, every Monday."""
    params = params_of(QueryDict(request.POST.get("query", "")).dict())
    try:
        mail_reports.mail_weekly(params, request.POST.getlist("person"), request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "This report is mailed every Monday at 07:00 from now on.")
    return redirect(f"{reverse('reports')}?{written(params)}")


@require_POST
@role_required(Role.MANAGER)
def report_mail_end(request: Request, pk: int) -> HttpResponse:
    mail_reports.end_weekly(get_object_or_404(ReportMail, pk=pk), request.user)
    messages.success(request, "This report is not mailed any more.")
    return redirect("reports")


def _mailed() -> dict[str, Any]:
    """What is mailed every Monday, and to whom it can be."""
    reports = list(ReportMail.objects.prefetch_related("readers__person"))
    return {
        "can_mail": bool(settings.EMAIL_URL),
        "mailed": [(one, words, written(one.query)) for one, words in zip(reports, in_words(reports), strict=True)],
        "people": people_with_an_address(),
    }


def _shown(query: ReportQuery, params: dict[str, str]) -> dict[str, Any]:
    report = report_of(query)
    total = report.total.figures
    # Days on which nothing was are in the chart and in the files.
    filled = [row for row in report.rows if row.figures != TextFigures()]
    there = _there(query, filled[:MOST_ROWS])
    return {
        "report": report,
        "rows": [(row, _address(query, params, row, there)) for row in filled[:MOST_ROWS]],
        "not_shown": max(len(filled) - MOST_ROWS, 0),
        "by_words": BY_WORDS[query.by],
        "days": period_in_words(query.first, query.last),
        "headlines": headlines(report),
        "chart": chart_of(report),
        "is_over_time": query.by in BY_TIME,
        "choices": [(one, _without(params, one)) for one in filter_choices(query)],
        "is_filtered": any(name in params for name in FILTERS),
        "reasons": _linked(query, total.reasons),
        "left_out_for": _linked(query, total.left_out_for),
        "texts_days": MOST_DAYS if (query.last - query.first).days >= MOST_DAYS and not query.campaign else 0,
        "kept": written(params),
    }


def _linked(query: ReportQuery, counts: dict[str, int]) -> list[tuple[ReasonCount, str]]:
    """Each reason with the address of its texts, or without one."""
    today = timezone.localdate()
    return [(one, texts_for(query, one.code, today)) for one in reasons_in_words(counts)]


def _there(query: ReportQuery, rows: list[ReportRow]) -> set[str]:
    """Campaigns of the rows that have a page still."""
    if query.by != "campaign":
        return set()
    keys = [row.key for row in rows]
    return {str(pk) for pk in Campaign.objects.filter(pk__in=keys).values_list("pk", flat=True)}


def _address(query: ReportQuery, params: dict[str, str], row: ReportRow, there: set[str]) -> str:
    """Where a row leads: a campaign to its page, whatever else to the report of it."""
    if row.key in there:
        return reverse("campaign-detail", args=[row.key])
    return f"?{leads_to(query, params, row)}"


def _without(params: dict[str, str], choice: FilterChoice) -> str:
    return f"?{written(params, {choice.name: ''})}"


def _report(request: Request) -> Report | None:
    try:
        return report_of(read_query(params_of(request.GET.dict()), timezone.localdate()))
    except BadQuery:
        return None


def _page(request: Request) -> str:
    """Where what is wrong with the address is said."""
    return f"{reverse('reports')}?{request.GET.urlencode()}"


def _name(report: Report) -> str:
    query = report.query
    return file_name(f"report-by-{query.by}-{query.first:%Y-%m-%d}-to-{query.last:%Y-%m-%d}")


def _record(request: Request, report: Report) -> None:
    query = report.query
    days: dict[str, Any] = {"since": str(query.first), "until": str(query.last)}
    record("report exported", "a report", user=request.user, rows=len(report.rows), by=query.by, **days)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece
