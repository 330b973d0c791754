"""Who must not be texted: the list, adding one or a file of them, and taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import importing
from contacts.forms.opt_outs import OptOutFileForm, OptOutForm, TakeBackForm
from contacts.models import OptOut
from contacts.models.opt_out import SCOPE_IN_WORDS, SOURCE_IN_WORDS
from contacts.opt_outs import one
from contacts.spreadsheets import BadFile
from contacts.tasks import do_job
from lib import phones
from lib.nudge import nudge
from lib.paging import page_of


@require_safe
@role_required(Role.VIEWER)
def opt_out_list(request: Request) -> HttpResponse:
    """Newest first; by number, whatever way it is written, and by how it is known."""
    rows = _searched(OptOut.objects.select_related("created_by"), request.GET.get("q", "").strip())
    if (source := request.GET.get("source", "")) in OptOut.Source.values:
        rows = rows.filter(source=source)
    if (scope := request.GET.get("scope", "")) in OptOut.Scope.values:
        rows = rows.filter(scope=scope)
    context = {"page": page_of(request, rows), "sources": SOURCE_IN_WORDS.items(), "scopes": SCOPE_IN_WORDS.items()}
    return render(request, "contacts/opt_out_list.html", context)


@role_required(Role.MANAGER)
def opt_out_upload(request: Request) -> HttpResponse:
    """A file of numbers, or pasted ones: all are left out from now on, and each row that is no number is shown."""
    form = OptOutFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        file = chosen["file"]
        pieces = file.chunks() if file else [chosen["pasted"].encode()]
        try:
            job = importing.begin_opt_outs(
                file.name if file else "pasted cells.txt",
                pieces,
                chosen["scope"],
                reason=chosen["reason"],
                column=chosen["column"],
                user=request.user,
            )
        except importing.WhichColumn as error:
            form.ask_for_column(error.columns)
            form.add_error("column", str(error))
        except BadFile as error:
            form.add_error("file" if file else "pasted", str(error))
        else:
            if job.is_under_way:
                nudge(do_job, job.pk)
                return redirect("job-detail", pk=job.pk)
            return render(request, "contacts/opt_out_uploaded.html", {"job": job})
    return render(request, "contacts/opt_out_upload.html", {"form": form})


@role_required(Role.MANAGER)
def opt_out_create(request: Request) -> HttpResponse:
    form = OptOutForm(request.POST or None, initial={"phone": request.GET.get("phone", "")})
    if request.method == "POST" and form.is_valid():
        opt_out, created = one.opt_out(
            **form.cleaned_data,
            source=OptOut.Source.PERSON,
            user=request.user,
        )
        number = phones.local_number(opt_out.phone)
        if created:
            messages.success(request, f"{number} gets {opt_out.what_is_left_out} from now on.")
        else:
            messages.info(request, f"{number} was on the list already. Nothing was changed.")
        return redirect("opt-out-list")
    return render(request, "contacts/opt_out_create.html", {"form": form})


@role_required(Role.MANAGER)
def opt_out_delete(request: Request, pk: int) -> HttpResponse:
    """With the reason, since a person who said STOP is texted again."""
    opt_out = get_object_or_404(OptOut, pk=pk)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        one.take_back_opt_out(opt_out.phone, opt_out.scope, reason=form.cleaned_data["reason"], user=request.user)
        messages.success(request, f"{phones.local_number(opt_out.phone)} is off the list.")
        return redirect("opt-out-list")
    return render(request, "contacts/opt_out_delete.html", {"opt_out": opt_out, "form": form})


def _searched(rows: QuerySet[OptOut], written: str) -> QuerySet[OptOut]:
    if not written:
        return rows
    try:
        return rows.filter(phone=phones.read_phone(written).digits)
    except phones.BadNumber:
        digits = phones.search_digits(written)
        return rows.filter(phone__startswith=f"254{digits}") if digits else rows.none()
