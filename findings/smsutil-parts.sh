#!/usr/bin/env bash
# smsutil counts ESC as a character of GSM-7, and makes one part of an empty text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check smsutil==1.1.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import smsutil

print("smsutil", version("smsutil"))
EXPECTED = {"encoding of ESC alone": "gsm0338", "parts of an empty text": 1, "parts of 159 letters and ESC": 1}
seen = {
    "encoding of ESC alone": smsutil.split("\x1b").encoding,
    "parts of an empty text": len(smsutil.split("").parts),
    "parts of 159 letters and ESC": len(smsutil.split("a" * 159 + "\x1b").parts),
}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
