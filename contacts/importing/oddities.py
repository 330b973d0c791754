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
KEPT = (
    "{} an old value: what the file says of it cannot be read. It is marked as not updated, and campaigns that go by "
    "it leave these people out."
)
UNMARKED = (
    "{} no number that can be read. Whoever is meant could not be marked, and is texted the old values as if they were "
    "new: mend these rows first."
)
NUMBERS_ALONE = (
    "There is nothing in it but phone numbers: each is taken for a person, also where several stand in a line."
)


def describe_oddities(upload: Upload) -> list[str]:
    """A sentence each: rows and columns that are hidden, columns without a heading. None where nothing is odd."""
    more = upload.reading.get("unnamed")
    unnamed = [CELLS_UNNAMED.format("a cell more" if more == 1 else f"{more} cells more")] if more else []
    alone = [NUMBERS_ALONE] if upload.reading.get("numbers_alone") else []
    return [*_hidden(upload), *unnamed, *alone]


def describe_not_updated(upload: Upload) -> list[str]:
    """A sentence each: who keeps values that the file could not update, and of whom that is not known."""
    kept, unmarked = upload.counts.get("not_updated", 0), upload.counts.get("unmarked", 0)
    found = [KEPT.format("1 person keeps" if kept == 1 else f"{kept:,} people keep")] if kept else []
    if unmarked:
        found.append(UNMARKED.format("1 rejected row has" if unmarked == 1 else f"{unmarked:,} rejected rows have"))
    return found


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
