"""Groups, their fields, and the people in them."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.postgres.search import SearchQuery
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Reverse
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.asked import id_of
from accounts.audit import record
from accounts.permissions import role_required
from accounts.roles import Role
from contacts import phones, usage, values
from contacts.forms import ContactForm, FieldForm, GroupForm
from contacts.merging import touch
from contacts.models import Contact, ContactGroup, OptOut
from contacts.spreadsheets import csv_lines

PAGE = 50
EXPORTED = 2_000


@role_required(Role.VIEWER)
def group_list(request: HttpRequest) -> HttpResponse:
    groups = ContactGroup.objects.prefetch_related("fields")
    if written := request.GET.get("q", "").strip():
        groups = groups.filter(name__icontains=written)
    return render(request, "contacts/group_list.html", {"groups": groups[:500]})


@role_required(Role.COMPOSER)
def group_create(request: HttpRequest) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("group-detail", pk=form.save().pk)
    return render(request, "contacts/group_create.html", {"form": form})


@role_required(Role.VIEWER)
def group_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of a group by id, with the group's fields as columns."""
    group = get_object_or_404(ContactGroup, pk=pk)
    contacts = _searched(group.contacts.order_by("pk"), request.GET.get("q", "").strip())
    if after := id_of(request.GET.get("after")):
        contacts = contacts.filter(pk__gt=after)
    rows = list(contacts[: PAGE + 1])
    shown = rows[:PAGE]
    opt_outs = OptOut.objects.filter(phone__in=[one.phone for one in shown]).widest_last()
    left_out = {one.phone: one.what_is_left_out for one in opt_outs}
    fields = list(group.fields.all())
    rest = request.GET.copy()
    rest.pop("after", None)
    first_url = f"?{rest.urlencode()}" if after else ""
    if len(rows) > PAGE:
        rest["after"] = str(shown[-1].pk)
    context = {
        "group": group,
        "fields": fields,
        "rows": [(one, [one.values.get(field.key, "") for field in fields], left_out.get(one.phone)) for one in shown],
        "next_url": f"?{rest.urlencode()}" if len(rows) > PAGE else "",
        "first_url": first_url,
        "uploads": group.uploads.order_by("-pk")[:5],
    }
    return render(request, "contacts/group_detail.html", context)


@role_required(Role.COMPOSER)
def group_fields(request: HttpRequest, pk: int) -> HttpResponse:
    """The group's name and its fields; a new field is made of its label."""
    group = get_object_or_404(ContactGroup, pk=pk)
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        field = form.save(commit=False)
        field.group, field.position = group, group.fields.count()
        field.key = values.field_key(field.label, set(group.fields.values_list("key", flat=True)))
        field.save()
        messages.success(request, f"Write <{field.key}> in a text to use it.")
        return redirect("group-fields", pk=pk)
    return render(request, "contacts/group_fields.html", {"group": group, "form": form, "fields": group.fields.all()})


@role_required(Role.MANAGER)
def group_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """With the group's name typed, and not while a campaign names it."""
    group = get_object_or_404(ContactGroup, pk=pk)
    used = usage.of_group(group)
    if request.method == "POST" and not used and request.POST.get("name", "").strip() == group.name:
        with transaction.atomic():
            record("group deleted", f"group {group.name}", user=request.user, contacts=group.size)  # type: ignore[arg-type]
            group.delete()
        messages.success(request, f"The group “{group.name}” is deleted.")
        return redirect("group-list")
    wrong = request.method == "POST"
    return render(request, "contacts/group_delete.html", {"group": group, "wrong": wrong, "used": used})


@role_required(Role.COMPOSER)
def contact_edit(request: HttpRequest, pk: int, contact: int | None = None) -> HttpResponse:
    group = get_object_or_404(ContactGroup, pk=pk)
    found = get_object_or_404(Contact, pk=contact, group=group) if contact else None
    form = ContactForm(group, found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        person = found or Contact(group=group)
        person.phone, person.name, person.values = chosen["phone"], values.clean(chosen["name"]), chosen["values"]
        person.updated_at = timezone.now()
        person.save()
        touch(group)
        return redirect("group-detail", pk=pk)
    return render(request, "contacts/contact_edit.html", {"group": group, "contact": found, "form": form})


@role_required(Role.COMPOSER)
def contact_delete(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    found = get_object_or_404(Contact, pk=contact, group=pk)
    if request.method == "POST":
        found.delete()
        messages.success(request, f"{found} has left the group.")
        return redirect("group-detail", pk=pk)
    return render(request, "contacts/contact_delete.html", {"contact": found})


@role_required(Role.MANAGER)
def group_export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The group as CSV, streamed; formulas in it are made harmless."""
    group = get_object_or_404(ContactGroup, pk=pk)
    headers = {"Content-Disposition": f'attachment; filename="group-{pk}.csv"'}
    headings = ["phone", "name", *(field.key for field in group.fields.all())]
    lines = csv_lines(headings, _rows(group, headings[2:]))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _searched(contacts: QuerySet[Contact], written: str) -> QuerySet[Contact]:
    """By the beginning of words of the name, or by any part of a number that begins or ends it."""
    if not written:
        return contacts
    digits = phones.search_digits(written)
    if digits and not any(char.isalpha() for char in written):
        ends = contacts.annotate(backwards=Reverse("phone"))
        return ends.filter(Q(phone__startswith=f"254{digits}") | Q(backwards__startswith=digits[::-1]))
    words = ["".join(char for char in word if char.isalnum() or char == "'") for word in written.split()]
    query = " & ".join("'" + word.replace("'", "''") + "':*" for word in words if word)
    if not query:
        return contacts.none()
    return contacts.filter(search=SearchQuery(query, search_type="raw", config="simple"))


def _rows(group: ContactGroup, keys: list[str]) -> Iterator[list[str]]:
    last = 0
    while page := list(group.contacts.filter(pk__gt=last).order_by("pk")[:EXPORTED]):
        for one in page:
            yield [phones.local(one.phone), one.name, *(one.values.get(key, "") for key in keys)]
        last = page[-1].pk
