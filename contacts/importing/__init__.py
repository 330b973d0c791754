"""From an uploaded file to contacts: guess the columns, say what would happen, do it in chunks, take it back."""

from contacts.importing.beginning import begin_upload, reread
from contacts.importing.cell_words import describe_words
from contacts.importing.checking import check_upload
from contacts.importing.choosing import (
    choose_columns,
    guess_columns,
    phone_verdict,
    read_columns,
    tell_apart,
    tell_nothing_apart,
)
from contacts.importing.claims import uploads_standing_still
from contacts.importing.dropped import DroppedCells
from contacts.importing.key_column import key_label
from contacts.importing.mapping import BadMapping, ColumnChoice, NoPhone
from contacts.importing.new_fields import called
from contacts.importing.oddities import describe_not_updated, describe_oddities, describe_siblings, near_in_words
from contacts.importing.opting_out import WhichColumn, begin_opt_outs, opt_out_by_job
from contacts.importing.orders import order_check, order_import, order_undo
from contacts.importing.rejects import rejects_as_table, uploads_to_mend
from contacts.importing.totals import describe_totals, totals_in_words
from contacts.importing.undoing import undo_upload
from contacts.importing.waiting import forget_waiting_before, give_up, group_for_upload, waiting_uploads
from contacts.importing.writing import import_rows

__all__ = [
    "BadMapping",
    "ColumnChoice",
    "DroppedCells",
    "NoPhone",
    "WhichColumn",
    "begin_opt_outs",
    "begin_upload",
    "called",
    "check_upload",
    "choose_columns",
    "describe_not_updated",
    "describe_oddities",
    "describe_siblings",
    "describe_totals",
    "describe_words",
    "forget_waiting_before",
    "give_up",
    "group_for_upload",
    "guess_columns",
    "import_rows",
    "key_label",
    "near_in_words",
    "opt_out_by_job",
    "order_check",
    "order_import",
    "order_undo",
    "phone_verdict",
    "read_columns",
    "rejects_as_table",
    "reread",
    "tell_apart",
    "tell_nothing_apart",
    "totals_in_words",
    "undo_upload",
    "uploads_standing_still",
    "uploads_to_mend",
    "waiting_uploads",
]
