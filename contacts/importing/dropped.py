"""The cells of a file that could not be read, written to a CSV file while its rows are: none of them is kept."""

from __future__ import annotations

from typing import TextIO

from contacts.importing import mapping
from contacts.importing.opening import reading_of
from contacts.importing.rows import NO_CELL, Candidate
from contacts.importing.winners import REJECTED, RowVerdict
from contacts.models import Upload
from contacts.spreadsheets import Row, csv_line, csv_lines
from contacts.spreadsheets.all_sheets import sheet_and_row
from contacts.spreadsheets.headings import column_names

HEADINGS = ["sheet", "row", "column", "cell", "error"]


class DroppedCells:
    """Hears of each row that has a bad cell; counts those of rows that are taken all the same, and of the others.

    A row that is rejected for no cell of its own, or since it is none, is among the rejected rows alone.
    """

    def __init__(self, upload: Upload, file: TextIO | None) -> None:
        self.file, self.sheet = file, reading_of(upload).sheet
        self.sheets: list[str] = upload.reading.get("sheets_read", [])
        self.names = column_names([choice.heading for choice in mapping.from_json(upload.mapping)])
        self.taken = self.rejected = 0
        if file is not None:
            file.writelines(csv_lines(HEADINGS, []))

    def hear(self, row: Row, candidate: Candidate, verdict: RowVerdict) -> None:
        for column, error in candidate.errors.items():
            if candidate.codes[column] in NO_CELL:
                continue
            if verdict is REJECTED:
                self.rejected += 1
            else:
                self.taken += 1
            if self.file is not None:
                cell = row.cells[column] if column < len(row.cells) else ""
                self.file.write(csv_line([*self._place(row), self.names[column], cell, error]))

    def _place(self, row: Row) -> tuple[str, int]:
        return sheet_and_row(self.sheets, row.number) if len(self.sheets) > 1 else (self.sheet, row.number)

    def in_words(self) -> list[str]:
        """How many, in a sentence; none where every cell was read."""
        parts = [
            f"{count:,} of {whose}"
            for count, whose in (
                (self.taken, "people who are taken without them"),
                (self.rejected, "rows that are rejected"),
            )
            if count
        ]
        cells = self.taken + self.rejected
        return [f"{cells:,} cell{'' if cells == 1 else 's'} could not be read: {', '.join(parts)}."] if parts else []
