"""The runs of what recurs: their list, and what can be done with the one that is next."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import change, steer
from campaigns.checking.blockers import Blocked
from campaigns.forms.occurrence import OccurrenceForm
from campaigns.ledger import tallies
from campaigns.models import Campaign, Run, transitions
from lib.paging import page_of
from lib.typed import say_saved

SHOWN = 25


@role_required(Role.VIEWER)
def run_list(request: Request, pk: int) -> HttpResponse:
    """All its runs, the latest first; of a reminder, days on which nobody was due can be left out."""
    campaign = get_object_or_404(Campaign, pk=pk)
    runs = campaign.runs.filter(replaced=False)
    if request.GET.get("people"):
        runs = runs.exclude(status=Run.Status.FINISHED, audience=0)
    page = page_of(request, runs, size=SHOWN)
    tallied = [(run, tallies.totals(run)) for run in page.rows]
    return render(request, "campaigns/run_list.html", {"campaign": campaign, "page": page, "runs": tallied})


@role_required(Role.MANAGER)
def run_change(request: Request, pk: int, number: int) -> HttpResponse:
    """This occurrence only: its text, its time, or not at all."""
    run = get_object_or_404(Run.objects.select_related("campaign"), pk=number, campaign=pk)
    form = OccurrenceForm(run, request.POST if "leave-out" not in request.POST else None)
    try:
        if "leave-out" in request.POST:
            steer.skip(run, user=request.user)
            messages.success(request, "This one is left out. The next ones go as before.")
            return redirect("campaign-detail", pk=pk)
        if request.method == "POST" and form.is_valid():
            change.change_this_one(run, **form.cleaned_data, user=request.user)
            messages.success(request, "Saved, for this one only.")
            return say_saved(request, redirect("campaign-detail", pk=pk))
    except (transitions.NotPossible, Blocked) as error:
        messages.error(request, str(error))
        if "leave-out" in request.POST:
            return redirect("campaign-detail", pk=pk)
    return render(request, "campaigns/run_change.html", {"campaign": run.campaign, "run": run, "form": form})
