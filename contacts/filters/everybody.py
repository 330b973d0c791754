"""One search for people over all groups: by a name, a part of a number, a member number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from contacts.filters.conditions import Condition
from contacts.filters.search import at_most, matching_search
from contacts.models import Contact, ContactField, ContactGroup
from contacts.models.group import HAS_REFERENCE, ContactQuerySet
from contacts.spreadsheets.heading_words import heading_words, is_identifier
from contacts.values import clean, reference_of

MOST_FOUND = 50
# More rows than people may fit: of a person in several groups, or with several rows.
MOST_ROWS = 300
# A name of one letter is half a million people, two digits are as many numbers.
FEWEST_LETTERS, FEWEST_DIGITS = 2, 3
QUICKLY_MS = 120
# Among so many rows a member number is looked for where no index has it.
MOST_LOOKED_THROUGH = 20_000
MOST_GROUPS = 1_000


@dataclass(frozen=True)
class FoundPerson:
    """A number, what its groups call it, and in which of them it is."""

    phone: str
    rows: list[Contact]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(row.name for row in self.rows if row.name))

    @property
    def groups(self) -> list[ContactGroup]:
        return list({row.group_id: row.group for row in self.rows}.values())

    @property
    def references(self) -> list[str]:
        return list(dict.fromkeys(row.reference for row in self.rows if row.reference))


@dataclass(frozen=True)
class Found:
    """`more`: others fit too; write more of it. `unseen`: groups too large to look for a member number in."""

    people: list[FoundPerson]
    more: bool = False
    unseen: tuple[str, ...] = ()


class TooShort(ValueError):
    """What was written fits too many: its words say how much to write."""


def search_everybody(written: str) -> Found:
    """Who fits what was written, by name. Raises TooShort, contacts.filters.search.TooSlow."""
    written = clean(written)[:200]
    is_number = not any(char.isalpha() for char in written)
    size = sum(map(str.isdecimal if is_number else str.isalnum, written))
    if size < (FEWEST_DIGITS if is_number else FEWEST_LETTERS):
        raise TooShort(f"Write at least {FEWEST_LETTERS} letters of a name, or {FEWEST_DIGITS} digits of a number.")
    with at_most(QUICKLY_MS):
        phones = dict.fromkeys(_with_reference(written))
        unseen: tuple[str, ...] = ()
        if not phones:
            numbered, unseen = _with_member_number(written)
            phones = dict.fromkeys(numbered)
        fitting = matching_search(_there(), written).order_by().values_list("phone", flat=True)[: MOST_ROWS + 1]
        found = list(fitting)
        phones |= dict.fromkeys(found)
        more = len(phones) > MOST_FOUND or len(found) > MOST_ROWS
        people = _people(list(phones)[:MOST_FOUND])
    return Found(people, more, unseen if not people else ())


def _there() -> ContactQuerySet:
    return Contact.objects.filter(group__deleted_at=None, group__waits_for_upload=False)


def _people(phones: list[str]) -> list[FoundPerson]:
    """By name, each with all of its rows, those of groups that did not fit too."""
    rows: dict[str, list[Contact]] = {}
    found = _there().filter(phone__in=phones).select_related("group").order_by("group__name", "reference", "pk")
    for row in found[:MOST_ROWS]:
        rows.setdefault(row.phone, []).append(row)
    people = [FoundPerson(phone, some) for phone, some in rows.items()]
    return sorted(people, key=lambda one: ((one.names or [""])[0].casefold(), one.phone))


def _with_reference(written: str) -> list[str]:
    """Numbers with a row that has just this reference: groups that tell their rows apart have an index of it."""
    keyed = list(ContactGroup.objects.exclude(key="").values_list("pk", flat=True)[:MOST_GROUPS])
    if not keyed or not (reference := reference_of(written)):
        return []
    rows = Contact.objects.filter(HAS_REFERENCE, group__in=keyed, reference=reference)
    return list(rows.order_by().values_list("phone", flat=True)[:MOST_FOUND])


def _with_member_number(written: str) -> tuple[list[str], tuple[str, ...]]:
    """Numbers with just this in a field that is a member's, a loan's or an account's number, of groups without a key.

    No index has these: they are looked through in the smaller groups, and the names of the others told.
    """
    if not any(char.isdecimal() for char in written):
        return [], ()
    fields = ContactField.objects.filter(group__deleted_at=None, group__key="", group__size__gt=0, type="text")
    fields = fields.select_related("group").order_by("group__size")
    named = [one for one in fields if is_identifier(heading_words(one.label))]
    asked, unseen, left = Q(), dict[str, None](), MOST_LOOKED_THROUGH
    for one in named[:MOST_GROUPS]:
        if one.group.size > left:
            unseen[one.group.name] = None
            continue
        left -= one.group.size
        asked |= Q(group=one.group_id) & Condition(one.key, one.type, "=", written.lower()).q()
    if not asked:
        return [], tuple(unseen)
    return list(_there().filter(asked).order_by().values_list("phone", flat=True)[:MOST_FOUND]), tuple(unseen)
