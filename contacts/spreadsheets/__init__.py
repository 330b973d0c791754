"""Reading any spreadsheet row by row: text files streamed, workbooks through a child process; and writing CSV."""

from contacts.spreadsheets.opening import Sheet, open_sheet
from contacts.spreadsheets.reading import BadFile, Reading, Row
from contacts.spreadsheets.writing import csv_lines

__all__ = ["BadFile", "Reading", "Row", "Sheet", "csv_lines", "open_sheet"]
