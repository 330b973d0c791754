#!/usr/bin/env bash
# python-calamine gives an error cell (#N/A, #REF!) as an empty text: it cannot be told from a cell with nothing in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 XlsxWriter==3.3.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import re
import sys
import zipfile
from importlib.metadata import version

import xlsxwriter
from python_calamine import CalamineWorkbook

print("python-calamine", version("python-calamine"))
EXPECTED = {"the file's error cells": ["#N/A", "#REF!", "#DIV/0!"], "rows": [["", "a"], ["", "b"], ["", "c"], ["", "d"]]}
file = io.BytesIO()
book = xlsxwriter.Workbook(file)
sheet = book.add_worksheet()
for row, (error, beside) in enumerate([("#N/A", "a"), ("#REF!", "b"), ("#DIV/0!", "c"), (None, "d")]):
    if error:
        sheet.write_formula(row, 0, "=A99", None, error)
    sheet.write_string(row, 1, beside)
book.close()
xml = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
file.seek(0)
seen = {
    "the file's error cells": re.findall(r't="e"[^/]*?<f>A99</f><v>(.*?)</v>', xml),
    "rows": CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python(),
}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
