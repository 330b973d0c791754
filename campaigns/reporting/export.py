"""A run's texts as an Excel file, written in the background, kept for download: phones as text, no formulas."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from campaigns.audience import chosen
from campaigns.ledger.log import LogQuery, all_of_log
from campaigns.ledger.tallies import totals
from campaigns.models import Campaign, Export, Message, Run
from campaigns.models.run import latest_run
from campaigns.reporting.told import Told, rows_of, told_of
from contacts.models import Contact, StoredFile
from lib import phones
from lib.downloads import file_name
from lib.workbooks import new_workbook

HEADINGS = (
    "phone", "reference", "text", "status", "reason", "parts", "cost_kes", "sent_at", "delivered_at", "gateway_id",
    "name", "group", "client_ref", "campaign", "sender", "source", "who", "network",
)  # fmt: skip
LEASE = timedelta(minutes=10)
STANDS_STILL = timedelta(seconds=30)
MOST_ATTEMPTS = 5
MOST_ROWS = 1_000_000
AT_ONCE = 2_000


def order_export(
    campaign: Campaign, user: User, *, status: str = "", reason: str = "", run: Run | None = None
) -> Export:
    """An Excel file of its texts is to be written: of that run, or of the latest one when it is written."""
    query = {"status": status, "reason": reason, "run": run.pk if run else None}
    latest = run or latest_run(campaign)
    count = count_rows(latest, LogQuery(status=status, reason=reason, run=latest.pk)) if latest else 0
    with transaction.atomic():
        export = Export.objects.create(campaign=campaign, format="xlsx", query=query, created_by=user)
        record("campaign exported", f"campaign {campaign.pk}", user=user, rows=count)
    return export


def count_rows(run: Run, wanted: LogQuery) -> int | None:
    """How many texts of the run those are, from the tallies; None where only looking at each would tell."""
    if wanted != LogQuery(run=run.pk, status=wanted.status, reason=wanted.reason) or (wanted.status and wanted.reason):
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
        name = file_name(f"campaign-{export.campaign_id}.xlsx")
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


def headings_of(campaign: Campaign) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The headings of its file, and the keys of its groups' fields, whose values of now stand behind HEADINGS."""
    names: dict[str, str] = {}
    for field in chosen(campaign).fields:
        names.setdefault(field.key, field.name)
    return (*HEADINGS, *(f"{name} (now)" for name in names.values())), tuple(names)


def export_rows(texts: Iterable[Message], keys: Sequence[str] = ()) -> Iterator[list[Any]]:
    """Each text as a row under HEADINGS, then what its person has in these fields now."""
    left = iter(texts)
    while some := list(islice(left, AT_ONCE)):
        values = _values_now(some) if keys else {}
        for one in told_of(some, with_now=False):
            now = [values[pk] for pk in rows_of(one.message) if pk in values]
            yield _cells(one) + [", ".join(dict.fromkeys(row[key] for row in now if row.get(key))) for key in keys]


def _values_now(texts: Iterable[Message]) -> dict[int, dict[str, str]]:
    """By contact, of those that are still in a group."""
    contacts = {pk for one in texts for pk in rows_of(one)}
    there = Contact.objects.filter(pk__in=contacts, group__deleted_at=None)
    return dict(there.values_list("pk", "values"))


def _cells(told: Told) -> list[Any]:
    one = told.message
    at = [
        timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") if at else "" for at in (one.accepted_at, one.delivered_at)
    ]
    columns: list[Any] = [phones.local_number(one.phone), one.reference, one.text, one.get_status_display(), told.why]
    columns += [one.counted_parts, one.counted_cost, *at, one.gateway_id]
    campaign = told.campaign.name if told.campaign else ""
    columns += [told.name, one.group_name or "", told.client_ref, campaign, told.sender, one.get_source_display()]
    return [*columns, told.who, one.network]


def _workbook(export: Export, path: Path) -> None:
    query = dict(export.query)
    number = query.pop("run", None)
    run = latest_run(export.campaign, number) if export.campaign else None
    with new_workbook(path) as workbook:
        sheet = workbook.add_worksheet("Texts")
        headings, keys = headings_of(export.campaign) if export.campaign else (HEADINGS, ())
        sheet.write_row(0, 0, headings, workbook.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 16)
        sheet.set_column(2, 2, 60)
        rows = all_of_log(LogQuery(**query, run=run.pk)) if run else iter(())
        for number, cells in enumerate(export_rows(rows, keys), start=1):
            if number > MOST_ROWS:
                sheet.write_string(number, 0, "An Excel sheet ends here. Export the rest by status, or as CSV.")
                break
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write_number(number, column, cell)
