#!/usr/bin/env bash
# django-environ makes a number of whatever digits it finds: 1e3 seconds are 13, and 1,000 are 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django-environ==0.14.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import environ

print("django-environ", version("django-environ"))
EXPECTED = {"2.5": 2.5, "1e3": 13.0, "1,000": 1.0, "60s": 60.0}
env = environ.Env()
seen = {}
for written in EXPECTED:
    env.ENVIRON["SECONDS"] = written
    seen[written] = env.float("SECONDS")
    print(f"{written}: {seen[written]!r}")
env.ENVIRON["SECONDS"] = "1e3"
try:
    whole = env.int("SECONDS")
except ValueError as error:
    whole = None
    print(f"1e3 as a whole number: {error}")
if seen != EXPECTED or whole is not None:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}, and an error for a whole number.")
print("As described.")
PYTHON
