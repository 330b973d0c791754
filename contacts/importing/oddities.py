"""What is odd about a file as it is read, in words; the page and the command say the same."""

from __future__ import annotations

from contacts.models import Upload

HIDDEN_UNSEEN = (
    "It cannot be told which rows and columns of this workbook are hidden: all are taken. If some are, save it as "
    ".xlsx and upload that."
)
CELLS_UNNAMED = (
    "Most rows have {} than there are headings. Compare the columns with their values: if amounts such as 23,500 "
    "are written without quotation marks, what follows them stands in the wrong column."
)


def describe_oddities(upload: Upload) -> list[str]:
    """A sentence each: rows and columns that are hidden, columns without a heading. None where nothing is odd."""
    more = upload.reading.get("unnamed")
    unnamed = [CELLS_UNNAMED.format("a cell more" if more == 1 else f"{more} cells more")] if more else []
    return [*_hidden(upload), *unnamed]


def _hidden(upload: Upload) -> list[str]:
    rows, columns = upload.reading.get("hidden") or (0, [])
    sentences = []
    if rows:
        are = "1 row is" if rows == 1 else f"{rows:,} rows are"
        sentences.append(f"{are} hidden in this sheet{_taken(upload, 'hidden_rows')}.")
    if columns:
        are = f"Column {columns[0]} is" if len(columns) == 1 else f"Columns {', '.join(columns)} are"
        sentences.append(f"{are} hidden{_taken(upload, 'hidden_columns')}.")
    return [*sentences, HIDDEN_UNSEEN] if upload.reading.get("hidden_unseen") else sentences


def _taken(upload: Upload, choice: str) -> str:
    return " and taken too" if upload.reading.get(choice) else ": left out"
