"""The child that reads a workbook: `python -m contacts.spreadsheets.spool FILE SPOOL CHOICES`.

The library holds a whole sheet in memory, 557 MB for a million rows; in a child of its own the worker stays small. The
spool, packed by gzip, has a line a row: its number and its cells between tabs, which no cleaned cell holds. What the
workbook is goes to standard output.

Two processors read a large sheet: two threads its halves, as the library lets others work meanwhile, and then two
processes, forked, make lines of them.
"""

from __future__ import annotations

import gzip
import json
import resource
import shutil
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from python_calamine import CalamineSheet

from contacts.spreadsheets.headings import column_letter
from contacts.spreadsheets.hidden import Hidden, hidden_in
from contacts.spreadsheets.package import DAMAGES, halves
from contacts.spreadsheets.reading import MOST_COLUMNS, MOST_ROWS, MOST_UNPACKED_BYTES, BadFile
from contacts.spreadsheets.workbook import (
    TOP_ROWS,
    first_with_numbers,
    names_in,
    rows_of,
    sheet_of,
    texts_of,
    width_of,
)

MOST_MEMORY_BYTES = 3 << 30
# Fast rather than small: it is read as often as it is written.
GZIP_LEVEL = 1
# Titles and a heading may stand above the people.
MOST_LINES = MOST_ROWS + TOP_ROWS
TAB = "\t"
FORK = get_context("fork")


def main(source: Path, spool: Path, choices: dict[str, Any]) -> dict[str, Any]:
    """Write the chosen sheet of `source` to `spool`; returns what the workbook is. Raises BadFile."""
    check_size(source)
    names, folder = names_in(source), spool.parent
    name = choices.get("sheet") or first_with_numbers(source, names, folder)
    if name not in names:
        raise BadFile("no_such_sheet", f"There is no sheet “{name}”. There are: {', '.join(names)}.")
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(hidden_in, source, name)
        sheets = read_spool(source, name, folder)
        hidden = looking.result()
    count = write_spool(
        sheets,
        spool,
        Hidden(
            set() if choices.get("hidden_rows") else hidden.rows,
            set() if choices.get("hidden_columns") else hidden.columns,
        ),
    )
    return {
        "sheets": names,
        "sheet": name,
        "rows": count,
        "hidden_rows": len(hidden.rows),
        "hidden_unseen": hidden.unseen,
        "hidden_columns": [column_letter(index) for index in sorted(hidden.columns) if index < MOST_COLUMNS],
    }


def check_size(source: Path) -> None:
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED_BYTES:
                raise BadFile("too_large", "The workbook is larger than 2 GB when unpacked.")


def read_spool(source: Path, name: str, folder: Path) -> list[CalamineSheet]:
    """The sheet of this name, or its halves, whichever can be read. Raises BadFile."""
    try:
        with ThreadPoolExecutor(2) as beside:
            reading = [beside.submit(sheet_of, part, name) for part in halves(source, name, folder)]
            return [one.result() for one in reading]
    except (BadFile, *DAMAGES):
        return [sheet_of(source, name)]


def write_spool(sheets: list[CalamineSheet], spool: Path, left_out: Hidden) -> int:
    """Write the rows of these, which are one sheet, and return how many there are. Raises BadFile, MemoryError.

    A process for each; to gzip, what is packed in several pieces is one.
    """
    width = max(map(width_of, sheets))
    pieces = [spool, *(spool.with_suffix(f".{number}") for number in range(1, len(sheets)))]
    counts = FORK.SimpleQueue()

    def write_piece(number: int) -> None:
        counts.put(_write(rows_of(sheets[number], width), pieces[number], left_out))

    beside = [FORK.Process(target=write_piece, args=[number]) for number in range(1, len(sheets))]
    for process in beside:
        process.start()
    write_piece(0)
    for process in beside:
        process.join()
        if process.exitcode:
            raise MemoryError
    with spool.open("ab") as out:
        for piece in pieces[1:]:
            with piece.open("rb") as packed:
                shutil.copyfileobj(packed, out)
    count: int = sum(counts.get() for _ in sheets)
    if count > MOST_LINES:
        raise BadFile("too_large", f"The sheet has more than {MOST_ROWS:,} rows. Split it.")
    return count


def _write(rows: Iterator[tuple[int, list[Any]]], spool: Path, left_out: Hidden) -> int:
    """Write a line for each row that is not empty, until there are too many; returns how many there are."""
    count = 0
    with gzip.open(spool, "wt", GZIP_LEVEL, encoding="utf-8", newline="\n") as out:
        for number, cells in rows:
            if number in left_out.rows:
                continue
            written = texts_of(cells)
            for index in left_out.columns:
                if index < len(written):
                    written[index] = ""
            if any(written):
                count += 1
                if count > MOST_LINES:
                    break
                out.write(f"{number}\t{TAB.join(written)}\n")
    return count


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    try:
        sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))))
    except BadFile as error:
        sys.stderr.write(json.dumps([error.code, error.words]))
        sys.exit(3)
    except MemoryError:
        sys.stderr.write(json.dumps(["too_large", "The workbook is too large to be read. Save it as CSV."]))
        sys.exit(3)
