"""Long work on a group: ordered on one page, followed on another. What is small is done at once."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from contacts import usage
from contacts.filters import search
from contacts.filters.search import PeopleQuery, TooSlow
from contacts.forms.jobs import MergeForm, TransferForm
from contacts.models import ContactGroup, Job
from contacts.people import export, jobs
from contacts.people.groups import make_group
from contacts.people.transfer import DoesNotFit
from contacts.tasks import do_job
from contacts.views.group_query import query_link, query_of_address
from lib.downloads import csv_download, stored_download
from lib.nudge import nudge
from lib.row_ids import row_id

AT_ONCE_PEOPLE = 1_000
STREAMED_PEOPLE = 50_000
MOST_CHOSEN = 1_000
ACTS = {"copy": Job.Kind.COPY, "move": Job.Kind.MOVE, "remove": Job.Kind.REMOVE}


@role_required(Role.COMPOSER)
def group_transfer(request: Request, pk: int, act: str) -> HttpResponse:
    """Copy, move or take out those who were ticked, or all whom the address asks for; asked once, with the number."""
    group = get_object_or_404(ContactGroup, pk=pk)
    query = _chosen(group, request)
    if query is None:
        messages.error(request, "Tick the people first, or filter the list and choose all of it.")
        return redirect("group-detail", pk=pk)
    form = TransferForm(group, request.POST or None) if act != "remove" else None
    people = _how_many(query)
    if request.method == "POST" and (form is None or form.is_valid()):
        return _order(request, ACTS[act], query, form, people)
    context = {
        "group": group,
        "is_copy": act == "copy",
        "is_move": act == "move",
        "is_removal": act == "remove",
        "form": form,
        "people": people,
        "nobody": people == 0,
        "chosen": query.chosen,
        "link": query_link(request.GET),
        "back": "" if query.chosen else query_link(request.GET),
    }
    return render(request, "contacts/group_transfer.html", context)


@role_required(Role.MANAGER)
def group_merge(request: Request, pk: int) -> HttpResponse:
    """Everybody goes into another group, and this one ends; not while something needs it."""
    group = get_object_or_404(ContactGroup, pk=pk)
    used = usage.uses_of_group(group)
    form = MergeForm(group, request.POST or None)
    if request.method == "POST" and not used and form.is_valid():
        return _order(request, Job.Kind.MERGE, PeopleQuery(group), form, group.size)
    return render(request, "contacts/group_merge.html", {"group": group, "used": used, "form": form})


@require_safe
@role_required(Role.MANAGER)
def group_export(request: Request, pk: int) -> HttpResponseBase:
    """What the address asks for as CSV: streamed, or of a big group written in the background."""
    group = get_object_or_404(ContactGroup, pk=pk)
    _, query = query_of_address(group, request.GET)
    if query is None:
        return redirect("group-detail", pk=pk)
    if group.size > STREAMED_PEOPLE:
        return _export(request, query, "csv")
    record("group exported", f"group {pk}", user=request.user, name=group.name, rows=_how_many(query))
    return csv_download(request, f"group-{pk}.csv", export.people_as_csv(query))


@require_POST
@role_required(Role.MANAGER)
def group_workbook(request: Request, pk: int) -> HttpResponse:
    """What the address asks for as an Excel file; its page says when it is ready."""
    group = get_object_or_404(ContactGroup, pk=pk)
    _, query = query_of_address(group, request.GET)
    return redirect("group-detail", pk=pk) if query is None else _export(request, query, "xlsx")


@require_safe
@role_required(Role.COMPOSER)
def job_detail(request: Request, pk: int) -> HttpResponse:
    """How far a job is; htmx asks again until it is over."""
    job = get_object_or_404(Job.objects.select_related("group", "target", "file"), pk=pk)
    template = "contacts/_job.html" if request.htmx else "contacts/job_detail.html"
    return render(request, template, {"job": job})


@require_safe
@role_required(Role.MANAGER)
def job_file(request: Request, pk: int) -> HttpResponseBase:
    job = get_object_or_404(Job.objects.select_related("file"), pk=pk, file__isnull=False)
    assert job.file is not None
    about = f"group {job.group_id}" if job.group_id else "group"
    record("exported file fetched", about, user=request.user, name=job.about, rows=job.people)
    return stored_download(job.file.name, job.file.size, job.file.pieces())


def start_job(job: Job, following: str = "") -> HttpResponse:
    """Do a small job at once and leave a big one to the workers; then its page, or the one that follows."""
    if job.expected is not None and job.expected <= AT_ONCE_PEOPLE:
        jobs.work_on_job(job.pk)
    else:
        nudge(do_job, job.pk)
    return redirect(following) if following else redirect("job-detail", pk=job.pk)


def _chosen(group: ContactGroup, request: Request) -> PeopleQuery | None:
    """Who was ticked, or everybody of the address where that was asked for; None where it is nobody."""
    ticked = (*request.GET.getlist("contact"), *request.POST.getlist("contact"))
    people = tuple(dict.fromkeys(pk for one in ticked if (pk := row_id(one)) is not None))[:MOST_CHOSEN]
    if people:
        return PeopleQuery(group, chosen=people)
    return query_of_address(group, request.GET)[1] if "all" in request.GET else None


def _how_many(query: PeopleQuery) -> int | None:
    try:
        return search.count_exactly(query) if query.chosen is None else query.people().count()
    except TooSlow:
        return None


def _order(
    request: Request, kind: str, query: PeopleQuery, form: TransferForm | None, people: int | None
) -> HttpResponse:
    chosen = form.cleaned_data if form else {}
    try:
        with transaction.atomic():
            target = chosen.get("target")
            is_new = form is not None and target is None
            if is_new:
                target = make_group(chosen["new_group"], user=request.user)
            job = jobs.order_job(
                kind,
                query,
                request.user,
                target=target,
                replaces=bool(chosen.get("replaces")),
                expected=people,
                is_new=is_new,
            )
    except DoesNotFit as error:
        messages.error(request, str(error))
        return redirect("group-detail", pk=query.group.pk)
    except IntegrityError:
        messages.error(request, "The other group has changed meanwhile. Look at it again.")
        return redirect("group-detail", pk=query.group.pk)
    return start_job(job)


def _export(request: Request, query: PeopleQuery, format: str) -> HttpResponse:
    people = _how_many(query)
    return start_job(jobs.order_job(Job.Kind.EXPORT, query, request.user, format=format, expected=people))
