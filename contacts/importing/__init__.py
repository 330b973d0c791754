"""From an uploaded file to contacts: guess the columns, say what would happen, do it in chunks, take it back."""

from contacts.importing.checking import check_upload
from contacts.importing.mapping import BadMapping, ColumnChoice
from contacts.importing.oddities import noticed
from contacts.importing.rejects import rejects_of
from contacts.importing.undoing import undo_upload
from contacts.importing.uploading import (
    begin_upload,
    choose_columns,
    guess_columns,
    order_check,
    order_import,
    order_undo,
    read_columns,
    reread,
    uploads_standing_still,
)
from contacts.importing.writing import import_rows

__all__ = [
    "BadMapping",
    "ColumnChoice",
    "begin_upload",
    "check_upload",
    "choose_columns",
    "guess_columns",
    "import_rows",
    "noticed",
    "order_check",
    "order_import",
    "order_undo",
    "read_columns",
    "rejects_of",
    "reread",
    "undo_upload",
    "uploads_standing_still",
]
