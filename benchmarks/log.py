"""How long Messages and Reports take with so many texts of three months, and that none looks through them all.

The texts are made in SQL, their figures by the portal's own task. Every plan of a page's queries is read: none may go
through all texts, nor take longer than MOST_MILLISECONDS in the server.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TextIO

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from benchmarks.measuring import timed
from campaigns.maintenance import day_figures
from campaigns.models import Campaign, Run, Sender
from campaigns.reporting.reports import BY
from contacts.models import ContactGroup

TEXTS = 10_000_000 if os.environ.get("BIG") else 1_000_000
DAYS = 90
BATCH = 100
PEOPLE = 200_000
SINGLE_SHARE = 50  # one text of so many is one of a script, in a batch of its own
CALLS = 3
MOST_MILLISECONDS = 150

CONTACTS = """
INSERT INTO contacts_contact (group_id, phone, name, "values", consent_source, created_at, updated_at)
SELECT %s, '25471' || lpad(n::text, 7, '0'), 'Person' || n || ' Wanjiru', '{}', '', now(), now()
FROM generate_series(0, %s) n
"""
BATCHES = """
INSERT INTO campaigns_batch (run_id, sender_id, kind, status, size, claim, not_before, tries, problem, tally, left_out,
    failures, parts, cost, posted_at, settled_at)
SELECT %(run)s, %(sender)s, 'transactional', 'settled', %(size)s, 1, %(at)s, 1, '', '{}', '{}', '{}', 0, 0, %(at)s,
    %(at)s
FROM generate_series(1, %(batches)s) RETURNING id
"""
# Of a million one is refused, thirty thousand do not arrive; every hundredth goes over the smallest network.
MESSAGES = """
INSERT INTO campaigns_message (run_id, batch_id, contact, phone, person, group_name, source, text, parts, cost,
    cost_is_actual, status, reason, detail, attempt, gateway_id, network, created_at, posted_at, accepted_at,
    delivered_at)
SELECT %(run)s, %(first)s + (n - 1) / %(size)s, NULL,
    '25471' || lpad(((n * 7919 + %(day)s * 104729) %% %(people)s)::text, 7, '0'), 'Person' || n, 'bench', %(source)s,
    'Dear Person' || n || ', your balance of KES ' || n || '.50 is due.', 1, 0.6, true,
    CASE WHEN n = 1 AND %(day)s %% 10 = 0 THEN 'rejected' WHEN n %% 33 = 0 THEN 'undelivered' ELSE 'delivered' END,
    CASE WHEN n = 1 AND %(day)s %% 10 = 0 THEN 'bad_number' WHEN n %% 33 = 0 THEN 'absent' ELSE '' END,
    '', 1, 'g' || %(day)s || '-' || n,
    CASE WHEN n %% 100 = 0 THEN 'Telkom' WHEN n %% 3 = 0 THEN 'Airtel' ELSE 'Safaricom' END,
    %(at)s, %(at)s, %(at)s, %(at)s + interval '5 seconds'
FROM generate_series(1, %(texts)s) n
"""
TALLIES = """
UPDATE campaigns_batch b SET tally = t.tally FROM (
    SELECT batch_id, jsonb_object_agg(status, n) AS tally
    FROM (SELECT batch_id, status, count(*) AS n FROM campaigns_message GROUP BY 1, 2) s GROUP BY 1) t
