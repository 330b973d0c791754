"""What the columns of an upload are: guessed from the file, or as they were for the same headings, and chosen."""

from __future__ import annotations

from datetime import timedelta

from contacts.importing import mapping
from contacts.importing.claims import move_on, under_claim
from contacts.importing.key_column import NO_KEY, check_key_column, key_label, with_key
from contacts.importing.mapping import BadMapping, ColumnChoice, EarlierColumns
from contacts.importing.new_fields import check_names
from contacts.importing.opening import open_to_guess
from contacts.models import Upload
from contacts.people.keys import KeyNotPossible, check_key
from contacts.spreadsheets import BadFile, Busy, Reading
from contacts.spreadsheets.columns import PHONE
from contacts.spreadsheets.phone_column import PhoneVerdict
from contacts.spreadsheets.second_list import second_list

# A child may take five minutes over a workbook, and says nothing meanwhile.
READING_LEASE = timedelta(minutes=6)
# How an upload is to be read from now on, kept with how it is read until a worker has done it.
WANTED = "wanted"

Status = Upload.Status


def guess_columns(upload: Upload, wanted: Reading | None = None) -> list[ColumnChoice]:
    """Guess what the columns are, or take them as they were for the same headings; and keep it. Raises BadFile."""
    with open_to_guess(upload, wanted) as sheet:
        digest = mapping.headings_hash(sheet.headings)
        choices, verdict = mapping.guess_mapping(sheet, upload.group, *_chosen_before(upload, digest))
        upload.headings_hash = digest
        upload.rows_expected = sheet.lines
        upload.reading = sheet.reading.to_json() | {
            "hidden": [sheet.hidden_rows, sheet.hidden_columns],
            "hidden_unseen": sheet.hidden_unseen,
            "uncalculated": sheet.uncalculated,
            "filled_down": sheet.filled_down,
            "merged_once": sheet.merged_once,
            "unnamed": sheet.unnamed,
            "sheets": sheet.sheets,
            "sheets_read": sheet.sheets_read,
            "sheets_unread": sheet.sheets_unread,
            "accent": sheet.first_accent()[:100],
            "phone": verdict.to_json(),
            "second_list": second_list(sheet.headings, [row.cells for row in sheet.samples()]),
        }
        upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["reading", "mapping", "headings_hash", "rows_expected"])
    return choices


def choose_columns(upload: Upload, choices: list[ColumnChoice]) -> None:
    """Keep what the columns are. Raises BadMapping."""
    mapping.check_mapping(choices, phone_verdict(upload))
    check_names(choices)
    check_key_column(choices, upload)
    upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["mapping"])


def tell_apart(upload: Upload, column: int) -> None:
    """Tell rows of one number apart by this column. Raises BadMapping where the group does not allow it."""
    choices, field = with_key(mapping.from_json(upload.mapping), column, upload.group)
    if upload.group.key and upload.group.key != field.key:
        raise BadMapping(NO_KEY.format(key_label(upload, choices)))
    if not upload.group.key:
        try:
            check_key(upload.group, field)
        except KeyNotPossible as error:
            raise BadMapping(str(error)) from error
    upload.key, upload.repeats = field.key, Upload.Repeats.KEY
    upload.mapping = mapping.to_json(choices)
    upload.save(update_fields=["key", "repeats", "mapping"])


def tell_nothing_apart(upload: Upload) -> None:
    """A number has one row in this upload after all; nothing where the group itself has a key."""
    upload.key, upload.repeats = "", Upload.Repeats.ASK
    upload.save(update_fields=["key", "repeats"])


def read_columns(upload: Upload) -> None:
    """Guess the columns in the background. A file that can be read, but not as it was ordered, is left as it was."""

    def read() -> None:
        wanted = upload.reading.pop(WANTED, None)
        error = ""
        try:
            guess_columns(upload, Reading.from_json(wanted) if wanted else None)
        except BadFile as bad:
            if wanted is None or isinstance(bad, Busy):
                raise
            error = f"It cannot be read so: {bad}"
        move_on(upload, Status.READING, status=Status.MAPPING, reading=upload.reading, error=error, lease_until=None)

    under_claim(upload, Status.READING, read, READING_LEASE)


def phone_verdict(upload: Upload) -> PhoneVerdict:
    """Why which column was taken for the phone number, or between which a person has to choose."""
    return PhoneVerdict.from_json(upload.reading.get("phone") or {})


def _chosen_before(upload: Upload, digest: str) -> tuple[EarlierColumns | None, EarlierColumns | None]:
    """The columns of the last upload with these headings that came to an end: into this group, and into another."""
    ended = Upload.objects.filter(headings_hash=digest, status__in=[Status.DONE, Status.UNDONE]).order_by("-pk")
    return _earlier(ended.filter(group=upload.group).first()), _earlier(ended.exclude(group=upload.group).first())


def _earlier(upload: Upload | None) -> EarlierColumns | None:
    """Who undid an upload does not stand by its columns; pages ask a person for them, the command takes `--map`."""
    if upload is None:
        return None
    mapped = any(one["role"] == PHONE and one.get("by_hand") for one in upload.mapping.values())
    return EarlierColumns(upload.mapping, (upload.created_by_id is not None or mapped) and not upload.is_undone)
