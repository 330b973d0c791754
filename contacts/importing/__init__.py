"""From an uploaded file to contacts: guess the columns, say what would happen, then do it in chunks."""

from contacts.importing.mapping import BadMapping, Choice
from contacts.importing.uploading import (
    begin,
    check,
    choose,
    guess,
    import_rows,
    order_check,
    order_import,
    rejects_of,
    standing_still,
)

__all__ = [
    "BadMapping",
    "Choice",
    "begin",
    "check",
    "choose",
    "guess",
    "import_rows",
    "order_check",
    "order_import",
    "rejects_of",
    "standing_still",
]
