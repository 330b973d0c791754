#!/usr/bin/env bash
# Gammu makes a GSM-7 text of a reminder with a curly apostrophe and a Kikuyu name. What does it send, and what does it say?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: python-gammu==3.5.1
cat > "$folder/sending.py" <<'PYTHON'
import sys

import gammu

TEXT = "Dear Wanjik\u0169 wa Ng\u2019ang\u2019a, 5\u00a0000 \u2013 fa\u00e7ade"


def on_the_air(text, is_unicode=False):
    """The texts of the parts as a phone would read them."""
    entry = {"ID": "ConcatenatedTextLong", "Buffer": text}
    parts = gammu.EncodeSMS({"Class": -1, "Unicode": is_unicode, "Entries": [entry]})
    read = []
    for part in parts:
        part |= {"SMSC": {"Location": 1}, "Number": "+254712345678"}
        read.append(gammu.DecodePDU(gammu.EncodePDU(part, "Submit"))["Text"])
    return parts[0]["Coding"], "".join(read), parts[0]["Text"]


coding, read, told = on_the_air(TEXT)
print("Gammu, python-gammu, of Python:", *gammu.Version())
print("given:               ", TEXT)
print("what the text says:  ", told)
print("what a phone reads:  ", read, f"({coding})")
print("with Unicode, a phone:", on_the_air(TEXT, is_unicode=True)[1])
seen = (
    (coding, told) == ("Default_No_Compression", TEXT)
    and read.rstrip("\0") == "Dear Wanjiku wa Ng?ang?a, 5?000 ? facade"
    and on_the_air(TEXT, is_unicode=True)[1] == TEXT
)
print("as described" if seen else "OTHERWISE THAN DESCRIBED")
sys.exit(not seen)
PYTHON
"$folder/venv/bin/python" "$folder/sending.py"
