#!/usr/bin/env bash
# The same sentence with an amount as Babel writes it in English and in Swahili of Kenya: how many parts has the text?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check babel==2.19.0 smsutil==1.1.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from decimal import Decimal
from importlib.metadata import version

import smsutil
from babel.numbers import format_currency

TEXT = (
    "Ndugu Wanjiru, salio lako la {} linatakiwa kulipwa kufikia tarehe 5 Januari 2027. "
    "Lipa kwa M-Pesa, nambari 123456, akaunti 0100. Asante."
)
print("babel", version("babel"), "smsutil", version("smsutil"))
EXPECTED = {
    "en_KE": ("Ksh1,250.50", "gsm0338", 1),
    "sw_KE": ("Ksh\xa01,250.50", "utf_16_be", 3),
    "sw_TZ": ("Ksh\xa01,250.50", "utf_16_be", 3),
}
seen = {}
for locale in EXPECTED:
    amount = format_currency(Decimal("1250.50"), "KES", locale=locale)
    split = smsutil.split(TEXT.format(amount))
    seen[locale] = (amount, split.encoding, len(split.parts))
    print(f"{locale}: {ascii(amount)}, {split.encoding}, {len(split.parts)} parts")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
