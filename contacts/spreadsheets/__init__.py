"""Reading any spreadsheet row by row: text files streamed, workbooks through a child process; and writing CSV."""

from contacts.spreadsheets.headings import REASON
from contacts.spreadsheets.opening import ENCODINGS, Sheet, open_sheet, open_spool
from contacts.spreadsheets.reading import GUESSED, BadFile, Reading, Row
from contacts.spreadsheets.text import is_too_long
from contacts.spreadsheets.writing import csv_lines

__all__ = [
    "ENCODINGS",
    "GUESSED",
    "REASON",
    "BadFile",
    "Reading",
    "Row",
    "Sheet",
    "csv_lines",
    "is_too_long",
    "open_sheet",
    "open_spool",
]
