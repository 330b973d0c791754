#!/usr/bin/env bash
# python-calamine leaves out empty rows above and empty columns beside what is filled; its iterator only the columns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 XlsxWriter==3.3.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys
from importlib.metadata import version

import xlsxwriter
from python_calamine import CalamineWorkbook

print("python-calamine", version("python-calamine"))
# The only cells are B3 and B4.
EXPECTED = {
    "to_python()": [["phone"], ["0712345678"]],
    "iter_rows()": [[""], [""], ["phone"], ["0712345678"]],
    "to_python(skip_empty_area=False)": [["", ""], ["", ""], ["", "phone"], ["", "0712345678"]],
}
file = io.BytesIO()
book = xlsxwriter.Workbook(file)
sheet = book.add_worksheet()
sheet.write_string("B3", "phone")
sheet.write_string("B4", "0712345678")
book.close()
file.seek(0)
sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
seen = {
    "to_python()": sheet.to_python(),
    "iter_rows()": list(sheet.iter_rows()),
    "to_python(skip_empty_area=False)": sheet.to_python(skip_empty_area=False),
}

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
