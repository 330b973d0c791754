"""Reading any spreadsheet row by row: text files streamed, workbooks through a child process; and writing CSV."""

from contacts.spreadsheets.headings import REASON
from contacts.spreadsheets.kinds import is_read_by_child
from contacts.spreadsheets.opening import ENCODINGS, Sheet, check_whole, open_sheet, open_spool
from contacts.spreadsheets.reading import GUESSED, BadFile, Busy, Reading, Row
from contacts.spreadsheets.text import is_too_long
from contacts.spreadsheets.writing import csv_line, csv_lines

__all__ = [
    "ENCODINGS",
    "GUESSED",
    "REASON",
    "BadFile",
    "Busy",
    "Reading",
    "Row",
    "Sheet",
    "check_whole",
    "csv_line",
    "csv_lines",
    "is_read_by_child",
    "is_too_long",
    "open_sheet",
    "open_spool",
]
