"""The column that tells rows of one number apart: which it is, and whether a file has it."""

from __future__ import annotations

from contacts.importing.mapping import BadMapping, ColumnChoice, as_new_field
from contacts.models import ContactField, ContactGroup, Upload
from contacts.spreadsheets.columns import FIELD, NAME, NEW, PHONE

NO_KEY = "This group tells rows of one number apart by “{}”. Choose the column that holds it."


def check_key_column(choices: list[ColumnChoice], upload: Upload) -> None:
    """Raises BadMapping where no column holds what tells rows of one number apart."""
    key = upload.keyed_by
    if key and not any(choice.gives_value and choice.key == key for choice in choices):
        raise BadMapping(NO_KEY.format(key_label(upload, choices)))


def with_key(choices: list[ColumnChoice], column: int, group: ContactGroup) -> tuple[list[ColumnChoice], ContactField]:
    """`choices` with that column as the field that tells rows of one number apart, as it is written; and the field.

    Raises BadMapping where it is the phone number or the name.
    """
    choice = next((one for one in choices if one.index == column), None)
    if choice is None or choice.role in (PHONE, NAME):
        raise BadMapping("Rows of one number are told apart by a column that is neither the number nor the name.")
    if choice.role != FIELD:
        others = [one for one in choices if one.index != column]
        choice = as_new_field(choice, ContactField.Type.TEXT, others, group)
    field = group.fields.filter(key=choice.key).first()
    result = [choice if one.index == column else one for one in choices]
    return result, field or ContactField(group=group, key=choice.key, label=choice.label or choice.heading)


def key_label(upload: Upload, choices: list[ColumnChoice]) -> str:
    """What people call the field that tells rows of one number apart."""
    field = upload.group.fields.filter(key=upload.keyed_by).first()
    if field is not None:
        return field.label
    made = [choice.label or choice.heading for choice in choices if choice.role == NEW and choice.key == upload.key]
    return made[0] if made else upload.keyed_by
