"""Indexes over the number and date fields of big groups, so that a filter finds its few among a million at once.

A field is an index the first time that a group with it is big; one index serves a field of that name in all groups.
They are made by workers while everything goes on, not by migrations, since only the data knows which fields there are.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import OperationalError, connection
from django.db.models import Sum

from contacts.filters.conditions import NUMBERS
from contacts.models import ContactField, ContactGroup, Upload

log = logging.getLogger(__name__)

BIG_GROUP_PEOPLE = 20_000
MOST_INDEXES = 24
PREFIX = "contact_field_"
FUNCTIONS = {"number": "contacts_number", "day": "contacts_day"}
# What everybody has is put in order too, as `contacts/filters/pages.py` asks for it.
OWN_COLUMNS = {"name": 'lower("name") COLLATE "C"', "phone": 'phone COLLATE "C"'}
OWN = "own"
SAFE_KEY = re.compile(r"[a-z0-9_]{1,40}")

EXISTING = """
SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'contacts_contact'::regclass AND c.relname LIKE 'contact\\_field\\_%%'
"""
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('contacts.filters.indexes'))"
UNDER_WAY = "SELECT 1 FROM pg_stat_progress_create_index WHERE relid = 'contacts_contact'::regclass"


class FieldIndex(NamedTuple):
    """The index over the fields `key` that are numbers, or days."""

    kind: str
    key: str

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.kind}_{self.key}"

    @property
    def sql(self) -> str:
        value = OWN_COLUMNS[self.key] if self.kind == OWN else f"{FUNCTIONS[self.kind]}(\"values\", '{self.key}')"
        return f'CREATE INDEX CONCURRENTLY IF NOT EXISTS "{self.name}" ON contacts_contact (group_id, ({value}), id)'


def missing_indexes() -> list[FieldIndex]:
    """Those that are wanted and not there yet; none while an upload writes, which they would slow down."""
    wanted = wanted_indexes()
    if not wanted or _under_way() or Upload.objects.filter(status=Upload.Status.IMPORTING).exists():
        return []
    existing = _existing()
    return [index for index in wanted if not existing.get(index.name)]


def wanted_indexes() -> list[FieldIndex]:
    """The fields of big groups, those with most people first; at most 24, since every new contact is in all of them.

    And the name and the number, by which big groups are put in order.
    """
    if not ContactGroup.objects.filter(size__gte=BIG_GROUP_PEOPLE).exists():
        return []
    fields = (
        ContactField.objects.filter(group__size__gte=BIG_GROUP_PEOPLE, group__deleted_at=None)
        .filter(type__in=[*NUMBERS, ContactField.Type.DATE])
        .values_list("key", "type")
        .annotate(people=Sum("group__size"))
        .order_by("-people", "key")
    )
    indexes = dict.fromkeys(FieldIndex(kind_of(type_), key) for key, type_, _ in fields if SAFE_KEY.fullmatch(key))
    return [*list(indexes)[:MOST_INDEXES], *(FieldIndex(OWN, key) for key in OWN_COLUMNS)]


def sorted_quickly(group: ContactGroup) -> set[tuple[str, str]] | None:
    """The kind and key of each column by which a big group is put in order at once; None: of this group any is."""
    if group.size < BIG_GROUP_PEOPLE:
        return None
    valid = (name.removeprefix(PREFIX).partition("_") for name, is_valid in _existing().items() if is_valid)
    return {(kind, key) for kind, _, key in valid}


def kind_of(type_: str) -> str:
    """Of which kind the index over a field of this type is; "" where there is none."""
    return "number" if type_ in NUMBERS else "day" if type_ == ContactField.Type.DATE else ""


def make_missing_indexes() -> int:
    """Make what is missing and take away what nobody wants any longer; returns how many were made."""
    with _alone() as alone:
        if not alone:
            return 0
        made = sum(_make(one) for one in missing_indexes())
        _drop_others()
    return made


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other worker makes indexes: two at once would wait for each other.

    The lock is a transaction's, since behind a pooler a session has none, and that of a second connection, since an
    index is made concurrently only outside of any. It holds no snapshot, so that the index does not wait for it.
    """
    holder = connection.copy()
    try:
        holder.ensure_connection()
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute(LOCK)
            yield cursor.fetchone()[0]
    finally:
        holder.close()


def _make(index: FieldIndex) -> bool:
    with connection.cursor() as cursor:
        if index.name in _existing():
            # Not valid: what an interrupted try has left.
            cursor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"')
        try:
            cursor.execute(index.sql)
        except OperationalError:
            log.warning("The index %s could not be made; it is tried again.", index.name)
            return False
        # The planner knows how an expression's values are spread only after this.
        cursor.execute("ANALYZE contacts_contact")
    return True


def _under_way() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(UNDER_WAY)
        return cursor.fetchone() is not None


def _drop_others() -> None:
    wanted = {index.name for index in wanted_indexes()}
    for name in _existing():
        if name not in wanted:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')


def _existing() -> dict[str, bool]:
    """Whether each of them that is there is whole."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING)
        return dict(cursor.fetchall())
