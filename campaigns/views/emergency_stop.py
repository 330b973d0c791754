"""The emergency stop: one page to pull it, one to lift it, for managers."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions.stop import let_sending_go_on, stop_all_sending
from campaigns.models import Batch, Campaign, Run
from campaigns.tasks import tick
from lib import room
from lib.nudge import nudge

WORD = "SEND"


@room.at_any_cost
@role_required(Role.MANAGER)
def stop(request: Request) -> HttpResponse:
    """Asked once; then no further text goes out of anything."""
    if request.method == "POST":
        stop_all_sending(request.POST.get("reason", "").strip(), user=request.user)
        messages.success(request, "All sending is stopped. What the gateway was already given cannot be called back.")
        return redirect("home")
    context = {"sending": _under_way(), "to_come": _campaigns_of(_to_come())}
    return render(request, "campaigns/stop.html", context)


@role_required(Role.MANAGER)
def lift_stop(request: Request) -> HttpResponse:
    """Sending goes on once a word is typed: a click alone is too little for it."""
    wrong = False
    if request.method == "POST":
        if request.POST.get("word", "").strip().upper() == WORD:
            let_sending_go_on(user=request.user)
            nudge(tick)
            messages.success(request, "Sending goes on.")
            return redirect("home")
        wrong = True
    context = {"under_way": _under_way(), "word": WORD, "wrong": wrong, "waiting": _waiting()}
    return render(request, "campaigns/lift_stop.html", context, status=422 if wrong else 200)


def _under_way() -> int:
    """How many campaigns are being sent, or about to be."""
    is_due = Q(status=Run.Status.PLANNED, scheduled_for__lte=timezone.now())
    return _campaigns_of(Run.objects.filter(Q(status=Run.Status.SENDING) | is_due))


def _to_come() -> QuerySet[Run]:
    """What recurs has a run for its next time."""
    later = Run.objects.filter(scheduled_for__gt=timezone.now(), campaign__status=Campaign.Status.ACTIVE)
    return later.filter(status__in=[Run.Status.SCHEDULED, Run.Status.PLANNED])


def _campaigns_of(runs: QuerySet[Run]) -> int:
    return runs.values("campaign").distinct().count()


def _waiting() -> int:
    ready = Batch.objects.filter(status=Batch.Status.READY, run__status=Run.Status.SENDING)
    return ready.aggregate(texts=Sum("size"))["texts"] or 0
