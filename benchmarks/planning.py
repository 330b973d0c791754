"""Planning a run, beside rendering the same texts and copying the same rows without the app."""

from __future__ import annotations

import json
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from benchmarks.measuring import Table, peak_megabytes, timed
from campaigns import gsm, placeholders, planning
from campaigns.models import Campaign, CampaignGroup, Run, Sender
from contacts.models import ContactField, ContactGroup

TEXT = "Dear <name>, your balance of KES <balance> is due on <due_date>. Account <account>."
FIELDS = {"balance": "money", "due_date": "date", "account": "text"}
BARE_TABLE = """
CREATE TABLE bare (LIKE campaigns_message INCLUDING ALL)
"""
BARE_COLUMNS = (
    "run_id, batch_id, contact, phone, source, text, parts, cost, cost_is_actual, status, reason, detail, attempt, "
    "gateway_id, network, created_at"
)


def measure(table: Table, texts: int) -> Run:
    group = _group(texts)
    run = _run(group)
    with timed() as ours:
        assert planning.plan_run(run.pk)
    run.refresh_from_db()
    assert run.audience == texts
    megabytes = peak_megabytes()
    with timed() as bare:
        _bare(run)
    table.add(f"plan {texts:,} texts, beside render and COPY", texts, ours.seconds, bare.seconds, megabytes)
    return run


def planned_again(_texts: int) -> Run:
    run = _run(ContactGroup.objects.get(name="bench"))
    assert planning.plan_run(run.pk)
    return run


def _group(texts: int) -> ContactGroup:
    group = ContactGroup.objects.create(name="bench")
    for key, type_ in FIELDS.items():
        ContactField.objects.create(group=group, key=key, label=key, type=type_)
    now = timezone.now()
    columns = 'group_id, phone, name, "values", consent_source, created_at, updated_at'
    with connection.cursor() as cursor, cursor.copy(f"COPY contacts_contact ({columns}) FROM STDIN") as copy:
        for number in range(texts):
            values = {"balance": f"{number}.50", "due_date": f"2026-12-{number % 28 + 1:02}", "account": f"A{number}"}
            copy.write_row((group.pk, f"25471{number:07}", f"Person {number}", json.dumps(values), "", now, now))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_contact")
    return group


def _run(group: ContactGroup) -> Run:
    sender, _ = Sender.objects.get_or_create(name="BENCH", defaults={"price": Decimal("0.60")})
    campaign = Campaign.objects.create(name="bench", text=TEXT, sender=sender, status=Campaign.Status.ACTIVE)
    CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
    return Run.objects.create(
        campaign=campaign,
        status=Run.Status.PLANNING,
        text=TEXT,
        scheduled_for=timezone.now(),
        planning_touched_at=timezone.now(),
    )


def _bare(run: Run) -> None:
    """Read the contacts, render, count and COPY into an equally indexed table; nothing else."""
    render = placeholders.compile(TEXT, FIELDS).renderer(today=timezone.localdate(), sender="BENCH")
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(BARE_TABLE)
        cursor.execute('SELECT id, phone, name, "values" FROM contacts_contact ORDER BY id')
        rows = cursor.fetchall()
        with cursor.copy(f"COPY bare ({BARE_COLUMNS}) FROM STDIN") as copy:
            for pk, phone, name, values in rows:
                text = render(phone, name, json.loads(values))
                parts = gsm.part_count(text)
                copy.write_row(
                    (run.pk, 1, pk, phone, "campaign", text, parts, 1, False, "queued", "", "", 1, "", "", now)
                )
        cursor.execute("DROP TABLE bare")
