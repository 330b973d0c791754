"""What each column of a file is: how it is guessed, kept with the upload, and turned into what a row is read by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Mapped
from dataclasses import asdict, dataclass, replace
from typing import Any

from contacts.models import ContactField, ContactGroup
from contacts.models.group import LONGEST_LABEL
from contacts.spreadsheets import REASON, Sheet, columns
from contacts.spreadsheets.columns import FIELD, IGNORE, NAME, NEW, PHONE, Column
from contacts.values import field_key

# A column's number to what it is, as the upload keeps it.
StoredMapping = dict[str, Any]


class BadMapping(ValueError):
    """The columns cannot be used as chosen; its words say what to choose instead."""


@dataclass(frozen=True)
class ColumnChoice:
    """What one column of a file is."""

    index: int
    heading: str
    role: str
    key: str = ""
    label: str = ""
    type: str = ContactField.Type.TEXT
    month_first: bool = False
    samples: tuple[str, ...] = ()

    @property
    def gives_value(self) -> bool:
        return self.role in (FIELD, NEW)


def guess_mapping(sheet: Sheet, group: ContactGroup, stored: StoredMapping | None = None) -> list[ColumnChoice]:
    """What the columns of `sheet` seem to be, for `group` as it is now, or as they were chosen for these headings."""
    existing = {field.key: (field.label, field.type) for field in group.fields.all()}
    guessed = columns.guess_fields(
        sheet.headings,
        [row.cells for row in sheet.samples()],
        existing,
        first_upload=not existing and group.size == 0,
        workbook=sheet.is_workbook,
        had_heading=sheet.reading.heading_row is not None,
    )
    choices = [_choice(column) for column in guessed]
    if not stored:
        return choices
    # By their places: two columns may have one heading, and only a reason behind them may be new.
    return [
        _remembered(choice, earlier, existing)
        if (earlier := stored.get(str(choice.index)))
        else replace(choice, role=IGNORE)
        for choice in choices
    ]


def headings_hash(headings: list[str]) -> str:
    """To find an upload of the same headings; the reason beside rejected rows is none of them."""
    own = headings[:-1] if headings[-1:] == [REASON] else headings
    return hashlib.sha256("\t".join(own).encode()).hexdigest()


def changed_by_hand(choices: list[ColumnChoice], wanted: Mapped[str, str], group: ContactGroup) -> list[ColumnChoice]:
    """`choices` with some columns made what `wanted` says by heading: phone, name, ignore, or a field's key or label.

    Raises BadMapping for a column that is not in the file.
    """
    by_heading = {choice.heading.casefold(): choice for choice in choices}
    result = {choice.index: choice for choice in choices}
    fields = {field.key: field for field in group.fields.all()}
    for heading, target in wanted.items():
        choice = by_heading.get(heading.strip().casefold())
        if choice is None:
            raise BadMapping(f"The file has no column “{heading}”. It has: {', '.join(c.heading for c in choices)}.")
        for other in result.values():
            if target in (PHONE, NAME) and other.role == target:
                result[other.index] = replace(other, role=IGNORE, key="")
        result[choice.index] = _made_into(choice, target.strip(), fields)
    return [result[index] for index in sorted(result)]


def check_mapping(choices: list[ColumnChoice]) -> None:
    """Raises BadMapping where no row could be read by these choices, or one column would write over another."""
    phones = [choice for choice in choices if choice.role == PHONE]
    if not phones:
        raise BadMapping("No column holds phone numbers. Choose the one that does.")
    if len(phones) > 1:
        raise BadMapping("Only one column can be the phone number. Choose one, and ignore the others.")
    if sum(choice.role == NAME for choice in choices) > 1:
        raise BadMapping("Only one column can be the name. Make the other one a field of its own, such as Surname.")
    keys: dict[str, ColumnChoice] = {}
    for choice in choices:
        if choice.gives_value and (other := keys.setdefault(choice.key, choice)) is not choice:
            raise BadMapping(f"“{other.heading}” and “{choice.heading}” would fill the same field. Ignore one of them.")


def make_chosen_fields(group: ContactGroup, choices: list[ColumnChoice]) -> None:
    """Add the fields that `choices` ask for and that `group` does not have yet."""
    position = group.fields.count()
    for choice in choices:
        if choice.role == NEW:
            _, made = ContactField.objects.get_or_create(
                group=group,
                key=choice.key,
                defaults={
                    "label": (choice.label or choice.heading)[:LONGEST_LABEL],
                    "type": choice.type,
                    "position": position,
                },
            )
            position += made


def to_json(choices: list[ColumnChoice]) -> StoredMapping:
    """As the upload keeps them: the column's number to what it is."""
    return {str(choice.index): asdict(choice) for choice in choices}


def from_json(stored: StoredMapping) -> list[ColumnChoice]:
    choices = [ColumnChoice(**{**one, "samples": tuple(one.get("samples", ()))}) for one in stored.values()]
    return sorted(choices, key=lambda choice: choice.index)


def as_field(choice: ColumnChoice, field: ContactField, *, month_first: bool = False) -> ColumnChoice:
    """`choice` as a field that the group has."""
    return replace(choice, role=FIELD, key=field.key, label=field.label, type=field.type, month_first=month_first)


def as_new_field(
    choice: ColumnChoice, type_: str, others: list[ColumnChoice], group: ContactGroup, *, month_first: bool = False
) -> ColumnChoice:
    """`choice` as a new field; its key clashes with none of the group's and none of the other columns'."""
    taken = {one.key for one in others if one.gives_value} | set(group.fields.values_list("key", flat=True))
    key = field_key(choice.heading, taken)
    return replace(choice, role=NEW, key=key, label=choice.heading, type=type_, month_first=month_first)


def with_month_first(choice: ColumnChoice) -> ColumnChoice:
    """`choice` with its dates read as the Americans write them."""
    return replace(choice, month_first=True)


def _choice(column: Column) -> ColumnChoice:
    return ColumnChoice(
        index=column.index,
        heading=column.heading,
        role=column.role,
        key=column.key,
        label=column.label,
        type=column.type,
        samples=column.samples,
    )


def _remembered(choice: ColumnChoice, earlier: dict[str, Any], existing: dict[str, tuple[str, str]]) -> ColumnChoice:
    """`choice` as it was chosen for the same heading before; a field that is not there is made again."""
    month_first = bool(earlier.get("month_first"))
    if earlier["role"] in (FIELD, NEW):
        if earlier["key"] in existing:
            label, type_ = existing[earlier["key"]]
            return replace(choice, role=FIELD, key=earlier["key"], label=label, type=type_, month_first=month_first)
        label, type_ = earlier["label"] or choice.heading, earlier["type"]
        return replace(choice, role=NEW, key=earlier["key"], label=label, type=type_, month_first=month_first)
    return replace(choice, role=earlier["role"], key="", label="")


def _made_into(choice: ColumnChoice, target: str, fields: dict[str, ContactField]) -> ColumnChoice:
    if target in (PHONE, NAME, IGNORE):
        return replace(choice, role=target, key="", label="")
    for field in fields.values():
        if target.casefold() in (field.key.casefold(), field.label.casefold()):
            return replace(choice, role=FIELD, key=field.key, label=field.label, type=field.type)
    type_ = choice.type if choice.gives_value else ContactField.Type.TEXT
    return replace(choice, role=NEW, key=field_key(target, set(fields)), label=target, type=type_)
