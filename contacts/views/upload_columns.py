"""The columns of an uploaded file: how it is read, and what each of them is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import importing
from contacts.forms.uploads import ENCODING_NAMES, ROLES, ReadingForm
from contacts.importing import mapping
from contacts.models import ContactField, Upload
from contacts.spreadsheets import ENCODINGS, BadFile
from contacts.spreadsheets.headings import column_names
from contacts.spreadsheets.phone_column import PhoneVerdict
from contacts.spreadsheets.short_names import short_names
from contacts.tasks import work_on
from contacts.values import field_key
from lib.nudge import nudge

MONTH_FIRST = "month_first"


def choose_columns(request: Request, upload: Upload) -> HttpResponse:
    """The columns, each with samples and a guess; saved, they are checked in the background."""
    choices, verdict = mapping.from_json(upload.mapping), importing.phone_verdict(upload)
    problem = ""
    if request.method == "POST":
        posted = _with_answers(request.POST)
        chosen: list[importing.ColumnChoice] = []
        for choice in choices:
            chosen.append(_chosen(choice, posted, upload, chosen))
        try:
            importing.choose_columns(upload, [_called(one, posted, upload) for one in chosen])
        except importing.BadMapping as error:
            choices, problem = chosen, str(error)
        else:
            if importing.order_check(upload):
                nudge(work_on, upload.pk)
            return redirect("upload-detail", pk=upload.pk)
    fields = [(f"field:{field.key}", field.label) for field in upload.group.fields.all()]
    context = {
        "upload": upload,
        "key": importing.key_label(upload, choices) if upload.keyed_by else "",
        "rows": [_row(one, verdict, request.POST) for one in choices],
        "asked": _asked(choices, verdict),
        "why_asked": verdict.words,
        "targets": [*ROLES, *fields, ("new", "A new field")],
        "types": [*ContactField.Type.choices, (MONTH_FIRST, "Date, month first")],
        "problem": problem or upload.error,
        "oddities": importing.describe_oddities(upload),
        "reading": ReadingForm(upload),
        "encoding": ENCODING_NAMES.get(upload.reading.get("encoding", "")),
        "other_encodings": _other_encodings(upload),
        "parts_of_name": [(one.index, one.heading) for one in mapping.parts_of_name(choices)],
        "ignored": [one.heading for one in choices if one.role == "ignore"],
    }
    return render(request, "contacts/upload_columns.html", context, status=422 if problem else 200)


@require_POST
@role_required(Role.COMPOSER)
def upload_reading(request: Request, pk: int) -> HttpResponse:
    """Read the file in another way: its encoding, sheet, headings, hidden rows; the columns are guessed anew."""
    upload = get_object_or_404(Upload.objects.select_related("group", "file", "spool"), pk=pk)
    form = ReadingForm(upload, request.POST)
    if not upload.is_choosing:
        return redirect("upload-detail", pk=pk)
    if form.is_valid():
        try:
            if importing.reread(upload, form.wanted):
                nudge(work_on, pk)
        except BadFile as error:
            messages.error(request, f"It cannot be read so: {error}")
    else:
        messages.error(request, "It cannot be read so. Look at the choices again.")
    return redirect("upload-detail", pk=pk)


def _asked(choices: list[importing.ColumnChoice], verdict: PhoneVerdict) -> list[tuple[str, str, tuple[str, ...]]]:
    """The columns of which one is the phone number, where nobody has said which: number, name and samples."""
    if any(one.role == "phone" for one in choices):
        return []
    names = column_names([one.heading for one in choices])
    return [(str(one.index), names[one.index], one.samples) for one in choices if one.index in verdict.doubtful]


def _with_answers(posted: QueryDict) -> dict[str, Any]:
    """What was chosen, with the answers to which column is the phone number, and which are joined to the name."""
    answer = posted.get("phone_column", "")
    joined = {f"role_{index}": "name" for index in posted.getlist("join_names")}
    return posted.dict() | joined | ({f"role_{answer}": "phone"} if answer else {})


def _other_encodings(upload: Upload) -> list[tuple[str, str]]:
    """What may be chosen with one click where a letter looks wrong: nothing where there is no such letter."""
    if not upload.reading.get("accent"):
        return []
    now = upload.reading.get("encoding", "").removesuffix("-sig")
    return [(one, ENCODING_NAMES[one]) for one in ENCODINGS if one != now and not one.startswith("utf-16")]


def _chosen(
    choice: importing.ColumnChoice, posted: Any, upload: Upload, others: list[importing.ColumnChoice]
) -> importing.ColumnChoice:
    target = posted.get(f"role_{choice.index}", "ignore")
    asked = posted.get(f"type_{choice.index}", "text")
    month_first = asked == MONTH_FIRST
    if target in ("phone", "name", "ignore"):
        return importing.ColumnChoice(choice.index, choice.heading, target, samples=choice.samples)
    if target.startswith("field:"):
        field = upload.group.fields.filter(key=target.removeprefix("field:")).first()
        if field is not None:
            return mapping.as_field(choice, field, month_first=month_first)
    type_ = "date" if month_first else asked if asked in ContactField.Type.values else "text"
    return mapping.as_new_field(choice, type_, others, upload.group, month_first=month_first)


def _called(choice: importing.ColumnChoice, posted: Any, upload: Upload) -> importing.ColumnChoice:
    """A new field by the name that was typed. What stood in the box beforehand was nobody's choice.

    Raises importing.BadMapping.
    """
    written = posted.get(f"name_{choice.index}", "")
    return choice if written == posted.get(f"was_{choice.index}") else importing.called(choice, written, upload.group)


def _row(choice: importing.ColumnChoice, verdict: PhoneVerdict, posted: QueryDict) -> dict[str, Any]:
    """A column as the page shows it: what it is, what its field is called, and shorter names to choose from."""
    key = choice.key or field_key(choice.heading)
    return {
        "column": choice,
        "chosen": _target(choice),
        "type": _type(choice),
        "why": verdict.words if choice.index == verdict.index else "",
        "was": key,
        "name": posted.get(f"name_{choice.index}", choice.called or key),
        "shorter": short_names(choice.heading, choice.type) if choice.role not in ("field", "phone", "name") else [],
    }


def _target(choice: importing.ColumnChoice) -> str:
    return f"field:{choice.key}" if choice.role == "field" else choice.role


def _type(choice: importing.ColumnChoice) -> str:
    return MONTH_FIRST if choice.month_first else choice.type
