"""What scripts asked for by the vendor's API, call by call: how far it is, taken back, decided about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.audit import record
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import resolve_call
from campaigns.models import Message, ScriptCall
from campaigns.models.transitions import NotPossible
from campaigns.reporting import script_calls
from campaigns.reporting.export import HEADINGS, export_rows
from campaigns.reporting.told import told_of
from campaigns.sending.doubt import doubt_of
from campaigns.views.resolving import ResolveAction, ask_what_becomes_of, tell_what_became
from contacts.spreadsheets import csv_lines
from lib.downloads import csv_download, file_name
from lib.paging import page_of
from lib.row_ids import row_id


@role_required(Role.VIEWER)
def script_call_list(request: Request) -> HttpResponse:
    """Newest first; those that wait for their date, that are in doubt, of a day or of a key."""
    show = request.GET.get("show", "")
    found = script_calls.calls(show=show, day=_day(request.GET.get("day", "")), key=row_id(request.GET.get("key")))
    page = page_of(request, found)
    context = {"page": page, "figures": script_calls.figures_of(page.rows), "shows": script_calls.SHOWS.items()}
    return render(request, "campaigns/script_call_list.html", context)


@role_required(Role.VIEWER)
def script_call_detail(request: Request, pk: int) -> HttpResponse:
    call = get_object_or_404(ScriptCall.objects.select_related("api_key", "sender"), pk=pk)
    (figures,) = script_calls.figures_of([call])
    page = page_of(request, _texts(call))
    page = replace(page, rows=told_of(page.rows))
    doubt = doubt_of(call) if figures.uncertain else None
    context = {"call": call, "figures": figures, "page": page, "doubt": doubt}
    return render(request, "campaigns/script_call_detail.html", context)


@role_required(Role.MANAGER)
def script_call_export(request: Request, pk: int) -> HttpResponseBase:
    """Its texts as CSV, with what the script calls them."""
    call = get_object_or_404(ScriptCall, pk=pk)
    record("call exported", f"call {pk}", user=request.user, rows=call.texts)
    name = file_name(f"call-{pk}.csv")
    texts = list(_texts(call).order_by("pk"))
    # What the script calls them stands before the rest.
    headings = ["client_ref", *(one for one in HEADINGS if one != "client_ref")]
    order = [HEADINGS.index(one) for one in headings]
    rows = ([cells[place] for place in order] for cells in export_rows(texts))
    return csv_download(request, name, csv_lines(headings, rows))


@require_POST
@role_required(Role.MANAGER)
def script_call_take_back(request: Request, pk: int) -> HttpResponse:
    call = get_object_or_404(ScriptCall, pk=pk)
    try:
        count = resolve_call.take_back(call, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{count:,} {'text is' if count == 1 else 'texts are'} taken back.")
    return redirect("script-call-detail", pk=pk)


@role_required(Role.MANAGER)
def script_call_resolve(request: Request, pk: int, action: ResolveAction) -> HttpResponse:
    call = get_object_or_404(ScriptCall, pk=pk)
    back = reverse("script-call-detail", args=[pk])
    if request.method != "POST":
        crumbs = [(reverse("script-call-list"), "Calls of scripts"), (back, str(call).capitalize())]
        return ask_what_becomes_of(request, doubt_of(call), action, crumbs=crumbs)

    def decide() -> int:
        if action == "leave":
            return resolve_call.leave_call(call, request.user)
        return resolve_call.resend_call(call, request.user, everybody=action == "resend-all")

    tell_what_became(request, action, decide)
    return redirect(back)


def _texts(call: ScriptCall) -> QuerySet[Message]:
    batches = list(call.batches.values_list("pk", flat=True))
    return Message.objects.filter(batch__in=batches)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
