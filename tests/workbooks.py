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
