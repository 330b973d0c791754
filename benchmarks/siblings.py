"""Planning rows of which several are one number's, beside as many rows of a number each; each in a process of its own.

`python -m benchmarks.siblings RUN` is that process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from decimal import Decimal
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

from benchmarks.measuring import fresh_database, most_held
from campaigns import planning
from campaigns.models import Campaign, CampaignGroup, Run, Sender
from contacts.models import ContactField, ContactGroup

ROUNDS = 3
# Of ten rows four are a number's first: 1, 1, 3 and 5 rows of a number.
OF_NUMBERS = (1, 1, 3, 5)
FIELDS = {"adm_no": "text", "balance": "money", "due_date": "date"}
EACH = "Dear <name>, your balance of KES <balance> is due on <due_date>. Account <adm_no>."
ALL = "Dear <name:list>, your balance of KES <balance:sum> is due on <due_date:earliest>. Account <adm_no:list>."
WAYS = {
    "a text for each row, a number in one row": ("bench alone", "number", EACH, None),
    "a text for each row, 2.5 rows a number": ("bench siblings", "row", EACH, 0.80),
    "a text for each number, 2.5 rows a number": ("bench siblings", "number", ALL, 0.50),
}
Line = tuple[str, float, float, float | None, int]


def measure(rows: int) -> list[Line]:
    """What was planned, rows a second in the median, its share of the first line, what it must be, and the peak MB."""
    _group("bench alone", rows, (1,) * 10, key="")
    _group("bench siblings", rows, OF_NUMBERS, key="adm_no")
    took: dict[str, list[float]] = {name: [] for name in WAYS}
    peak = dict.fromkeys(WAYS, 0)
    for _ in range(ROUNDS):
        for name, (group, way, text, _share) in WAYS.items():
            seconds, megabytes = _in_process(_run(group, way, text))
            took[name].append(seconds)
            peak[name] = max(peak[name], megabytes)
    alone = statistics.median(next(iter(took.values())))
    return [
        (name, rows / (median := statistics.median(took[name])), alone / median, share, peak[name])
        for name, (_, _, _, share) in WAYS.items()
    ]


def show(found: list[Line], rows: int, out: TextIO) -> None:
    out.write(f"\n{f'planning of {rows:,} rows':<48}{'rows a second':>15}{'ratio':>8}{'at least':>10}{'peak MB':>9}\n")
    for name, pace, ratio, share, megabytes in found:
        out.write(f"{name:<48}{pace:>15,.0f}{ratio:>8.2f}{share or '':>10}{megabytes:>9}\n")


def _group(name: str, rows: int, of_numbers: tuple[int, ...], key: str) -> None:
    group = ContactGroup.objects.create(name=name, key=key)
    for field, type_ in FIELDS.items():
        ContactField.objects.create(group=group, key=field, label=field, type=type_)
    numbers = [place for place, count in enumerate(of_numbers) for _ in range(count)]
    now = timezone.now()
    columns = 'group_id, phone, reference, name, "values", consent_source, created_at, updated_at'
    with connection.cursor() as cursor, cursor.copy(f"COPY contacts_contact ({columns}) FROM STDIN") as copy:
        for row in range(rows):
            # As a school's list has them, by class: the rows of a number stand far apart.
            number = row % (rows // len(numbers)) * len(of_numbers) + numbers[row * len(numbers) // rows]
            account = f"A{row:07}"
            values = {"adm_no": account, "balance": f"{row}.50", "due_date": f"2026-12-{row % 28 + 1:02}"}
            phone, reference = f"25471{number:07}", account if key else ""
            copy.write_row((group.pk, phone, reference, f"Person {row}", json.dumps(values), "", now, now))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contacts_contact")


def _run(group: str, way: str, text: str) -> int:
    sender, _ = Sender.objects.get_or_create(name="BENCH", defaults={"price": Decimal("0.60")})
    campaign = Campaign.objects.create(
        name="bench", text=text, sender=sender, status=Campaign.Status.ACTIVE, one_text_for=way
    )
    CampaignGroup.objects.create(campaign=campaign, group=ContactGroup.objects.get(name=group), position=0)
    run = Run.objects.create(campaign=campaign, scheduled_for=timezone.now())
    assert planning.begin_planning(run)
    return run.pk


def _in_process(run: int) -> tuple[float, int]:
    """Seconds and megabytes of planning it; its texts are taken away again, so that each begins in the same place."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.siblings", str(run)], capture_output=True, text=True, check=True
    )
    seconds, megabytes = done.stdout.split()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE campaigns_message, campaigns_batch CASCADE")
        cursor.execute("CHECKPOINT")
    return float(seconds), int(megabytes)


def main() -> None:
    if len(sys.argv) > 1:
        begin = time.perf_counter()
        assert planning.plan_run(int(sys.argv[1]))
        sys.stdout.write(f"{time.perf_counter() - begin} {most_held()}")
        return
    rows = int(os.environ.get("BENCH_ROWS", "1000000"))
    with fresh_database():
        show(measure(rows), rows, sys.stdout)


if __name__ == "__main__":
    main()
