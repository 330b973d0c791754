"""Reading any spreadsheet row by row: text files streamed, workbooks through a child process. No Django here."""

from contacts.spreadsheets.opening import Sheet, open_sheet
from contacts.spreadsheets.reading import BadFile, Reading, Row

__all__ = ["BadFile", "Reading", "Row", "Sheet", "open_sheet"]