WHERE t.batch_id = b.id
"""


@dataclass(frozen=True)
class Line:
    """A page with its milliseconds in the median, the rows that it shows, and what went through all texts."""

    what: str
    milliseconds: float
    rows: int
    scans: list[str]


def measure(texts: int = TEXTS) -> list[Line]:
    with timed() as filled:
        campaign, rare = _filled(texts)
    sys.stderr.write(f"{texts:,} texts made in {filled.seconds:.0f} s\n")
    with timed() as counted:
        while day_figures.bring_up_to_date():
            pass
    sys.stderr.write(f"their figures counted in {counted.seconds:.0f} s\n")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("bench"), backend="django.contrib.auth.backends.ModelBackend")
    return [_line(client, what, address) for what, address in _pages(campaign, rare)]


def show(found: list[Line], texts: int, out: TextIO) -> None:
    """Raises SystemExit where one takes too long, or looks through all texts."""
    out.write(f"\nMessages and Reports, of {texts:,} texts over {DAYS} days{'ms':>14}{'rows':>7}\n")
    for one in found:
        out.write(f"{one.what:<60}{one.milliseconds:>10.0f}{one.rows:>7}  {', '.join(one.scans)}\n")
    bad = [one.what for one in found if one.scans or one.milliseconds > MOST_MILLISECONDS]
    if bad:
        raise SystemExit(f"too long, or through all texts: {'; '.join(bad)}")


def _pages(campaign: Campaign, rare: Sender) -> Iterator[tuple[str, str]]:
    for words, address in _log(campaign, rare):
        yield words, f"/messages/?{address}"
    today = timezone.localdate()
    for by in BY:
        yield f"a report of a month, by {by}", f"/reports?by={by}&from={today - timedelta(days=30)}&to={today}"
        yield f"a report of all, by {by}", f"/reports?by={by}&from={today - timedelta(days=DAYS)}&to={today}"


def _log(campaign: Campaign, rare: Sender) -> Iterator[tuple[str, str]]:
    today = timezone.localdate()
    old = f"from={today - timedelta(days=DAYS)}&to={today - timedelta(days=DAYS - 30)}"
    month = f"from={today - timedelta(days=30)}&to={today}"
    yield "everything", ""
    for words, days in (("this month", month), ("the oldest month", old)):
        yield words, days
        yield f"{words}: delivered", f"{days}&status=delivered"
        yield f"{words}: refused, some of a million", f"{days}&status=rejected"
        yield f"{words}: a status nobody has", f"{days}&status=expired"
        yield f"{words}: a reason", f"{days}&reason=absent"
        yield f"{words}: a rare reason", f"{days}&reason=bad_number"
        yield f"{words}: a network", f"{days}&network=Telkom"
        yield f"{words}: a sender of one day", f"{days}&sender={rare.pk}"
        yield f"{words}: a source", f"{days}&source=api"
        yield f"{words}: a source nobody has", f"{days}&source=code"
        yield f"{words}: a campaign", f"{days}&campaign={campaign.pk}"
        yield f"{words}: single texts that did not arrive", f"{days}&campaign=0&status=undelivered"
    yield "a campaign and a rare status", f"campaign={campaign.pk}&status=rejected"
    yield "a name", "q=person777"
    yield "a whole number", "q=0710000777"
    yield "the beginning of numbers", "q=071000"
    yield "the end of numbers", "q=00777"
    yield "a name, a status and a month", f"q=person777&status=undelivered&{month}"


def _line(client: Client, what: str, address: str) -> Line:
    taken = []
    for _ in range(CALLS):
        start = time.perf_counter()
        response = client.get(address)
        taken.append((time.perf_counter() - start) * 1000)
    assert response.status_code == 200, address
    assert b"Ask for a shorter" not in response.content, what
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    scans = sorted({scan for one in queries.captured_queries for scan in _scans(one["sql"])})
    rows = response.content.count(b'class="text-cell"' if address.startswith("/messages/") else b"<tr")
    return Line(what, statistics.median(taken), rows, scans)


def _scans(sql: str) -> Iterator[str]:
    """The tables of texts and batches that the plan of a query goes through from end to end."""
    if not sql.lstrip("( ").upper().startswith("SELECT") or "campaigns_" not in sql:
        return
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        (plan,) = cursor.fetchone()
    yield from _in_plan((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])


def _in_plan(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan" and plan.get("Relation Name") == "campaigns_message":
        yield "looks through all texts"
    for one in plan.get("Plans", ()):
        yield from _in_plan(one)


def _filled(texts: int) -> tuple[Campaign, Sender]:
    """A run and a script's texts on each day; the campaign of the middle has a sender of its own."""
    group = ContactGroup.objects.create(name="bench")
    usual, rare = (Sender.objects.create(name=name, price=Decimal("0.60")) for name in ("USUAL", "RARE"))
    with connection.cursor() as cursor:
        cursor.execute(CONTACTS, [group.pk, PEOPLE])
        cursor.execute("SELECT pg_get_indexdef('message_of_phone'::regclass)")
        (index,) = cursor.fetchone()
        cursor.execute("DROP INDEX message_of_phone")
    of_day = texts // DAYS
    single = of_day // SINGLE_SHARE
    middle = None
    for day in range(DAYS):
        at = timezone.now() - timedelta(days=DAYS - 1 - day, hours=1)
        sender = rare if day == DAYS - 10 else usual
        campaign = Campaign.objects.create(name=f"day {day}", text="x", sender=sender, status="finished")
        run = Run.objects.create(campaign=campaign, scheduled_for=at, status=Run.Status.FINISHED)
        middle = campaign if day == DAYS - 10 else middle
        _day(day, at, sender, run.pk, of_day - single, BATCH, "campaign")
        _day(day, at, usual, None, single, 1, "api")
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(index)
        cursor.execute(TALLIES)
    assert middle is not None
    return middle, rare


def _day(day: int, at: Any, sender: Sender, run: int | None, texts: int, size: int, source: str) -> None:
    batches = -(-texts // size)
    values = {"run": run, "sender": sender.pk, "size": size, "at": at, "batches": batches, "day": day, "texts": texts}
    with connection.cursor() as cursor:
        cursor.execute(BATCHES, values)
        first = min(pk for (pk,) in cursor.fetchall())
        cursor.execute(MESSAGES, values | {"first": first, "people": PEOPLE, "source": source})
