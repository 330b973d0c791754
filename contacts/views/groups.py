"""Groups, their fields, and the people in them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import importing, usage
from contacts.forms.groups import FieldForm, GroupForm, KeyForm
from contacts.models import ContactGroup, Job, Segment
from contacts.people import jobs
from contacts.people.groups import make_field, make_group
from contacts.people.keys import KeyNotPossible, give_key, take_key
from contacts.people.sample import sample_as_csv
from contacts.views.group_query import count_context, people_context, query_of_address
from contacts.views.jobs import start_job
from lib.downloads import csv_download

MOST_WAITING = 5
ONE_ROW = "A number has one row in this group."


@require_safe
@role_required(Role.VIEWER)
def group_list(request: Request) -> HttpResponse:
    groups = ContactGroup.objects.prefetch_related("fields")
    if written := request.GET.get("q", "").strip():
        groups = groups.filter(name__icontains=written)
    context = {
        "groups": groups[:500],
        "segments": Segment.objects.exists(),
        "waiting": importing.waiting_uploads()[:MOST_WAITING] if request.user.may_act_as(Role.COMPOSER) else [],
    }
    return render(request, "contacts/group_list.html", context)


@role_required(Role.COMPOSER)
def group_create(request: Request) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("group-detail", pk=make_group(form.cleaned_data["name"], user=request.user).pk)
    return render(request, "contacts/group_create.html", {"form": form})


@require_safe
@role_required(Role.VIEWER)
def group_detail(request: Request, pk: int) -> HttpResponse:
    """The people of a group, searched and filtered by the address; htmx asks for the people alone."""
    group = get_object_or_404(ContactGroup.objects.prefetch_related("fields"), pk=pk)
    form, query = query_of_address(group, request.GET)
    context = {
        "group": group,
        "form": form,
        "key": next((field for field in group.fields.all() if field.key == group.key), None),
        **people_context(request, query),
    }
    if request.htmx:
        return render(request, "contacts/_people.html", context)
    context["uploads"] = group.uploads.order_by("-pk")[:5]
    context["jobs"] = group.jobs.exclude(kind=Job.Kind.EXPORT).order_by("-pk")[:3]
    context["segments"] = group.segments.all()
    return render(request, "contacts/group_detail.html", context)


@require_safe
@role_required(Role.VIEWER)
def group_count(request: Request, pk: int) -> HttpResponse:
    """How many people the address asks for, counted to the last; the group's page asks for it when it is shown."""
    group = get_object_or_404(ContactGroup, pk=pk)
    _, query = query_of_address(group, request.GET)
    return render(request, "contacts/_count.html", {"group": group, **count_context(query)})


@require_safe
@role_required(Role.COMPOSER)
def group_sample(request: Request, pk: int) -> HttpResponseBase:
    """A file with the group's columns and two examples, to be filled in and uploaded."""
    group = get_object_or_404(ContactGroup, pk=pk)
    return csv_download(request, f"sample-{pk}.csv", sample_as_csv(group))


@role_required(Role.COMPOSER)
def group_fields(request: Request, pk: int) -> HttpResponse:
    """The group's name and its fields; a new field is made of its label."""
    group = get_object_or_404(ContactGroup, pk=pk)
    form = FieldForm(group, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        field = make_field(group, chosen["label"], chosen["type"], key=chosen["name"], user=request.user)
        messages.success(request, f"Write <{field.name}> in a text to use it.")
        return redirect("group-fields", pk=pk)
    context = {"group": group, "form": form, "fields": group.fields.all(), "key_form": KeyForm(group)}
    return render(request, "contacts/group_fields.html", context)


@require_POST
@role_required(Role.COMPOSER)
def group_key(request: Request, pk: int) -> HttpResponse:
    """Tell rows of one number apart by a field, or have one row a number; what stands in the way is shown."""
    group = get_object_or_404(ContactGroup, pk=pk)
    form = KeyForm(group, request.POST)
    context = {"group": group, "form": FieldForm(group), "fields": group.fields.all(), "key_form": form}
    if form.is_valid():
        field = form.chosen_field
        try:
            if field is None:
                take_key(group, user=request.user)
            else:
                give_key(group, field, user=request.user)
        except KeyNotPossible as error:
            context["refusal"] = error
        else:
            messages.success(request, f"Rows of one number are told apart by “{field}”." if field else ONE_ROW)
            return redirect("group-fields", pk=pk)
    return render(request, "contacts/group_fields.html", context, status=422)


@role_required(Role.MANAGER)
def group_delete(request: Request, pk: int) -> HttpResponse:
    """With the group's name typed, and not while something needs it. It is gone at once, and emptied by a worker."""
    group = get_object_or_404(ContactGroup, pk=pk)
    used = usage.uses_of_group(group)
    wrong = request.method == "POST" and request.POST.get("name", "").strip() != group.name
    if request.method == "POST" and not used and not wrong:
        job = jobs.order_group_delete(group, request.user)
        messages.success(request, f"The group “{group.name}” is deleted.")
        return start_job(job, "group-list")
    return render(request, "contacts/group_delete.html", {"group": group, "wrong": wrong, "used": used})
