"""The pages of the audit, for administrators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audit import record
from accounts.deeds import Kind
from accounts.models import ApiKey, User
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role
from lib.downloads import csv_download, stored_download
from lib.paging import PAGE, turn
from lib.row_ids import row_id
from qsms_portal.auditing.export import audit_as_csv, write_audit_workbook
from qsms_portal.auditing.search import COMMANDS, PORTAL, AuditQuery
from qsms_portal.auditing.sentences import sentences

MOST_OFFERED = 500
IN_MEMORY_BYTES = 8 << 20
PIECE_BYTES = 1 << 20


@require_safe
@role_required(Role.ADMINISTRATOR)
def audit(request: Request) -> HttpResponse:
    """Newest first; by who it was, what kind of deed, when, and what it was done to."""
    query = AuditQuery.of_address(request.GET)
    page = turn(request, query.newest(PAGE + 1, row_id(request.GET.get("before"))))
    context = {
        "page": replace(page, rows=sentences(page.rows)),
        "query": query,
        "kinds": Kind.choices,
        "whose": _whose(query.who),
        "is_filtered": query != AuditQuery(),
        "export_query": _without_page(request),
    }
    return render(request, "portal/audit.html", context)


@require_safe
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def audit_export(request: Request) -> HttpResponseBase:
    """Whatever the address asks for as CSV, streamed."""
    query = AuditQuery.of_address(request.GET)
    _record(request, query)
    return csv_download(request, f"audit-{timezone.localdate():%Y-%m-%d}.csv", audit_as_csv(query))


@require_safe
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def audit_workbook(request: Request) -> HttpResponseBase:
    """The same as an Excel file."""
    query = AuditQuery.of_address(request.GET)
    _record(request, query)
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - it is read when this has returned
    write_audit_workbook(query, file)
    size = file.tell()
    return stored_download(f"audit-{timezone.localdate():%Y-%m-%d}.xlsx", size, _pieces(file))


def _record(request: Request, query: AuditQuery) -> None:
    """What was searched for may be a person's name, and is not kept."""
    days: dict[str, Any] = {"since": str(query.since or ""), "until": str(query.until or "")}
    record("audit exported", "the audit", user=request.user, rows=query.count(), **days)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _whose(chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the list of people offers, by groups; who is chosen and gone stays in it."""
    people = [(f"person-{one.pk}", one.called) for one in User.objects.order_by("username")[:MOST_OFFERED]]
    keys = [(f"key-{one.pk}", one.name) for one in ApiKey.objects.order_by("name", "pk")[:MOST_OFFERED]]
    others = [(COMMANDS, "Commands"), (PORTAL, "The portal itself")]
    if chosen.startswith(("person-", "key-")) and chosen not in dict(people + keys):
        others.append((chosen, "Somebody who is gone"))
    return [("People", people), ("API keys", keys), ("Others", others)]


def _without_page(request: Request) -> str:
    given = request.GET.copy()
    given.pop("before", None)
    return given.urlencode()
