"""Which rows of a number are meant where something is told of a number and a reference."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Q
from django.db.models.lookups import Exact

from contacts.models import ContactGroup
from contacts.models.group import ContactQuerySet


def same_row() -> Q:
    """Of the outer query's number and row. What has no reference is told of all rows of its number, and by any."""
    of_all = Q(reference="") | Q(Exact(OuterRef("reference"), ""))
    return Q(phone=OuterRef("phone")) & (of_all | Q(reference=OuterRef("reference")))


def same_person(people: ContactQuerySet, groups: Iterable[ContactGroup], group: ContactGroup) -> ContactQuerySet:
    """Those of `people`, who are of `groups`, with the number of an outer contact of `group`.

    Of a group with the same key they are of the same row: a child is not meant by what is said of another.
    """
    together = [one.pk for one in groups if group.is_keyed and one.list_name == group.list_name]
    if not together:
        return people.filter(phone=OuterRef("phone"))
    return people.filter(same_row() | Q(phone=OuterRef("phone")) & ~Q(group__in=together))
