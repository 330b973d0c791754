"""The samples of a first start: a page that says what goes and what stays, and takes them away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import samples
from contacts.tasks import do_job
from lib.nudge import nudge


@role_required(Role.ADMINISTRATOR)
def samples_remove(request: Request) -> HttpResponse:
    if request.method == "POST":
        found, emptied = samples.take_away(request.user)
        for job in emptied:
            nudge(do_job, job)
        for one in found.staying:
            messages.info(request, f"{one.name} stays: {one.why}.")
        messages.success(request, "The samples are taken away.")
        return redirect("home")
    return render(request, "campaigns/samples_remove.html", {"samples": samples.samples()})
