"""CSV as people open it: streamed, with a byte order mark for Excel, and with no cell that is taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# Excel of East Asia takes the wide signs for the narrow ones.
RISKY = ("=", "@", "-", "+", "\t", "\r", "＝", "＠", "－", "＋")


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file of these rows, one after another."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([harmless(cell) for cell in headings])
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def csv_line(cells: Sequence[Any]) -> str:
    """One line of a CSV file, for whoever does not have its rows one after another."""
    line: str = csv.writer(_Echo()).writerow([harmless(cell) for cell in cells])
    return line


def harmless(cell: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula; a number with its sign stays as it is.

    One that begins with our apostrophe gets another: whoever reads the file takes one away (`text.GUARDED`).

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(cell, str) or not cell.lstrip("'").startswith(RISKY):
        return cell
    return cell if cell.lstrip("+-").replace(" ", "").replace(",", "").replace(".", "", 1).isdecimal() else f"'{cell}"


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line
