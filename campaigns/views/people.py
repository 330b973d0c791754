"""One number across all groups: who it is, whether it may be texted, and everything that was ever sent to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.names import name_in_words
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.ledger.whys import whys
from campaigns.models import Conversation, Message, Reply
from contacts import value_display
from contacts.models import Contact, ContactGroup, OptOut, PhoneStatus
from lib import phones
from lib.paging import page_of

REPLIES = 10


@dataclass(frozen=True)
class _Row:
    """One row of the number in a group: `reference` is its label and value of what tells rows apart."""

    contact: Contact
    values: list[tuple[str, str, bool]]
    by: str
    reference: tuple[str, str] | None


@dataclass(frozen=True)
class _InGroup:
    group: ContactGroup
    rows: list[_Row]

    @property
    def has_several(self) -> bool:
        return len(self.rows) > 1


@require_safe
@role_required(Role.VIEWER)
def person_detail(request: Request, phone: str) -> HttpResponse:
    """By a number written in any way; the address has its digits."""
    try:
        digits = phones.read_phone(phone).digits
    except phones.BadNumber as error:
        raise Http404("This is no mobile number.") from error
    if digits != phone:
        return redirect("person-detail", phone=digits)
    texts: QuerySet[Any] = Message.objects.filter(phone=digits).select_related("run__campaign", "batch__sender")
    page = page_of(request, texts)
    why = whys(page.rows)
    for one in page.rows:
        one.why = why.get(one.pk, "")
    context = {
        "phone": digits,
        "groups": _in_groups(digits),
        "opt_outs": OptOut.objects.filter(phone=digits).select_related("created_by").widest_last(),
        "status": PhoneStatus.objects.filter(phone=digits).first(),
        "conversation": Conversation.objects.filter(phone=digits).first(),
        "replies": Reply.objects.filter(phone=digits).order_by("-pk")[:REPLIES],
        "page": page,
    }
    return render(request, "campaigns/person_detail.html", context)


def _in_groups(phone: str) -> list[_InGroup]:
    """The number's rows in each group that is there, by what tells them apart; the group changed last first."""
    there = Contact.objects.with_phone(phone).filter(group__deleted_at=None)
    contacts = list(there.select_related("group", "upload").prefetch_related("group__fields"))
    latest: dict[int, datetime] = {}
    for one in contacts:
        latest[one.group_id] = max(one.written_at, latest.get(one.group_id, one.written_at))
    contacts.sort(key=lambda one: (one.reference, one.pk))
    contacts.sort(key=lambda one: (latest[one.group_id], one.group_id), reverse=True)
    return [
        _InGroup(rows[0].group, [_row(one) for one in rows])
        for rows in (list(some) for _, some in groupby(contacts, key=lambda one: one.group_id))
    ]


def _row(contact: Contact) -> _Row:
    key = contact.group.key
    values = _values(contact)
    label = next((field.label for field in contact.group.fields.all() if field.key == key), "")
    reference = (label, contact.values.get(key, "")) if key else None
    return _Row(contact, values, name_in_words(contact.written_by), reference)


def _values(contact: Contact) -> list[tuple[str, str, bool]]:
    """The label and the value of each field that she has one of, as pages write it, and whether it was not updated."""
    old = contact.not_updated or ()
    return [
        (field.label, value_display.display(field.type, contact.values.get(field.key, "")), field.key in old)
        for field in contact.group.fields.all()
        if contact.values.get(field.key) or field.key in old
    ]
