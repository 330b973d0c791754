"""Who of a group is copied, as the gateway takes contacts: a number once, without those who opted out.

Of several rows with one number the one that was added last stands for it: the gateway has one contact a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from contacts.models import Contact, ContactGroup, OptOut
from lib import phones

SLICE_CONTACTS = 1_000


@dataclass(frozen=True, slots=True)
class WhatIsPushed:
    """`numbers` are looked at, of which `opted_out` stay here; `same_number` rows give way to a later one."""

    numbers: int
    opted_out: int
    same_number: int

    @property
    def to_push(self) -> int:
        return self.numbers - self.opted_out


@dataclass(frozen=True, slots=True)
class Slice:
    """`contacts` as they are posted, and their ids `rows`; `last` is the last one looked at, of `numbers`."""

    contacts: list[dict[str, str]]
    rows: list[int]
    last: int
    numbers: int

    @property
    def opted_out(self) -> int:
        return self.numbers - len(self.contacts)


def what_is_pushed(group: ContactGroup) -> WhatIsPushed:
    rows = Contact.objects.filter(group=group)
    counts = rows.aggregate(rows=Count("pk"), numbers=Count("phone", distinct=True))
    out = rows.filter(phone__in=OptOut.objects.values("phone")).aggregate(numbers=Count("phone", distinct=True))
    return WhatIsPushed(counts["numbers"], out["numbers"], counts["rows"] - counts["numbers"])


def next_slice(group: ContactGroup, after: int) -> Slice | None:
    """The contacts that follow that id; None where none does."""
    rows = list(_standing_for_their_number(group).filter(pk__gt=after).order_by("pk")[:SLICE_CONTACTS])
    if not rows:
        return None
    out = set(OptOut.objects.filter(phone__in=[one.phone for one in rows]).values_list("phone", flat=True))
    fields = {one.name: one.key for one in group.fields.all()}
    sent = [one for one in rows if one.phone not in out]
    contacts = [_as_posted(one, fields) for one in sent]
    return Slice(contacts, [one.pk for one in sent], rows[-1].pk, len(rows))


def _standing_for_their_number(group: ContactGroup) -> QuerySet[Contact]:
    rows = Contact.objects.filter(group=group)
    if not group.is_keyed:
        return rows
    later = Contact.objects.filter(group=group, phone=OuterRef("phone"), pk__gt=OuterRef("pk"))
    return rows.filter(~Exists(later))


def _as_posted(contact: Contact, fields: Mapping[str, str]) -> dict[str, str]:
    """Each field of the group as it is called now, empty where it has no value: else an older one would stay there."""
    own = {"phone": phones.international_number(contact.phone), "name": contact.name}
    return own | {name: contact.values.get(key, "") for name, key in fields.items() if name not in own}
