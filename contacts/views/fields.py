"""One field of a group: its label and type, and deleting it; whoever uses it is named first."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.audit import record
from accounts.names import name_of
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import usage
from contacts.forms.groups import FieldChangeForm
from contacts.models import ContactField
from contacts.people import retype
from contacts.people.field_names import BadName, name_field
from contacts.people.groups import delete_field, label_field

ORDERS = {"yes": True, "no": False}


@role_required(Role.MANAGER)
def field_edit(request: Request, pk: int, field: int) -> HttpResponse:
    """Change the label, or the type once it was said who uses the field and which values would be lost."""
    contact_field = get_object_or_404(ContactField.objects.select_related("group"), pk=field, group=pk)
    form = FieldChangeForm(request.POST or None, instance=contact_field)
    used, lost = usage.uses_of_field(contact_field), list[str]()
    old_type = contact_field.type
    month_first = ORDERS.get(request.POST.get("month_first", ""))
    if request.method == "POST" and form.is_valid() and form.retypes and contact_field.is_key:
        form.add_error("type", str(retype.FieldIsKey(contact_field)))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            if form.retypes:
                lost = retype.unreadable_values(
                    contact_field, chosen["type"], chosen["options"], month_first=month_first
                )
            if not form.retypes or "sure" in request.POST or not (used or lost):
                _change(request, form, month_first)
                return redirect("group-fields", pk=pk)
        except (retype.TooManyPeople, retype.FieldIsKey) as error:
            form.add_error("type", str(error))
        except BadName as error:
            form.add_error("name", str(error))
        except retype.WhichOrder as error:
            context = {"field": contact_field, "form": form, "used": used, "date": error.cell}
            return render(request, "contacts/field_retype.html", context)
        else:
            context = {"field": contact_field, "form": form, "used": used, "lost": len(lost), "examples": lost[:5]}
            context["month_first"] = request.POST.get("month_first", "")
            return render(request, "contacts/field_retype.html", context)
    return render(
        request, "contacts/field_edit.html", {"field": contact_field, "form": form, "used": used, "type": old_type}
    )


@role_required(Role.MANAGER)
def field_delete(request: Request, pk: int, field: int) -> HttpResponse:
    contact_field = get_object_or_404(ContactField.objects.select_related("group"), pk=field, group=pk)
    if request.method == "POST":
        try:
            delete_field(contact_field, user=request.user)
        except retype.FieldIsKey as error:
            messages.error(request, str(error))
        return redirect("group-fields", pk=pk)
    return render(
        request, "contacts/field_delete.html", {"field": contact_field, "used": usage.uses_of_field(contact_field)}
    )


def _change(request: Request, form: FieldChangeForm, month_first: bool | None) -> None:
    field, chosen = ContactField.objects.select_related("group").get(pk=form.instance.pk), form.cleaned_data
    with transaction.atomic():
        label_field(field, chosen["label"], user=request.user)
        name_field(field, chosen["name"], user=request.user)
        if form.retypes:
            lost = retype.retype_field(
                field, chosen["type"], chosen["options"], month_first=month_first, by=name_of(request.user)
            )
            types = {"before": field.type, "after": chosen["type"]}
            about = f"group {field.group_id}"
            record("field retyped", about, user=request.user, field=field.key, lost=lost, **types)
    messages.success(request, f"The field “{chosen['label']}” is changed.")
