"""Finding one day's people among a million with dates, and a tick beside ten thousand campaigns that recur."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parent.parent
    os.environ["PORTAL_DATA_DIR"] = str(ROOT / ".local" / "bench")
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

    import django

    django.setup()

from django.db import connection
from django.utils import timezone

from benchmarks.measuring import fresh_database, timed
from campaigns.audience import audience_of, reminder_counts
from campaigns.maintenance import tick
from campaigns.models import Campaign, CampaignGroup, Run, Sender
from campaigns.timing import recurring_runs
from contacts.models import ContactField, ContactGroup

DAYS = 60
CAMPAIGNS = 10_000
PEOPLE_LIMIT, TICK_LIMIT = 2.0, 0.2


def measure(people: int) -> list[tuple[str, float, float]]:
    """What was measured, in seconds, beside what it may take."""
    found = [*_ticks(), *_people(people)]
    return [(what, seconds, limit) for what, seconds, limit in found]


def show(found: list[tuple[str, float, float]], out: TextIO) -> None:
    out.write(f"\n{'schedules':<72}{'seconds':>10}{'at most':>10}\n")
    for what, seconds, limit in found:
        out.write(f"{what:<72}{seconds:>10.3f}{limit:>10.1f}\n")


def _people(people: int) -> list[tuple[str, float, float]]:
    group, today = _group(people), timezone.localdate()
    sender, _ = Sender.objects.get_or_create(name="BENCH", defaults={"price": 1})
    found = []
    for name, rule in (
        ("a reminder", {"field": "due_date", "stages": [{"days_before": 3}]}),
        ("a birthday", {"field": "born", "stages": [{"days_before": 0}], "yearly": True}),
    ):
        schedule = {**rule, "time": "09:00"}
        campaign = Campaign.objects.create(name=name, text="Dear <name>", sender=sender, schedule=schedule)
        CampaignGroup.objects.create(campaign=campaign, group=group, position=0)
        stage = recurring_runs.stage_keys(campaign.read_schedule())[0]
        with timed() as took, connection.cursor() as cursor:
            members = audience_of(campaign).members(group, today, stage).values_list("pk", "phone", "name", "values")
            cursor.execute(*members.query.sql_with_params())
            count = len(cursor.fetchall())
        found.append((f"{name}: {count:,} of a day among {people:,}", took.seconds, PEOPLE_LIMIT))
        with timed() as took:
            reminder_counts.reminder_counts(audience_of(campaign), [today + timedelta(days=more) for more in range(5)])
        found.append((f"{name}: the next five days foreseen", took.seconds, PEOPLE_LIMIT))
    return found


def _group(people: int) -> ContactGroup:
    group = ContactGroup.objects.create(name="dates")
    for key in ("due_date", "born"):
        ContactField.objects.create(group=group, key=key, label=key, type="date")
    now, today = timezone.now(), timezone.localdate()
    due = [(today + timedelta(days=number)).isoformat() for number in range(DAYS)]
    born = [(date(1960, 1, 1) + timedelta(days=13 * number)).isoformat() for number in range(1_000)]
    columns = 'group_id, phone, name, "values", consent_source, created_at, updated_at'
    with connection.cursor() as cursor, cursor.copy(f"COPY contacts_contact ({columns}) FROM STDIN") as copy:
        for number in range(people):
            values = {"due_date": due[number % DAYS], "born": born[number % 1_000], "balance": f"{number}.50"}
            copy.write_row((group.pk, f"25472{number:07}", f"Person {number}", json.dumps(values), "", now, now))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contacts_contact")
    return group


def _ticks() -> list[tuple[str, float, float]]:
    """Ten thousand that recur: a tick while none is due, and ticks while all of them are, at the same second."""
    sender, _ = Sender.objects.get_or_create(name="BENCH", defaults={"price": 1})
    group = ContactGroup.objects.create(name="few")
    rules = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=WEEKLY;COUNT=50")
    campaigns = Campaign.objects.bulk_create(
        Campaign(
            name=f"recurring {number}", text="Hello", sender=sender, status=Campaign.Status.ACTIVE,
            schedule={"rrule": rules[number % 4], "time": "09:00", "from": "2024-01-01"},
        )
        for number in range(CAMPAIGNS)
    )  # fmt: skip
    CampaignGroup.objects.bulk_create(CampaignGroup(campaign=one, group=group, position=0) for one in campaigns)
    begun = timezone.now() - timedelta(days=1)
    for one in campaigns:
        one.next_at = begun
    for start in range(0, CAMPAIGNS, 1_000):
        recurring_runs.make_runs_due(campaigns[start : start + 1_000], timezone.now())
    Run.objects.filter(scheduled_for__lte=timezone.now()).delete()
    found = [("a tick beside 10,000 that recur, none due", _median(5), TICK_LIMIT)]
    now = timezone.now() - timedelta(seconds=1)
    ids = [one.pk for one in campaigns]
    Campaign.objects.filter(pk__in=ids).update(next_at=now)
    Run.objects.filter(campaign__in=ids, status=Run.Status.SCHEDULED).update(scheduled_for=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE campaigns_run, campaigns_campaign")
    found.append(("a tick while all 10,000 are due at the same second", _median(9), TICK_LIMIT))
    return found


def _median(times: int) -> float:
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        tick.run_tick()
        took.append(time.perf_counter() - begin)
    return sorted(took)[times // 2]


def main() -> None:
    with fresh_database():
        show(measure(int(os.environ.get("BENCH_ROWS", "1000000"))), sys.stdout)


if __name__ == "__main__":
    main()
