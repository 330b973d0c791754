"""One person of a group: added, changed, taken out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from accounts.names import name_of
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts.forms.people import ContactForm
from contacts.models import Contact, ContactGroup, OptOut, PhoneStatus
from contacts.people import transfer
from contacts.people.merge import KeyChanged, lock_as_read, note_change
from lib.going_back import page_to_go_back_to
from lib.row_ids import row_id


@role_required(Role.COMPOSER)
def contact_edit(request: Request, pk: int, contact: int | None = None) -> HttpResponse:
    group = get_object_or_404(ContactGroup, pk=pk)
    person = get_object_or_404(Contact, pk=contact, group=group) if contact else None
    other = row_id(request.GET.get("like"))
    like = group.contacts.filter(pk=other).first() if group.is_keyed and other is not None else None
    back = page_to_go_back_to(request)
    form = ContactForm(group, person, request.POST or None, like=like)
    if request.method == "POST" and form.is_valid():
        try:
            _save(person or Contact(group=group), form, request.user)
        except IntegrityError:
            form.add_error("phone", form.twice)
        except KeyChanged as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect(back or reverse("group-detail", args=[pk]))
    context: dict[str, Any] = {"group": group, "contact": person, "form": form, "like": like, "back": back}
    if person is not None:
        context["opt_outs"] = OptOut.objects.filter(phone=person.phone).widest_last()
        context["dead"] = PhoneStatus.objects.filter(phone=person.phone, dead_since__isnull=False).first()
    return render(request, "contacts/contact_edit.html", context)


@role_required(Role.COMPOSER)
def contact_delete(request: Request, pk: int, contact: int) -> HttpResponse:
    group = get_object_or_404(ContactGroup, pk=pk)
    person = get_object_or_404(Contact, pk=contact, group=group)
    if request.method == "POST":
        with transaction.atomic():
            transfer.remove_people([person.pk], group)
            record("contact deleted", f"contact {person.pk}", user=request.user, group=pk)
        messages.success(request, f"{person} has left the group.")
        return redirect("group-detail", pk=pk)
    return render(request, "contacts/contact_delete.html", {"contact": person})


@transaction.atomic
def _save(person: Contact, form: ContactForm, user: User) -> None:
    lock_as_read(person.group)
    chosen, is_new = form.cleaned_data, person.pk is None
    was = {} if is_new else {"phone": person.phone, "name": person.name, **person.values}
    person.not_updated = form.still_not_updated
    person.phone, person.name, person.values = chosen["phone"], chosen["name"], chosen["values"]
    person.reference = person.group.reference_in(person.values)
    person.updated_at = timezone.now()
    person.written_at, person.written_by = Now(), name_of(user)
    person.save()
    note_change(person.group)
    now = {"phone": person.phone, "name": person.name, **person.values}
    fields = sorted(key for key in was.keys() | now.keys() if was.get(key, "") != now.get(key, ""))
    act = "contact made" if is_new else "contact changed"
    record(act, f"contact {person.pk}", user=user, group=person.group_id, fields=fields)
