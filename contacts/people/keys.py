"""The key of a group, the field by which rows of one number are told apart: given, changed, taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.names import name_of
from contacts.models import ContactField, ContactGroup
from contacts.people.merge import lock_group, note_change
from contacts.values import LONGEST_REFERENCE, reference_of
from lib.copy_lines import copy_text

# More than these would hold the group for longer than a page may take.
MOST_PEOPLE = 100_000
MOST_SHOWN = 20
TOO_MANY = (
    "More than 100,000 people are in this group, too many to give it a key. Upload the list into a new group with this "
    "key."
)
TOO_MANY_TO_TAKE = "More than 100,000 people are in this group: it keeps its key."
# What the API and texts call the key's value and the rows: a field called so is that value, or another thing.
NAMES_OF_ROWS = ("reference", "rows")

GIVEN = "CREATE TEMPORARY TABLE given (id bigint, reference varchar(60)) ON COMMIT DROP"
# No reference has small letters: while the rows of a number change theirs, none is another's.
SET_ASIDE = "UPDATE contacts_contact SET reference = 'x' || id WHERE group_id = %(group)s AND reference > ''"
GIVE = """
UPDATE contacts_contact c SET reference = g.reference, written_at = statement_timestamp(), written_by = %(by)s
FROM given g WHERE c.id = g.id
"""
TAKE = """
UPDATE contacts_contact SET reference = '', written_at = statement_timestamp(), written_by = %(by)s
WHERE group_id = %(group)s AND reference > ''
"""


class RowInTheWay(NamedTuple):
    """One row that keeps a group from being told apart by a field."""

    contact: int
    phone: str
    name: str


class KeyNotPossible(ValueError):
    """The rows of the group do not allow it. Its words say what to do; `rows` are the first of `count`."""

    def __init__(self, words: str, rows: Iterable[RowInTheWay] = (), count: int = 0) -> None:
        super().__init__(words)
        self.rows, self.count = list(rows), count

    @property
    def are_more(self) -> bool:
        return self.count > len(self.rows)


class _Given(NamedTuple):
    row: RowInTheWay
    reference: str


def rows_without(group: ContactGroup, field: ContactField) -> tuple[int, list[RowInTheWay]]:
    """How many rows have no value of `field`, and the first of them."""
    return _first([one.row for one in _references(group, field) if not one.reference])


def several_rows(group: ContactGroup, phones: Collection[str] | None = None) -> tuple[int, list[RowInTheWay]]:
    """How many numbers, of these or of all, have more than one row, and the first row of the first of them."""
    contacts = group.contacts.all() if phones is None else group.contacts.filter(phone__in=phones)
    several = contacts.values_list("phone").annotate(rows=Count("pk")).filter(rows__gt=1).order_by("phone")
    numbers = [phone for phone, _ in several]
    shown = group.contacts.filter(phone__in=numbers[:MOST_SHOWN]).order_by("phone", "pk")
    first = {phone: RowInTheWay(pk, phone, name) for pk, phone, name in shown.values_list("pk", "phone", "name")[::-1]}
    return len(numbers), [first[phone] for phone in numbers[:MOST_SHOWN] if phone in first]


def check_key(group: ContactGroup, field: ContactField) -> None:
    """Raises KeyNotPossible where `give_key` would, as the group is now."""
    _given(group, field, group.size)


@transaction.atomic
def give_key(
    group: ContactGroup, field: ContactField, *, user: User | None = None, api_key: ApiKey | None = None
) -> None:
    """Tell the rows of `group` apart by `field` from now on, whatever told them apart before. Raises KeyNotPossible."""
    size = lock_group(group)
    before = group.key
    if before == field.key:
        return
    given = _given(group, field, size)
    with connection.cursor() as cursor:
        if before:
            cursor.execute(SET_ASIDE, {"group": group.pk})
        cursor.execute(GIVEN)
        with connection.wrap_database_errors, cursor.copy("COPY given FROM STDIN") as copy:
            for one in given:
                copy.write(f"{one.row.contact}\t{copy_text(one.reference)}\n")
        cursor.execute(GIVE, {"by": name_of(user, api_key)})
        cursor.execute("DROP TABLE given")
    group.key, group.keyed_at = field.key, timezone.now()
    _keep(group)
    record("key given", f"group {group.pk}", user=user, api_key=api_key, before=before, after=field.key)


@transaction.atomic
def take_key(group: ContactGroup, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """A number has one row in `group` from now on. Raises KeyNotPossible where one has several."""
    size = lock_group(group)
    before = group.key
    if not before:
        return
    if size > MOST_PEOPLE:
        raise KeyNotPossible(TOO_MANY_TO_TAKE)
    count, rows = several_rows(group)
    if count:
        have = "1 number has" if count == 1 else f"{count:,} numbers have"
        raise KeyNotPossible(f"{have} several rows; without a key only one of each could stay.", rows, count)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"group": group.pk, "by": name_of(user, api_key)})
    group.key, group.keyed_at = "", timezone.now()
    _keep(group)
    record("key taken away", f"group {group.pk}", user=user, api_key=api_key, before=before, after="")


def _keep(group: ContactGroup) -> None:
    group.save(update_fields=["key", "keyed_at"])
    note_change(group)


def _given(group: ContactGroup, field: ContactField, size: int) -> list[_Given]:
    """The rows with the references that they are to have. Raises KeyNotPossible."""
    if other := group.fields.filter(key__in=NAMES_OF_ROWS).exclude(pk=field.pk).first():
        raise KeyNotPossible(f"The group has a field “{other.key}”: its rows can be told apart by that one alone.")
    if size > MOST_PEOPLE:
        raise KeyNotPossible(TOO_MANY)
    given = _references(group, field)
    _check(given, field)
    return given


def _references(group: ContactGroup, field: ContactField) -> list[_Given]:
    people = group.contacts.order_by("pk").values_list("pk", "phone", "name", "values")
    return [
        _Given(RowInTheWay(pk, phone, name), reference_of(values.get(field.key) or ""))
        for pk, phone, name, values in people
    ]


def _check(given: list[_Given], field: ContactField) -> None:
    """Every row has a reference, and those of one number have different ones. Raises KeyNotPossible."""
    known = Counter((one.row.phone, one.reference) for one in given)
    lacking = [one.row for one in given if not one.reference]
    long = [one.row for one in given if len(one.reference) > LONGEST_REFERENCE]
    twice = [one.row for one in given if known[one.row.phone, one.reference] > 1]
    for rows, one, many in (
        (lacking, "1 person has no {}: give them one first.", "{:,} people have no {}: give them one first."),
        (long, "1 person has {} of over 60 letters.", "{:,} people have {} of over 60 letters."),
        (twice, "", "{:,} rows have the {} of another row of their number: change it first."),
    ):
        count, first = _first(rows)
        if count:
            words = one.format(field.label) if count == 1 else many.format(count, field.label)
            raise KeyNotPossible(words, first, count)


def _first(rows: list[RowInTheWay]) -> tuple[int, list[RowInTheWay]]:
    return len(rows), rows[:MOST_SHOWN]
