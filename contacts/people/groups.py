"""Groups and their fields, made and named: each with its entry in the audit."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from contacts import values
from contacts.models import ContactField, ContactGroup
from contacts.models.group import LONGEST_LABEL
from contacts.people.field_names import hold_names, names_in
from contacts.people.merge import lock_group
from contacts.people.retype import FieldIsKey


@transaction.atomic
def make_group(name: str, *, user: User | None = None, api_key: ApiKey | None = None) -> ContactGroup:
    """Raises IntegrityError where the name is taken."""
    group = ContactGroup.objects.create(name=name)
    record("group made", f"group {group.pk}", user=user, api_key=api_key, name=name)
    return group


@transaction.atomic
def rename_group(group: ContactGroup, name: str, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    before, group.name = group.name, name
    group.save(update_fields=["name"])
    record("group renamed", f"group {group.pk}", user=user, api_key=api_key, before=before, after=name)


@transaction.atomic
def make_field(
    group: ContactGroup,
    label: str,
    type: str = ContactField.Type.TEXT,
    *,
    key: str = "",
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> ContactField:
    """A field at the end of the group; without a `key` of its own it is called by its label."""
    hold_names(group)
    key, label = key or values.field_key(label, names_in(group)), label[:LONGEST_LABEL]
    field = ContactField.objects.create(group=group, key=key, label=label, type=type, position=group.fields.count())
    record("field made", f"group {group.pk}", user=user, api_key=api_key, field=key, type=type)
    return field


@transaction.atomic
def delete_field(field: ContactField, *, user: User | None = None) -> None:
    """Its values stay until the next upload. Raises FieldIsKey."""
    lock_group(field.group)
    if field.is_key:
        raise FieldIsKey(field)
    record("field deleted", f"group {field.group_id}", user=user, field=field.key)
    field.delete()


@transaction.atomic
def label_field(field: ContactField, label: str, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """Call it otherwise; its key stays. Nothing where it is called so already."""
    before = ContactField.objects.values_list("label", flat=True).get(pk=field.pk)
    if ContactField.objects.filter(pk=field.pk).exclude(label=label).update(label=label):
        about, what = f"group {field.group_id}", {"before": before, "after": label}
        record("field renamed", about, user=user, api_key=api_key, field=field.key, **what)
