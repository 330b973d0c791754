"""The fields of a group as scripts name them: made, labelled, given another type."""

from __future__ import annotations

from django.db import transaction
from ninja import Field, Schema

from accounts.answers import one_of
from accounts.api import ApiError
from accounts.audit import record
from accounts.models import ApiKey
from accounts.names import name_of
from contacts import usage, values
from contacts.models import ContactField, ContactGroup
from contacts.models.group import LONGEST_LABEL
from contacts.people import keys, retype
from contacts.people.field_names import BadName, fields_by_name, name_field
from contacts.people.groups import label_field, make_field
from lib.names import SentName

PERSON = frozenset({"phone", "name"})


class FieldBody(Schema, extra="forbid"):
    name: SentName = Field(examples=["balance"])
    new_name: SentName | None = Field(
        None, description="What it is called from now on; `name` goes on meaning it.", examples=["balance"]
    )
    label: SentName | None = Field(None, examples=["Balance"])
    type: str = Field("text", examples=["money"], json_schema_extra=one_of(ContactField.Type.values))
    month_first: bool | None = Field(None, description="How the dates that it has are read anew.")


def make_fields(group: ContactGroup, wanted: list[FieldBody], api_key: ApiKey) -> None:
    for body in wanted:
        if body.type not in ContactField.Type.values:
            words = f"“{body.type}” is no type. There are: {', '.join(ContactField.Type.values)}."
            raise ApiError(422, "invalid", words, {body.name: words})
        if values.plain_key(body.name) in PERSON:
            words = f"Every contact has a {values.plain_key(body.name)}: it is no field."
            raise ApiError(422, "invalid", words, {body.name: words})
        key, label = values.field_key(body.name), (body.label or body.name)[:LONGEST_LABEL]
        field = fields_by_name(group.fields.all()).get(key)
        if field is None:
            field = make_field(group, label, body.type, key=key, api_key=api_key)
        else:
            if body.label or not body.new_name:
                label_field(field, label, api_key=api_key)
            if "type" in body.model_fields_set or not body.new_name:
                _retype(field, body, api_key)
        if body.new_name:
            try:
                name_field(field, body.new_name, api_key=api_key)
            except BadName as error:
                raise ApiError(422, "invalid", str(error), {body.name: str(error)}) from error


def set_key(group: ContactGroup, name: str | None, api_key: ApiKey) -> None:
    """Tell rows of one number apart by the field of this name, which is made where there is none; null: by none."""
    try:
        if not name:
            keys.take_key(group, api_key=api_key)
            return
        known = fields_by_name(group.fields.all())
        field = known.get(name) or known.get(values.field_key(name))
        keys.give_key(group, field or make_field(group, name, api_key=api_key), api_key=api_key)
    except keys.KeyNotPossible as error:
        raise ApiError(409, "state", str(error)) from error


def _retype(field: ContactField, wanted: FieldBody, api_key: ApiKey) -> None:
    """Give a field another type where nobody uses it and all of its values fit."""
    if wanted.type == field.type:
        return
    if used := usage.uses_of_field(field):
        raise ApiError(409, "state", f"The type of “{field.name}” cannot be changed: it is used by {', '.join(used)}.")
    try:
        lost = retype.unreadable_values(field, wanted.type, month_first=wanted.month_first)
        if lost:
            words = f"{len(lost):,} values of “{field.name}” are no {wanted.type}, such as “{lost[0][:60]}”."
            raise ApiError(409, "state", words)
        was = field.type
        with transaction.atomic():
            retype.retype_field(field, wanted.type, month_first=wanted.month_first, by=name_of(None, api_key))
            about, after = f"group {field.group_id}", wanted.type
            record("field retyped", about, api_key=api_key, field=field.key, before=was, after=after)
    except (retype.TooManyPeople, retype.WhichOrder, retype.FieldIsKey) as error:
        raise ApiError(409, "state", str(error)) from error
