"""An upload: the file, its columns, what would happen, progress, result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.nudge import nudge
from accounts.permissions import role_required
from accounts.roles import Role
from contacts import importing
from contacts.forms import ROLES, FileForm, HowForm
from contacts.importing import mapping
from contacts.models import ContactField, ContactGroup, Upload
from contacts.spreadsheets import BadFile, csv_lines
from contacts.tasks import work_on


@role_required(Role.COMPOSER)
def upload_create(request: HttpRequest) -> HttpResponse:
    """Take a file or pasted cells; what cannot be read is said here, and nothing is kept of it."""
    form = FileForm(request.POST or None, request.FILES or None, initial={"group": request.GET.get("group")})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                group = chosen["group"] or ContactGroup.objects.create(name=chosen["new_group"].strip())
                file = chosen["file"]
                name = file.name if file else "pasted cells.txt"
                pieces = file.chunks() if file else [chosen["pasted"].encode()]
                upload = importing.begin(group, name, pieces, request.user)  # type: ignore[arg-type]
        except BadFile as error:
            form.add_error("file" if chosen["file"] else "pasted", str(error))
        else:
            return redirect("upload-detail", pk=upload.pk)
    return render(request, "contacts/upload_create.html", {"form": form})


@role_required(Role.COMPOSER)
def upload_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the upload stands; htmx asks for the same page and takes the moving part of it."""
    upload = get_object_or_404(Upload.objects.select_related("group", "file"), pk=pk)
    context: dict[str, Any] = {"upload": upload}
    if upload.is_choosing:
        return _choose(request, upload)
    if upload.is_checked:
        context |= {"how": HowForm(instance=upload), "bad_rows": _bad_rows(upload)}
    template = "contacts/_upload.html" if request.htmx else "contacts/upload_detail.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@role_required(Role.COMPOSER)
def upload_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Import, or check again with other choices; a second click does nothing twice."""
    upload = get_object_or_404(Upload, pk=pk)
    if "columns" in request.POST:
        Upload.objects.filter(pk=pk, status=Upload.Status.CHECKED).update(status=Upload.Status.MAPPING)
        return redirect("upload-detail", pk=pk)
    if upload.is_checked:
        how = HowForm(request.POST, instance=upload)
        if not how.is_valid():
            messages.error(request, "Look at the choices again.")
            return redirect("upload-detail", pk=pk)
        Upload.objects.filter(pk=pk, status=Upload.Status.CHECKED).update(**how.cleaned_data)
        ordered = importing.order_check(upload) if "again" in request.POST else importing.order_import(upload)
        if ordered:
            nudge(work_on, pk)
    return redirect("upload-detail", pk=pk)


@role_required(Role.COMPOSER)
def upload_rejects(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rejected rows in their own columns plus the reason, ready to be mended and uploaded again."""
    upload = get_object_or_404(Upload, pk=pk)
    headers = {"Content-Disposition": f'attachment; filename="rejected-{pk}.csv"'}
    lines = csv_lines(*importing.rejects_of(upload))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _choose(request: HttpRequest, upload: Upload) -> HttpResponse:
    """The columns, each with samples and a guess; saved, they are checked in the background."""
    choices = mapping.from_json(upload.mapping)
    problem = ""
    if request.method == "POST":
        wanted = [_chosen(one, request.POST, upload) for one in choices]
        try:
            importing.choose(upload, wanted)
        except importing.BadMapping as error:
            choices, problem = wanted, str(error)
        else:
            if importing.order_check(upload):
                nudge(work_on, upload.pk)
            return redirect("upload-detail", pk=upload.pk)
    fields = [(f"field:{field.key}", field.label) for field in upload.group.fields.all()]
    rows = [(one, _value(one)) for one in choices]
    context = {
        "upload": upload,
        "rows": rows,
        "targets": [*ROLES, *fields, ("new", "A new field")],
        "types": ContactField.Type.choices,
        "problem": problem,
        "hidden": upload.reading.get("hidden", [0, []]),
    }
    return render(request, "contacts/upload_columns.html", context)


def _chosen(one: importing.Choice, posted: Any, upload: Upload) -> importing.Choice:
    target = posted.get(f"role_{one.index}", "ignore")
    if target in ("phone", "name", "ignore"):
        return importing.Choice(one.index, one.heading, target, samples=one.samples)
    if target.startswith("field:"):
        field = upload.group.fields.filter(key=target.removeprefix("field:")).first()
        if field is not None:
            return importing.Choice(one.index, one.heading, "field", field.key, field.label, field.type, one.samples)
    type_ = posted.get(f"type_{one.index}", "text")
    type_ = type_ if type_ in ContactField.Type.values else "text"
    key = one.key or mapping.new_key(one.heading, [], upload.group)
    return importing.Choice(one.index, one.heading, "new", key, one.label or one.heading, type_, one.samples)


def _value(one: importing.Choice) -> str:
    return f"field:{one.key}" if one.role == "field" else one.role


def _bad_rows(upload: Upload) -> list[dict[str, Any]]:
    choices = {one.index: one.heading for one in mapping.from_json(upload.mapping)}
    return [
        {
            "row": bad["row"],
            "kept": bad["kept"],
            "cells": [
                (
                    choices.get(int(column), ""),
                    bad["cells"][int(column)] if int(column) < len(bad["cells"]) else "",
                    words,
                )
                for column, words in bad["errors"]
            ],
        }
        for bad in upload.counts.get("bad_rows", [])
    ]
