#!/usr/bin/env bash
# phonenumbers looks for the numbers in what people write of a payment. Which does it find?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
cat > "$folder/finding.py" <<'PYTHON'
import sys

import phonenumbers

NOTES = {
    "paid 31-12-2026 0712345678": 1,
    "paid 31/12/2026, 0712345678": 1,
    "paid 31/12/2026 0712345678": 0,
    "0712345678 31/12/2026": 0,
    "0712345678 0722345678": 2,
    "0712-345-678 0722-345-678": 2,
    "0712 345 678, 0722 345 678": 2,
    "0712 345 678 0722 345 678": 0,
    "+254 712 345 678 +254 722 345 678": 2,
}
print("phonenumbers", phonenumbers.__version__)
found = {}
for note in NOTES:
    numbers = [one.raw_string for one in phonenumbers.PhoneNumberMatcher(note, "KE")]
    found[note] = len(numbers)
    print(f"{note:<36}", numbers)
print("as described" if found == NOTES else "OTHERWISE THAN DESCRIBED")
sys.exit(found != NOTES)
PYTHON
"$folder/venv/bin/python" "$folder/finding.py"
