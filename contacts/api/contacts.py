"""Contacts, for scripts: added and changed, told, taken out."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Any

from django.db import IntegrityError, transaction
from django.http import JsonResponse
from ninja import Body, Field, Query, Schema, Status

from accounts.answers import Page
from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent, require
from accounts.audit import record
from accounts.models import ApiKey
from accounts.names import name_of
from accounts.requests import ApiRequest
from accounts.roles import Role
from contacts import values
from contacts.api import answers
from contacts.api.fields import PERSON
from contacts.api.groups import checked_name, group_named, router
from contacts.models import Contact, ContactField, ContactGroup, OptOut
from contacts.models.group import LONGEST_NAME, MOST_FIELDS
from contacts.people import transfer
from contacts.people.field_names import by_present_names, called_otherwise, fields_by_name
from contacts.people.groups import make_field, make_group
from contacts.people.merge import IncomingPerson, KeyChanged, merge_people
from lib import phones
from lib.names import SentName

__all__ = ["router"]

MOST_CONTACTS = 10_000
MOST_RESULTS = 1_000
# What GET gives beside the fields: whoever posts it back means no field by it.
OWN = ("phone", "name", "group", "opted_out", "not_updated")
REFERENCE = "reference"
TEXTS = (ContactField.Type.TEXT, ContactField.Type.CHOICE)


class ContactsBody(Schema):
    group: SentName = Field(examples=["loan_clients"])
    month_first: bool | None = Field(None, description="In dates the month stands first.")
    contacts: list[dict[str, Any]] = Field(
        description="`phone`, `name`, and any field; null takes a value away. In a group with a key each row has a "
        "value of it.",
        examples=[[{"phone": "0712345678", "name": "Jane Wanjiru", "balance": "5000", "due_date": "18/12/2026"}]],
    )


@router.post("/contacts", response=answers.ContactsAdded)
@idempotent
def add_contacts(request: ApiRequest, body: Body[ContactsBody]) -> JsonResponse:
    """Add and update up to 10,000 contacts; the group and unknown fields (as text) are made."""
    key = require(request, Role.COMPOSER)
    if len(body.contacts) > MOST_CONTACTS:
        raise ApiError(413, "too_large", f"At most {MOST_CONTACTS:,} contacts in one call.")
    _name_own_keys(body.contacts)
    with transaction.atomic():
        group = _group_or_new(checked_name(body.group), key)
        fields = _fields_for(group, body.contacts, key)
        if body.month_first is None:
            _check_orders(fields, body.contacts)
        parsers = {name: field.parser(month_first=bool(body.month_first)) for name, field in fields.items()}
        label = group.fields.values_list("label", flat=True).get(key=group.key) if group.is_keyed else ""
        people: dict[tuple[str, str], IncomingPerson] = {}
        rejected = []
        for index, contact in enumerate(body.contacts):
            try:
                person = _with_reference(_person(contact, fields, parsers), group, label)
            except (phones.BadNumber, values.BadValue) as error:
                rejected.append({"index": index, "phone": str(contact.get("phone", "")), "error": str(error)})
                continue
            people[person.phone, person.reference] = person
        try:
            counts = merge_people(group, list(people.values()), keep_empty=False, by=name_of(None, key))
        except KeyChanged as error:
            raise ApiError(409, "state", str(error)) from error
        if counts.created or counts.updated:
            about, created, updated = f"group {group.pk}", counts.created, counts.updated
            record("contacts written", about, api_key=key, created=created, updated=updated)
    return JsonResponse(
        {
            "group": group.name,
            "created": counts.created,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "duplicates": len(body.contacts) - len(rejected) - len(people),
            "rejected": rejected,
        }
    )


@router.get("/contacts", response=Page[answers.Contact])
def list_contacts(
    request: ApiRequest,
    group: str | None = None,
    phone: str | None = None,
    cursor: str = "",
    limit: int = Query(100, ge=1, le=MOST_RESULTS),
) -> JsonResponse:
    """Contacts by id; of one group, or with one number."""
    require(request, Role.VIEWER)
    rows = Contact.objects.filter(group__deleted_at=None).select_related("group").order_by("pk")
    if group is not None:
        rows = rows.filter(group=group_named(group))
    if phone is not None:
        rows = rows.with_phone(_digits(phone))
    if cursor:
        rows = rows.filter(pk__gt=decode_cursor(cursor))
    page = list(rows[: limit + 1])
    shown = page[:limit]
    out = set(
        OptOut.objects.filter(phone__in=[one.phone for one in shown], scope=OptOut.Scope.ALL).values_list(
            "phone", flat=True
        )
    )
    names = called_otherwise(one.group_id for one in shown)
    results = [
        {
            **by_present_names(one.values, names.get(one.group_id)),
            "phone": phones.international_number(one.phone),
            "name": one.name,
            "group": one.group.name,
            "opted_out": one.phone in out,
            **({REFERENCE: one.reference} if one.group.is_keyed else {}),
            **({"not_updated": _named(one.not_updated, names.get(one.group_id))} if one.not_updated else {}),
        }
        for one in shown
    ]
    return JsonResponse({"results": results, "next": encode_cursor(shown[-1].pk) if len(page) > limit else None})


@router.delete("/contacts", response={204: None})
def delete_contact(
    request: ApiRequest, phone: str = "", group: str | None = None, reference: str | None = None
) -> Status[None]:
    """Take a number out of a group; without `group` out of all. Its opt-outs and what was sent to it stay.

    With `reference` the one row of the number, of a group that tells its rows apart; without it all of them.
    """
    key = require(request, Role.COMPOSER)
    if not phone:
        raise ApiError(422, "invalid", "Say which number: `phone`.", {"phone": "required"})
    digits = _digits(phone)
    having = ContactGroup.objects.filter(contacts__phone=digits).distinct()
    groups = list(having) if group is None else [group_named(group)]
    if reference is not None:
        groups = [one for one in groups if one.is_keyed]
        if not groups:
            words = "No group here tells rows of one number apart."
            raise ApiError(422, "invalid", words, {REFERENCE: words})
        reference = values.reference_of(values.clean(reference))
    with transaction.atomic():
        gone = [(one.pk, person) for one in groups for person in transfer.remove_phone(digits, one, reference)]
        if not gone:
            raise ApiError(404, "not_found", "This number is in no such group.")
        for group_id, person in gone:
            record("contact deleted", f"contact {person}", api_key=key, group=group_id)
    return Status(204, None)


def _digits(written: str) -> str:
    try:
        return phones.read_phone(values.clean(written)).digits
    except phones.BadNumber as error:
        raise ApiError(422, "invalid", str(error), {"phone": str(error)}) from error


def _group_or_new(name: str, key: ApiKey) -> ContactGroup:
    """Of two calls that make it at once the second one finds it."""
    found = ContactGroup.objects.filter(name=name).first()
    if found is not None:
        return found
    try:
        return make_group(name, api_key=key)
    except IntegrityError:
        return ContactGroup.objects.get(name=name)


def _name_own_keys(contacts: list[dict[str, Any]]) -> None:
    """`Name` and `PHONE` are the name and the phone of a contact that has no other."""
    meant = {key: values.plain_key(key) for key in dict.fromkeys(key for one in contacts for key in one)}
    for written, own in meant.items():
        for contact in contacts if own in PERSON and written != own else ():
            if written in contact and own not in contact:
                contact[own] = contact.pop(written)


def _fields_for(group: ContactGroup, contacts: list[dict[str, Any]], api_key: ApiKey) -> dict[str, ContactField]:
    """The field that each name in these contacts means; what the group has not is made, as text."""
    own = list(group.fields.all())
    known, by_key = fields_by_name(own), {field.key: field for field in own}
    named = dict.fromkeys(name for one in contacts for name in one if name not in OWN)
    fields = {}
    if group.is_keyed and REFERENCE in named:
        del named[REFERENCE]
        fields[REFERENCE] = by_key[group.key]
    for name in named:
        key = name if name in known else values.field_key(name)
        if key not in known:
            if len(by_key) >= MOST_FIELDS:
                raise ApiError(422, "invalid", f"A group has at most {MOST_FIELDS} fields.")
            known[key] = by_key[key] = make_field(group, name, key=key, api_key=api_key)
        fields[name] = known[key]
    _check_each_once(fields, contacts)
    return fields


def _check_each_once(fields: dict[str, ContactField], contacts: list[dict[str, Any]]) -> None:
    """Refuse a contact that gives one field by two of its names: nobody could say which value counts."""
    by_field: dict[int, list[str]] = {}
    for name, field in fields.items():
        by_field.setdefault(field.pk, []).append(name)
    for names in by_field.values():
        if len(names) > 1 and any(sum(name in one for name in names) > 1 for one in contacts):
            words = f"{' and '.join(f'“{name}”' for name in names)} are names of one field. Give one of them."
            raise ApiError(422, "invalid", words, dict.fromkeys(names, words))


def _named(keys: list[str], names: dict[str, str] | None) -> list[str]:
    return [(names or {}).get(key, key) for key in keys]


def _check_orders(fields: dict[str, ContactField], contacts: list[dict[str, Any]]) -> None:
    """Refuse dates that only fit with the month first, unless `month_first` says whether that is meant."""
    for name, field in fields.items():
        written = [_text(one.get(name)) for one in contacts] if field.type in ContactField.WITH_DAY else []
        if cell := values.doubtful_date(written):
            words = (
                f"Dates of “{field.name}” such as “{cell}” cannot be read with the day first. "
                "Say `month_first`: true or false."
            )
            raise ApiError(422, "invalid", words, {"month_first": "required"})


def _person(
    contact: dict[str, Any], fields: dict[str, ContactField], parsers: dict[str, values.Parser]
) -> IncomingPerson:
    """One contact of the body: null takes a value away, what is empty changes nothing.

    Raises phones.BadNumber, values.BadValue.
    """
    number = phones.read_phone(_text(contact.get("phone"))).digits
    cells: dict[str, str | None] = {}
    for key, field in fields.items():
        if key in contact and contact[key] is None:
            cells[field.key] = None
        elif key in contact:
            try:
                if written := _text(contact[key], is_text=field.type in TEXTS):
                    cells[field.key] = parsers[key](written)
            except values.BadValue as error:
                raise values.BadValue(error.code, f"{field.label}: {error}") from error
    name = _text(contact.get("name"))[:LONGEST_NAME]
    is_taken_away = "name" in contact and contact["name"] is None
    return IncomingPerson(number, name or ("" if is_taken_away else None), cells)


def _with_reference(person: IncomingPerson, group: ContactGroup, label: str) -> IncomingPerson:
    """The person as a row of the group, which is told apart where the group has a key. Raises values.BadValue."""
    if not group.is_keyed:
        return person
    given = {key: value for key, value in person.values.items() if value is not None}
    reference = group.reference_in(given)
    if not reference:
        raise values.BadValue("no_reference", f"no {label}")
    if len(reference) > values.LONGEST_REFERENCE:
        raise values.BadValue("no_reference", f"longer than {values.LONGEST_REFERENCE} letters")
    return person._replace(reference=reference)


def _text(value: Any, *, is_text: bool = True) -> str:
    """A value as a cell; a number is one, whatever its decimals look like, unless it is kept as a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and (value.is_integer() or not is_text):
        value = int(value) if value.is_integer() else values.plain_number(value)
    return values.clean(str(value))
