"""A file to fill in for a group: its columns, and people who do not exist, as their types are written."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.models import ContactField, ContactGroup
from contacts.people.field_names import fields_by_name
from contacts.spreadsheets import csv_lines
from contacts.spreadsheets.columns import field_of_heading
from contacts.spreadsheets.writing import harmless
from contacts.values import BOOLEAN, CHOICE, DATE, DATETIME, DECIMAL, INTEGER, MONEY

PEOPLE = [("0700 000 001", "Jane Example"), ("0700 000 002", "John Example")]
EXAMPLES = {
    INTEGER: ("3", "12"),
    DECIMAL: ("2.5", "10"),
    MONEY: ("1,500.00", "250.50"),
    DATE: ("31/12/2026", "15/01/2027"),
    DATETIME: ("31/12/2026 09:30", "15/01/2027 14:00"),
    BOOLEAN: ("yes", "no"),
}
# In a group whose rows have a key: two rows of the first number, and one of the second.
FAMILIES = ("Amina Example", "Juma Example", "John Example")
FIRST_REFERENCE = 1201
TEXTS = ("Example", "Another example")


def sample_as_csv(group: ContactGroup) -> Iterator[str]:
    """The lines of a CSV file. Uploaded into the group, its columns are known by their headings."""
    fields = list(group.fields.all())
    rows = [[*person, *(_examples(field)[place] for field in fields)] for place, person in enumerate(PEOPLE)]
    if group.is_keyed:
        key = 2 + [field.is_key for field in fields].index(True)
        rows = [[*row] for row in (rows[0], rows[0], rows[1])]
        for place, row in enumerate(rows):
            row[1], row[key] = FAMILIES[place], str(FIRST_REFERENCE + place)
    return csv_lines(["Phone", "Name", *_headings(fields)], rows)


def _headings(fields: list[ContactField]) -> list[str]:
    """Each field's label, or its name where the label could be taken for another column."""
    existing = {field.key: (field.label, field.type) for field in fields}
    names = {name: field.key for name, field in fields_by_name(fields).items()}
    return [
        field.label if field_of_heading(harmless(field.label), existing, names) == field.key else field.name
        for field in fields
    ]


def _examples(field: ContactField) -> tuple[str, str]:
    if field.type == CHOICE and field.options:
        return field.options[0], field.options[-1]
    return EXAMPLES.get(field.type, TEXTS)
