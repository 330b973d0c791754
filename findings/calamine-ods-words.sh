#!/usr/bin/env bash
# python-calamine joins the words on both sides of a line break or a tab within a cell of an .ods.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys
import zipfile
from importlib.metadata import version

from python_calamine import CalamineWorkbook

print("python-calamine", version("python-calamine"))
EXPECTED = {
    "<text:line-break/>": "JaneWanjiru", "<text:tab/>": "JaneWanjiru", "two paragraphs": "Jane\nWanjiru",
    "<text:s/>": "Jane Wanjiru",
}
CELLS = [
    "<text:p>Jane<text:line-break/>Wanjiru</text:p>", "<text:p>Jane<text:tab/>Wanjiru</text:p>",
    "<text:p>Jane</text:p><text:p>Wanjiru</text:p>", "<text:p>Jane<text:s/>Wanjiru</text:p>",
]
NAMES = "urn:oasis:names:tc:opendocument:xmlns"
TYPE = "application/vnd.oasis.opendocument.spreadsheet"
cells = "".join(f'<table:table-cell office:value-type="string">{cell}</table:table-cell>' for cell in CELLS)
file = io.BytesIO()
with zipfile.ZipFile(file, "w") as package:
    package.writestr("mimetype", TYPE)
    package.writestr(
        "META-INF/manifest.xml",
        f'<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
    )
    package.writestr(
        "content.xml",
        f'<office:document-content xmlns:office="{NAMES}:office:1.0" xmlns:table="{NAMES}:table:1.0" '
        f'xmlns:text="{NAMES}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="S"><table:table-row>{cells}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>",
    )
file.seek(0)
seen = dict(zip(EXPECTED, CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()[0], strict=True))

for asked, answer in seen.items():
    print(f"{asked}: {answer!r}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED!r}.")
print("As described.")
PYTHON
