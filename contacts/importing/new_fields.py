"""The fields that an upload makes: what they are to be called, and made as its import begins."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from contacts.importing.mapping import BadMapping, ColumnChoice
from contacts.models import ContactField, ContactGroup
from contacts.models.group import LONGEST_LABEL
from contacts.people.field_names import BadName, checked_name, fields_by_name, hold_names
from contacts.spreadsheets.columns import NEW

TAKEN_MEANWHILE = "“{}” was called <{}> meanwhile, which is “{}” in this file. Upload it again."


def called(choice: ColumnChoice, written: str, group: ContactGroup) -> ColumnChoice:
    """`choice`, a new field, by the name that somebody wrote for it; by its key where nobody did.

    Raises BadMapping where it cannot be called so.
    """
    if choice.role != NEW or not written.strip():
        return choice
    try:
        name = checked_name(written, group.fields.exclude(key=choice.key))
    except BadName as error:
        raise BadMapping(f"“{choice.heading}”: {error}") from error
    return replace(choice, called="" if name == choice.key else name)


def check_names(choices: list[ColumnChoice]) -> None:
    """What new fields are to be called, among themselves; the group's own are looked at as they are chosen.

    Raises BadMapping.
    """
    made = {
        one.index: ContactField(key=one.key, chosen_name=one.called, label=one.label or one.heading)
        for one in choices
        if one.role == NEW
    }
    for choice in choices:
        if choice.index in made and choice.called:
            try:
                checked_name(choice.called, [field for index, field in made.items() if index != choice.index])
            except BadName as error:
                raise BadMapping(f"“{choice.heading}”: {error}") from error


def make_chosen_fields(group: ContactGroup, choices: list[ColumnChoice]) -> None:
    """Add the fields that `choices` ask for and that `group` does not have yet.

    A name that another field was given meanwhile is left to it: the new one is called by its key. Raises BadMapping
    where that is taken too.
    """
    with transaction.atomic():
        hold_names(group)
        position, names = group.fields.count(), fields_by_name(group.fields.all())
        for choice in choices:
            if choice.role == NEW:
                if (other := names.get(choice.key)) is not None and other.key != choice.key:
                    raise BadMapping(TAKEN_MEANWHILE.format(other.label, choice.key, choice.heading))
                _, made = ContactField.objects.get_or_create(
                    group=group,
                    key=choice.key,
                    defaults={
                        "label": (choice.label or choice.heading)[:LONGEST_LABEL],
                        "type": choice.type,
                        "position": position,
                        "chosen_name": _free_name(group, choice),
                    },
                )
                position += made


def _free_name(group: ContactGroup, choice: ColumnChoice) -> str:
    if not choice.called or choice.called == choice.key:
        return ""
    try:
        return checked_name(choice.called, group.fields.exclude(key=choice.key))
    except BadName:
        return ""
