"""Workbooks that tests put into files."""

import zipfile

import xlsxwriter


def hidden_workbook(path):
    """A sheet with a hidden row and a hidden column, as Excel writes them."""
    book = xlsxwriter.Workbook(str(path))
    for title in ("Notes", "People"):
        sheet = book.add_worksheet(title)
        if title == "Notes":
            sheet.write_row(0, 0, ["Only words"])
            continue
        sheet.write_row(0, 0, ["Phone", "Name", "Secret"])
        for row, phone in enumerate(("0712345678", "0712345679", "0712345680"), start=1):
            sheet.write_row(row, 0, [phone, "P", "x"])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
    book.close()
    return path


def edited(source, target, part, edit):
    """`source` with the text of this part of it as `edit` makes it."""
    with zipfile.ZipFile(source) as packed, zipfile.ZipFile(target, "w") as out:
        for name in packed.namelist():
            text = packed.read(name)
            out.writestr(name, edit(text.decode()) if name == part else text)
    return target


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHARED_TEXTS = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"


def packed_workbook(path, texts, cells, sheets=("People",)):
    """A workbook of few bytes: `texts` are bytes or streams of them, kept once; `cells` rows of their numbers."""
    rows = ""
    for number, row in enumerate(cells, start=1):
        rows += f'<row r="{number}">' + "".join(f'<c t="s"><v>{text}</v></c>' for text in row) + "</row>"
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r0"/>' for n, name in enumerate(sheets, start=1))
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r0" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r1" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        SHEET: f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
        with packed.open(SHARED_TEXTS, "w", force_zip64=True) as out:
            out.write(f'<sst xmlns="{MAIN}">'.encode())
            for text in texts:
                out.write(b"<si><t>")
                out.writelines([text] if isinstance(text, bytes) else text)
                out.write(b"</t></si>")
            out.write(b"</sst>")
    return path


def document(path, rows):
    """An .ods with a sheet of these rows of XML."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    type_ = "application/vnd.oasis.opendocument.spreadsheet"
    spaces = "".join(f' xmlns:{name}="{names}:{name}:1.0"' for name in ("office", "table", "text"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", type_)
        packed.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{type_}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        )
        packed.writestr(
            "content.xml",
            f'<office:document-content{spaces} office:version="1.2" '
            'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="People">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        )
    return path
