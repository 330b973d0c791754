#!/usr/bin/env bash
# phonenumbers takes amounts, words and two numbers in one cell for valid Kenyan mobile numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import phonenumbers

print("phonenumbers", phonenumbers.__version__)
# The cell of a spreadsheet, then: number, extension, whether it is valid and of a mobile.
EXPECTED = {
    "KES 712345678": ("+254712345678", None, True),
    "0722ABCDEF": ("+254722222333", None, True),
    "0712345678 ; 0722000000": ("+254712345678", "0722000000", True),
    "0712345678x12": ("+254712345678", "12", True),
}


def read(cell):
    number = phonenumbers.parse(cell, "KE")
    is_mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written, number.extension, phonenumbers.is_valid_number(number) and is_mobile


seen = {cell: read(cell) for cell in EXPECTED}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
