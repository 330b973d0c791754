"""Workbooks that tests put into files."""

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
