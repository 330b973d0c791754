#!/usr/bin/env bash
# dateutil takes the intersection of numbered and plain weekdays of one BYDAY: the last Monday and every Friday never come.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-dateutil==2.9.0.post0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from dateutil.rrule import rrulestr

print("python-dateutil", version("python-dateutil"))


def days(rule):
    found = rrulestr(f"DTSTART:20261101T090000\nRRULE:FREQ=MONTHLY;UNTIL=20261231T235959;{rule}")
    return " ".join(f"{day:%d.%m}" for day in found)


EXPECTED = {
    "BYDAY=-1MO": "30.11 28.12",
    "BYDAY=FR": "06.11 13.11 20.11 27.11 04.12 11.12 18.12 25.12",
    "BYDAY=-1MO,FR": "",
    "BYDAY=1FR,FR": "06.11 04.12",
}
seen = {rule: days(rule) for rule in EXPECTED}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
