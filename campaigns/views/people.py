"""One number across all groups: who it is, whether it may be texted, and everything that was ever sent to it."""

from __future__ import annotations

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
from campaigns.models import Message, Reply
from contacts import value_display
from contacts.models import Contact, OptOut, PhoneStatus
from lib import phones
from lib.paging import page_of

REPLIES = 10


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
        "contacts": [(one, _values(one), name_in_words(one.written_by)) for one in _contacts(digits)],
        "opt_outs": OptOut.objects.filter(phone=digits).select_related("created_by").widest_last(),
        "status": PhoneStatus.objects.filter(phone=digits).first(),
        "replies": Reply.objects.filter(phone=digits).order_by("-pk")[:REPLIES],
        "page": page,
    }
    return render(request, "campaigns/person_detail.html", context)


def _contacts(phone: str) -> list[Contact]:
    """The person in each group that is there, the one changed last first."""
    there = Contact.objects.with_phone(phone).filter(group__deleted_at=None)
    return list(there.select_related("group", "upload").prefetch_related("group__fields").order_by("-written_at"))


def _values(contact: Contact) -> list[tuple[str, str, bool]]:
    """The label and the value of each field that she has one of, as pages write it, and whether it was not updated."""
    old = contact.not_updated or ()
    return [
        (field.label, value_display.display(field.type, contact.values.get(field.key, "")), field.key in old)
        for field in contact.group.fields.all()
        if contact.values.get(field.key) or field.key in old
    ]
