"""What a group's fields are called: found by any name that they ever had, and called otherwise.

The key under which the values stand stays, so that no contact is written and whatever named the field before goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from contacts.models import ContactField, ContactGroup
from contacts.values import LONGEST_KEY, TAKEN_KEYS, plain_key


class BadName(ValueError):
    """A field cannot be called so; its words say why, and what to do. Nothing was changed."""


def fields_by_name(fields: Iterable[ContactField]) -> dict[str, ContactField]:
    """Each by every name that it has or had; what one is called now goes before what another was called."""
    fields = list(fields)
    found = {name: field for field in fields for name in field.names}
    return found | {field.name: field for field in fields}


def called_otherwise(groups: Iterable[int]) -> dict[int, dict[str, str]]:
    """By group the present name of each field that is not called by its key any more."""
    found: dict[int, dict[str, str]] = {}
    named = ContactField.objects.filter(group__in=set(groups)).exclude(chosen_name="")
    for group, key, name in named.values_list("group", "key", "chosen_name"):
        found.setdefault(group, {})[key] = name
    return found


def by_present_names(values: Mapping[str, str], names: Mapping[str, str] | None) -> dict[str, str]:
    """A contact's values by what its fields are called now: `names` of those that are called otherwise."""
    if not names:
        return dict(values)
    own = {key: value for key, value in values.items() if key not in names}
    return own | {names[key]: value for key, value in values.items() if key in names}


def names_in(group: ContactGroup) -> set[str]:
    """All names that mean a field of the group: none of them may be another's."""
    return {name for field in ContactField.objects.filter(group=group) for name in field.names}


def checked_name(written: str, others: Iterable[ContactField] = ()) -> str:
    """A name as it is kept: `Due Date` is `due_date`. Raises BadName where it is none, or one of the `others` has it.

    Texts compare names by their letters and digits: `duedate` is `due_date` to them.
    """
    name = plain_key(written)
    if not name or not name[0].isalpha():
        raise BadName("A name begins with a letter and has letters, digits and _ only, such as balance or due_date.")
    if len(name) > LONGEST_KEY:
        raise BadName(f"A name has at most {LONGEST_KEY} letters.")
    if _compared(name) in {_compared(one) for one in TAKEN_KEYS}:
        raise BadName(f"<{name}> means something of its own already. Choose another name.")
    for field in others:
        if _compared(field.name) == _compared(name):
            raise BadName(f"“{field.label}” is called <{field.name}> already. Choose another name.")
        if any(_compared(one) == _compared(name) for one in field.names):
            raise BadName(
                f"“{field.label}” was called <{name}> before, and texts may still call it so. Choose another name."
            )
    return name


def name_field(
    field: ContactField, written: str, *, user: User | None = None, api_key: ApiKey | None = None
) -> ContactField:
    """Call a field of a group otherwise; what it was called before means it for ever. Raises BadName.

    Nothing where it is called so already.
    """
    with transaction.atomic():
        hold_names(field.group)
        field = ContactField.objects.select_related("group").get(pk=field.pk)
        others = ContactField.objects.filter(group=field.group_id).exclude(pk=field.pk)
        before, name = field.name, checked_name(written, others)
        if name == before:
            return field
        former = dict.fromkeys((*(field.former_names or ()), before))
        field.chosen_name = "" if name == field.key else name
        field.former_names = [one for one in former if one not in (name, field.key)] or None
        field.save(update_fields=["chosen_name", "former_names"])
        about, what = f"group {field.group_id}", {"before": before, "after": name}
        record("field named", about, user=user, api_key=api_key, field=field.key, **what)
    return field


def hold_names(group: ContactGroup) -> None:
    """Until the transaction ends nobody else gives names to fields of the group: one that waits for its upload too."""
    ContactGroup.everything.select_for_update(no_key=True).only("pk").get(pk=group.pk)


def _compared(name: str) -> str:
    return name.replace("_", "")
