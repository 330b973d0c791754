#!/usr/bin/env bash
# XlsxWriter stores 0 as the result of every formula: a reader that does not reckon takes each balance for nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check XlsxWriter==3.3.1 python-calamine==0.9.1 openpyxl==3.1.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys
from importlib.metadata import version

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

print("XlsxWriter", version("XlsxWriter"))
EXPECTED = {"by XlsxWriter, read by calamine": 0.0, "read by openpyxl": 0, "by openpyxl, read by calamine": ""}
file = io.BytesIO()
book = xlsxwriter.Workbook(file)
book.add_worksheet().write_row(0, 0, [5000, 1200, "=A1-B1"])
book.close()
other = io.BytesIO()
by_openpyxl = openpyxl.Workbook()
by_openpyxl.active.append([5000, 1200, "=A1-B1"])
by_openpyxl.save(other)
for one in (file, other):
    one.seek(0)
seen = {
    "by XlsxWriter, read by calamine": CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()[0][2],
    "read by openpyxl": openpyxl.load_workbook(file, data_only=True).active["C1"].value,
    "by openpyxl, read by calamine": ([*CalamineWorkbook.from_filelike(other).get_sheet_by_index(0).to_python()[0], ""])[2],
}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
