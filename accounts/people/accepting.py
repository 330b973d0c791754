"""Whoever has the link of an invitation chooses a user name and a password, and is in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts.invitations import AlreadyThere, InvitationOver, accept, open_invitation, proposed_username
from accounts.people.forms import AcceptForm

BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters()
@login_not_required
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """To look at it uses nothing up: mail programs open links by themselves."""
    try:
        invitation = open_invitation(token)
        form = AcceptForm(invitation, request.POST or None, initial={"username": proposed_username(invitation.email)})
        may_try = request.method == "POST" and not request.user.is_authenticated
        if may_try and form.is_valid() and _accepted(request, token, form):
            return redirect("home")
    except InvitationOver as error:
        return render(request, "accounts/invitation_over.html", {"why": str(error)}, status=410)
    return render(request, "accounts/invitation_accept.html", {"invitation": invitation, "form": form})


def _accepted(request: HttpRequest, token: str, form: AcceptForm) -> bool:
    """Whether they are one of the people now, and signed in; if not, the form says why."""
    chosen: dict[str, Any] = {name: form.cleaned_data.get(name, "") for name in ("first_name", "last_name", "email")}
    try:
        password = form.cleaned_data["password1"]
        person = accept(token, username=form.cleaned_data["username"], password=password, **chosen)
    except AlreadyThere as error:
        form.add_error(None, str(error))
        return False
    login(request, person, backend=BACKEND)
    return True
