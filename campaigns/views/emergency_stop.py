"""The emergency stop: one page to pull it, one to lift it, for managers."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render

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
    sending = _under_way()
    # Some of what is on has no run of its own yet: reminders, and what is scheduled.
    to_come = max(Campaign.objects.filter(status=Campaign.Status.ACTIVE).count() - sending, 0)
    return render(request, "campaigns/stop.html", {"sending": sending, "to_come": to_come})


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
    sending = Run.objects.filter(status__in=[Run.Status.PLANNED, Run.Status.SENDING])
    return sending.values("campaign").distinct().count()


def _waiting() -> int:
    ready = Batch.objects.filter(status=Batch.Status.READY, run__status=Run.Status.SENDING)
    return ready.aggregate(texts=Sum("size"))["texts"] or 0
