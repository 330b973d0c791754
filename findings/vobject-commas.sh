#!/usr/bin/env bash
# vobject keeps of a vCard's name what stands before its first comma, of vCard 2.1 too, which knows no other way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check vobject==0.9.9
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import vobject

CARD = """BEGIN:VCARD
VERSION:2.1
N:Otieno;John;;;
FN:Otieno, John
TEL;CELL:0712000001,0722000002
NOTE:pays 500, then 700
END:VCARD
"""
print("vobject", version("vobject"))
EXPECTED = {"fn": "Otieno", "tel": "0712000001", "note": "pays 500"}
for transform in (True, False):
    card = vobject.readOne(CARD, transform=transform)
    seen = {name: card.contents[name][0].value for name in EXPECTED}
    print(f"transform={transform}: {seen!r}")
    if seen != EXPECTED:
        sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
