"""An upload: the file, what would happen, progress, result, undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.names import name_of
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import importing
from contacts.forms.uploads import FileForm, HowForm, SiblingsForm
from contacts.importing import mapping
from contacts.models import Upload, UploadChange
from contacts.spreadsheets import BadFile, csv_lines
from contacts.spreadsheets.all_sheets import sheet_and_row
from contacts.tasks import work_on
from contacts.views.upload_columns import choose_columns
from lib.downloads import csv_download
from lib.nudge import nudge
from lib.paging import PAGE
from lib.row_ids import row_id

ARE_SEVERAL = "Say first whether these are several rows of one person."
WHICH_ROW = "Say first which of the rows counts."
FRAGMENT, WHOLE = "contacts/_upload.html", "contacts/upload_detail.html"


@role_required(Role.COMPOSER)
def upload_create(request: Request) -> HttpResponse:
    """Take a file or pasted cells; what cannot be read is said here, and nothing is kept of it."""
    form = FileForm(request.POST or None, request.FILES or None, initial={"group": request.GET.get("group")})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                group = chosen["group"] or importing.group_for_upload(chosen["new_group"])
                file = chosen["file"]
                name = file.name if file else "pasted cells.txt"
                pieces = file.chunks() if file else [chosen["pasted"].encode()]
                upload = importing.begin_upload(
                    group, name, pieces, request.user, at_once=False, repeats=Upload.Repeats.ASK
                )
        except BadFile as error:
            form.add_error("file" if chosen["file"] else "pasted", str(error))
        else:
            if upload.is_reading:
                nudge(work_on, upload.pk)
            return redirect("upload-detail", pk=upload.pk)
    return render(request, "contacts/upload_create.html", {"form": form})


@role_required(Role.COMPOSER)
def upload_detail(request: Request, pk: int) -> HttpResponse:
    """Where the upload stands; htmx asks for the same page and takes the moving part of it."""
    upload = get_object_or_404(Upload.objects.select_related("group", "file", "spool"), pk=pk)
    is_htmx = request.htmx
    if upload.is_choosing:
        if is_htmx:
            # It was being read, and the page asks for its progress: the columns are a page of their own.
            return HttpResponse(headers={"HX-Refresh": "true"})
        return choose_columns(request, upload)
    now = timezone.now()
    context: dict[str, Any] = {
        "upload": upload,
        "seconds_left": upload.seconds_left(now),
        "seems_stopped": upload.seems_stopped(now),
        "goes_on_at": upload.goes_on_at(now),
        "may_undo": upload.may_be_undone(now),
        "words": [] if upload.is_working else importing.describe_words(upload),
        "not_updated": importing.describe_not_updated(upload),
        "told_apart_otherwise": upload.is_told_apart_otherwise(now),
    }
    if upload.is_checked or upload.is_done:
        context["totals"] = importing.describe_totals(upload)
        context["siblings_said"] = importing.describe_siblings(upload)
    if upload.is_done:
        context["texted"] = upload.rows_listed
    if upload.is_checked:
        context |= _what_would_happen(upload)
    return render(request, FRAGMENT if is_htmx else WHOLE, context)


@require_POST
@role_required(Role.COMPOSER)
def upload_import(request: Request, pk: int) -> HttpResponse:
    """Import, or check again with other choices; a second click does nothing twice."""
    upload = get_object_or_404(Upload, pk=pk)
    if "columns" in request.POST:
        Upload.objects.filter(pk=pk, status=Upload.Status.CHECKED).update(status=Upload.Status.MAPPING)
    elif upload.is_checked:
        how, siblings = HowForm(request.POST, instance=upload), SiblingsForm(upload, request.POST)
        if not how.is_valid() or not siblings.is_valid():
            said = [str(word) for errors in siblings.errors.values() for word in errors]
            messages.error(request, " ".join(said) or "Look at the choices again.")
            return redirect("upload-detail", pk=pk)
        answers = {
            name: one for name in ("month_first", "day_first") if (one := row_id(request.POST.get(name))) is not None
        }
        again = "again" in request.POST or "together" in request.POST or bool(answers)
        again = again or how.changes_what_happens or siblings.changes_what_happens
        Upload.objects.filter(pk=pk, status=Upload.Status.CHECKED).update(**how.cleaned_data)
        try:
            siblings.save()
        except importing.BadMapping as error:
            messages.error(request, str(error))
            return redirect("upload-detail", pk=pk)
        if "together" in request.POST:
            importing.tell_nothing_apart(upload)
        for order, column in answers.items():
            _read_in_order(upload, column, month_first=order == "month_first")
        if again and "again" not in request.POST:
            messages.info(request, "You chose something else: this is what would happen now.")
        if not again and (words := _unanswered(request, upload, siblings)):
            messages.error(request, words)
            return redirect("upload-detail", pk=pk)
        _order(request, upload, again=again)
    return redirect("upload-detail", pk=pk)


@require_POST
@role_required(Role.COMPOSER)
def upload_give_up(request: Request, pk: int) -> HttpResponse:
    """Not to be imported after all: what was kept of it goes, and with it a group that only waited for it."""
    upload = get_object_or_404(Upload.objects.select_related("group"), pk=pk)
    with transaction.atomic():
        if not importing.give_up(upload):
            messages.error(request, "It is being imported already. It can be undone afterwards.")
            return redirect("upload-detail", pk=pk)
        record("upload given up", f"upload {pk}", user=request.user, group=upload.group_id)
    messages.success(request, f"“{upload.name}” is taken away. Nobody was written.")
    return redirect("group-list") if upload.group.waits_for_upload else redirect("group-detail", pk=upload.group_id)


@role_required(Role.COMPOSER)
def upload_undo(request: Request, pk: int) -> HttpResponse:
    """Ask once, with the numbers, then undo it in the background."""
    upload = get_object_or_404(Upload.objects.select_related("group"), pk=pk)
    if request.method == "POST":
        with transaction.atomic():
            if importing.order_undo(upload, name_of(request.user)):
                record("upload undone", f"upload {pk}", user=request.user, group=upload.group_id)
                nudge(work_on, pk)
        return redirect("upload-detail", pk=pk)
    if not upload.may_be_undone(timezone.now()):
        return redirect("upload-detail", pk=pk)
    return render(request, "contacts/upload_undo.html", {"upload": upload})


@require_safe
@role_required(Role.COMPOSER)
def upload_people(request: Request, pk: int) -> HttpResponse:
    """Who left the group with the upload, or had another number before; undone, who could not be put back."""
    upload = get_object_or_404(Upload.objects.select_related("group"), pk=pk)
    changes, are_numbers = upload.changes.order_by("pk"), "numbers" in request.GET and not upload.is_undone
    if not upload.is_undone:
        changes = changes.filter(kind=UploadChange.Kind.NUMBER if are_numbers else UploadChange.Kind.LEFT)
    if after := row_id(request.GET.get("after")):
        changes = changes.filter(pk__gt=after)
    rows = list(changes[: PAGE + 1])
    context = {
        "upload": upload,
        "rows": rows[:PAGE],
        "are_numbers": are_numbers,
        "first_url": ("?numbers=1" if are_numbers else "?") if after else "",
        "next_url": f"?{'numbers=1&' * are_numbers}after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }
    return render(request, "contacts/upload_people.html", context)


@require_safe
@role_required(Role.COMPOSER)
def upload_rejects(request: Request, pk: int) -> HttpResponseBase:
    """The rejected rows in their own columns plus the reason, ready to be mended and uploaded again."""
    upload = get_object_or_404(Upload, pk=pk)
    record("rejected rows exported", f"upload {pk}", user=request.user, rows=upload.counts.get("rejected", 0))
    return csv_download(request, f"rejected-{pk}.csv", csv_lines(*importing.rejects_as_table(upload)))


def _unanswered(request: Request, upload: Upload, siblings: SiblingsForm) -> str:
    """The question, in words, that is to be answered before rows are written; "" for none."""
    if upload.counts.get("month_first"):
        return "Say first whether the month or the day stands first in the dates."
    if siblings.is_open and upload.counts.get("names_differ"):
        return WHICH_ROW if siblings.is_keyed else ARE_SEVERAL
    if upload.counts.get("near") and "are_two" not in request.POST:
        return "Say first whether those that differ by a zero in front are two."
    return ""


def _order(request: Request, upload: Upload, *, again: bool) -> None:
    with transaction.atomic():
        ordered = importing.order_check(upload) if again else importing.order_import(upload, name_of(request.user))
        if ordered and not again:
            record("upload imported", f"upload {upload.pk}", user=request.user, group=upload.group_id)
        if ordered:
            nudge(work_on, upload.pk)


def _read_in_order(upload: Upload, column: int, *, month_first: bool) -> None:
    choices = [
        mapping.with_order(one, month_first=month_first) if one.index == column else one
        for one in mapping.from_json(upload.mapping)
    ]
    importing.choose_columns(upload, choices)


def _what_would_happen(upload: Upload) -> dict[str, Any]:
    choices = mapping.from_json(upload.mapping)
    headings = {one.index: one.heading for one in choices}
    are_month_first = {one.index for one in choices if one.month_first}
    counts = upload.counts
    return {
        "how": HowForm(instance=upload),
        "siblings": SiblingsForm(upload),
        "key": importing.key_label(upload, choices) if upload.keyed_by else "",
        "near": importing.near_in_words(upload),
        "conflict_rows": [
            (number, [(_place(upload, row), words) for row, words in said])
            for number, said in counts.get("conflict_rows", [])
        ],
        "people": sum(counts[name] for name in ("created", "updated", "unchanged")),
        "bad_rows": [_bad_row(upload, bad, headings) for bad in counts.get("bad_rows", [])],
        "date_doubts": [
            (column, headings.get(column, ""), column in are_month_first) for column in counts.get("month_first", [])
        ],
        # Sorted here: the database keeps an object's names in an order of its own.
        "reasons": sorted(counts.get("reasons", {}).items(), key=lambda one: -one[1]),
    }


def _place(upload: Upload, number: int) -> str:
    """The row as the spreadsheet numbers it, with its sheet where several were read."""
    sheets = upload.reading.get("sheets_read", [])
    sheet, row = sheet_and_row(sheets, number)
    return f"{sheet}, {row}" if len(sheets) > 1 else str(row)


def _bad_row(upload: Upload, bad: dict[str, Any], headings: dict[int, str]) -> dict[str, Any]:
    cells = dict(enumerate(bad["cells"]))
    errors = [(headings.get(int(column), ""), cells.get(int(column), ""), words) for column, words in bad["errors"]]
    return {"row": _place(upload, bad["row"]), "kept": bad["kept"], "cells": errors}
