"""What is odd about a file as it is read, in words; the page and the command say the same."""

from __future__ import annotations

from contacts.importing import mapping
from contacts.importing.key_column import key_label
from contacts.models import Upload
from contacts.spreadsheets.headings import column_letter
from contacts.spreadsheets.phone_column import PhoneVerdict, listed

HIDDEN_UNSEEN = (
    "It cannot be told which rows and columns of this workbook are hidden: all are taken. If some are, save it as "
    ".xlsx and upload that."
)
ERRORS_UNSEEN = "Nor can it be told which cells are merged, or hold errors such as #N/A: they are taken for empty."
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

SECOND_LIST = (
    "A second list stands beside the first, from column {} on: it was not read. Put it below the first one, or upload "
    "it alone."
)
TAKEN_APART = "Names and numbers stand in one cell each: they are taken apart."
SHEETS_NAMED = 5
TWO_NUMBERS = "{} stand under two numbers or more: each gets its texts."


def describe_oddities(upload: Upload) -> list[str]:
    """A sentence each: what is hidden, merged or not reckoned, columns without a heading. None where nothing is odd."""
    more = upload.reading.get("unnamed")
    unnamed = [CELLS_UNNAMED.format("a cell more" if more == 1 else f"{more} cells more")] if more else []
    alone = [NUMBERS_ALONE] if upload.reading.get("numbers_alone") else []
    return [*_sheets(upload), *_lists(upload), *_hidden(upload), *_cells(upload), *_names(upload), *unnamed, *alone]


def describe_not_updated(upload: Upload) -> list[str]:
    """A sentence each: who keeps values that the file could not update, and of whom that is not known."""
    kept, unmarked = upload.counts.get("not_updated", 0), upload.counts.get("unmarked", 0)
    found = [KEPT.format("1 person keeps" if kept == 1 else f"{kept:,} people keep")] if kept else []
    if unmarked:
        found.append(UNMARKED.format("1 rejected row has" if unmarked == 1 else f"{unmarked:,} rejected rows have"))
    return found


def describe_siblings(upload: Upload) -> list[str]:
    """A sentence each, of a file whose rows of one number are told apart: numbers that change, and are two of one."""
    key = key_label(upload, mapping.from_json(upload.mapping)) if upload.keyed_by else ""
    renumbered, two = (upload.counts.get(name, 0) for name in ("renumbered", "two_numbers"))
    found = []
    if renumbered:
        are = "1 number is" if renumbered == 1 else f"{renumbered:,} numbers are"
        found.append(f"{are} replaced: the file gives another for the same {key}.")
    if two:
        stand = "1 {} stands under two numbers or more: each gets its texts." if two == 1 else TWO_NUMBERS
        found.append(stand.format(key if two == 1 else f"{two:,} {key}"))
    return found


def near_in_words(upload: Upload) -> list[str]:
    """A sentence for each of the first pairs of references that differ by zeros in front only."""
    pairs = upload.counts.get("near_shown") or []
    return [f"“{one}” and “{other}” differ by a zero in front only." for one, other in pairs]


def _names(upload: Upload) -> list[str]:
    parts = [choice.heading for choice in mapping.parts_of_name(mapping.from_json(upload.mapping))]
    return [f"{listed(parts)} are not joined to one name: make each of them the name, and they are."] if parts else []


def _lists(upload: Upload) -> list[str]:
    """What is no list of numbers, a second list beside the first, and names with their numbers."""
    beside = upload.reading.get("second_list")
    phone = PhoneVerdict.from_json(upload.reading.get("phone") or {})
    if phone.index is None and phone.words and not phone.doubtful:
        return [f"{mapping.no_phone(phone)}."]
    sentences = [SECOND_LIST.format(column_letter(beside))] if beside is not None else []
    return sentences if upload.reading.get("apart") is None else [*sentences, TAKEN_APART]


def _sheets(upload: Upload) -> list[str]:
    """Which sheets are one list here, and that others are not read."""
    read, unread = upload.reading.get("sheets_read", []), upload.reading.get("sheets_unread", [])
    sentences = [f"Read as one list: the sheets {listed(read)}."] if len(read) > 1 else []
    if unread:
        were = "1 other sheet was" if len(unread) == 1 else f"{len(unread):,} other sheets were"
        named = [f"“{name}”" for name in unread[:SHEETS_NAMED]]
        more = [f"{len(unread) - SHEETS_NAMED} more"] if len(unread) > SHEETS_NAMED else []
        without = " that has other headings" if len(unread) == 1 else " that have other headings"
        why = without if upload.reading.get("all_sheets") else ""
        sentences.append(f"{were} not read{why}: {listed([*named, *more])}.")
    return sentences


def _hidden(upload: Upload) -> list[str]:
    rows, columns = upload.reading.get("hidden") or (0, [])
    sentences = []
    if rows:
        are = "1 row is" if rows == 1 else f"{rows:,} rows are"
        sentences.append(f"{are} hidden in this sheet{_taken(upload, 'hidden_rows')}.")
    if columns:
        are = f"Column {columns[0]} is" if len(columns) == 1 else f"Columns {', '.join(columns)} are"
        sentences.append(f"{are} hidden{_taken(upload, 'hidden_columns')}.")
    return [*sentences, HIDDEN_UNSEEN, ERRORS_UNSEEN] if upload.reading.get("hidden_unseen") else sentences


def _cells(upload: Upload) -> list[str]:
    """Columns whose cells were not all read as they stand."""
    sentences = []
    if some := _columns(upload, "uncalculated"):
        holds = "holds" if len(some) == 1 else "hold"
        sentences.append(f"{listed(some)} {holds} formulas without values: open it in Excel and save it.")
    if some := _columns(upload, "filled_down"):
        is_ = "is" if len(some) == 1 else "are"
        sentences.append(f"{listed(some)} {is_} merged over rows: the text counts for each of them.")
    if some := _columns(upload, "merged_once"):
        is_ = "is" if len(some) == 1 else "are"
        sentences.append(
            f"{listed(some)} {is_} merged over rows: an amount, a number or a day counts for the first of them only."
        )
    return sentences


def _columns(upload: Upload, seen: str) -> list[str]:
    """The headings of the columns of which that was seen."""
    named = (upload.mapping.get(str(index)) for index in upload.reading.get(seen, []))
    return [column["heading"] for column in named if column]


def _taken(upload: Upload, choice: str) -> str:
    return " and taken too" if upload.reading.get(choice) else ": left out"
