"""Excel files to be written: what looks like a formula or a link in them is text."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook


def new_workbook(target: Path | IO[bytes], *, row_by_row: bool = True) -> Workbook:
    """Written when its `with` ends. Of one that is filled row by row little is held in memory meanwhile."""
    # Three megabytes of every process that might write one some day.
    from xlsxwriter import Workbook  # noqa: PLC0415

    options = {"constant_memory": row_by_row, "strings_to_formulas": False, "strings_to_urls": False}
    return Workbook(str(target) if isinstance(target, Path) else target, options)
