#!/usr/bin/env bash
# Of a long text smpplib puts the escape of a € at the end of one part and its letter at the beginning of the next.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check smpplib==2.2.4 smsutil==1.1.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import smsutil
from smpplib import gsm

HEADER = 6  # bytes that say which part it is
TEXT = "a" * 152 + "€" + "b" * 152

print("smpplib", version("smpplib"), "smsutil", version("smsutil"))
parts = [part[HEADER:] for part in gsm.make_parts(TEXT)[0]]
seen = {
    "parts by smpplib": len(parts),
    "the first ends in": parts[0][-2:],
    "the second begins with": parts[1][:2],
    "parts by smsutil, which keeps the pair together": len(smsutil.split(TEXT).parts),
}
EXPECTED = {
    "parts by smpplib": 2,
    "the first ends in": b"a\x1b",
    "the second begins with": b"eb",
    "parts by smsutil, which keeps the pair together": 3,
}
for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
