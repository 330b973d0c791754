"""From an uploaded file to contacts: guess the columns, say what would happen, do it in chunks, take it back."""

from contacts.importing.checking import check
from contacts.importing.mapping import BadMapping, Choice
from contacts.importing.oddities import noticed
from contacts.importing.rejects import rejects_of
from contacts.importing.undoing import undo
from contacts.importing.uploading import (
    begin,
    choose,
    guess,
    order_check,
    order_import,
    order_undo,
    read_columns,
    reread,
    standing_still,
)
from contacts.importing.writing import import_rows

__all__ = [
    "BadMapping",
    "Choice",
    "begin",
    "check",
    "choose",
    "guess",
    "import_rows",
    "noticed",
    "order_check",
    "order_import",
    "order_undo",
    "read_columns",
    "rejects_of",
    "reread",
    "standing_still",
    "undo",
]
