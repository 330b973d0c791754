"""A run's texts as an Excel file, written in the background, kept for download: phones as text, no formulas."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from campaigns.ledger import messages
from campaigns.ledger.tallies import totals
from campaigns.ledger.whys import whys
from campaigns.models import Campaign, Export, Message, Run
from campaigns.models.run import latest_run
from contacts.models import StoredFile
from lib import phones

HEADINGS = (
    "phone", "reference", "text", "status", "reason", "parts", "cost_kes", "sent_at", "delivered_at", "gateway_id",
)  # fmt: skip
LEASE = timedelta(minutes=10)
STANDS_STILL = timedelta(seconds=30)
MOST_ATTEMPTS = 5
MOST_ROWS = 1_000_000
AT_ONCE = 2_000


def order_export(campaign: Campaign, wanted: messages.MessageQuery, user: User, *, run: Run | None = None) -> Export:
    """An Excel file of these texts is to be written: of that run, or of the latest one when it is written."""
    query = {"status": wanted.status, "reason": wanted.reason, "run": run.pk if run else None}
    latest = run or latest_run(campaign)
    count = count_rows(latest, wanted) if latest else 0
    with transaction.atomic():
        export = Export.objects.create(campaign=campaign, format="xlsx", query=query, created_by=user)
        record("campaign exported", f"campaign {campaign.pk}", user=user, rows=count)
    return export


def count_rows(run: Run, wanted: messages.MessageQuery) -> int | None:
    """How many texts those are, from the tallies; None where only looking at each would tell."""
    if wanted.phone or wanted.phone_begins or (wanted.status and wanted.reason):
        return None
    found = totals(run)
    if wanted.reason:
        return found.left_out.get(wanted.reason, 0) + found.failures.get(wanted.reason, 0)
    return found.counts.get(wanted.status, 0) if wanted.status else found.audience


def write_export(export_id: int) -> bool:
    """Write one that was ordered; False where another has done it or is at it."""
    now = timezone.now()
    free = Q(status=Export.Status.WAITING) | Q(status=Export.Status.WRITING, lease_until__lt=now)
    taken = Export.objects.filter(free, pk=export_id).update(
        status=Export.Status.WRITING, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    export = Export.objects.select_related("campaign").get(pk=export_id)
    if export.attempts > MOST_ATTEMPTS:
        Export.objects.filter(pk=export_id).update(
            status=Export.Status.FAILED, error="It could not be written in five tries."
        )
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        _workbook(export, path)
        name = f"{'practice-' if settings.PRACTICE else ''}campaign-{export.campaign_id}.xlsx"
        file = StoredFile.store_path(name, path)
    return bool(
        Export.objects.filter(pk=export_id, attempts=export.attempts).update(status=Export.Status.DONE, file=file)
    )


def exports_standing_still() -> list[int]:
    """Exports that nobody writes: their task was lost, or their worker."""
    now = timezone.now()
    lost = Q(status=Export.Status.WAITING, created_at__lt=now - STANDS_STILL)
    left = Q(status=Export.Status.WRITING, lease_until__lt=now)
    return list(Export.objects.filter(lost | left).values_list("pk", flat=True)[:20])


def export_rows(messages: Iterable[Message]) -> Iterator[list[Any]]:
    """Each text as a row under HEADINGS."""
    left = iter(messages)
    while some := list(islice(left, AT_ONCE)):
        why = whys(some)
        for one in some:
            yield _cells(one, why.get(one.pk, ""))


def _cells(one: Message, why: str) -> list[Any]:
    at = [
        timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") if at else "" for at in (one.accepted_at, one.delivered_at)
    ]
    columns: list[Any] = [phones.local_number(one.phone), one.reference, one.text, one.get_status_display(), why]
    columns += [one.counted_parts, one.counted_cost]
    return [*columns, *at, one.gateway_id]


def _workbook(export: Export, path: Path) -> None:
    query = dict(export.query)
    number = query.pop("run", None)
    run = latest_run(export.campaign, number) if export.campaign else None
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        sheet = workbook.add_worksheet("Texts")
        sheet.write_row(0, 0, HEADINGS, workbook.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 16)
        sheet.set_column(2, 2, 60)
        rows = messages.all_messages(run, messages.MessageQuery(**query)) if run else iter(())
        for number, cells in enumerate(export_rows(rows), start=1):
            if number > MOST_ROWS:
                sheet.write_string(number, 0, "An Excel sheet ends here. Export the rest by status, or as CSV.")
                break
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write_number(number, column, cell)
