"""An administrator invites somebody, sends the link anew, or takes it back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.invitations import AlreadyThere, invite, invite_again, mail_invitation, uninvite
from accounts.models import Invitation
from accounts.people.forms import BY_LINK, BY_MAIL, InviteForm
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_invite(request: Request) -> HttpResponse:
    form = InviteForm(request.POST or None, initial={"how": BY_MAIL if settings.EMAIL_URL else BY_LINK})
    if request.method == "POST" and form.is_valid():
        try:
            invitation, link = invite(form.cleaned_data["email"], Role(form.cleaned_data["role"]), request.user)
        except AlreadyThere as error:
            form.add_error("email", str(error))
        else:
            return _handed_on(request, invitation, link, by_mail=form.by_mail)
    return render(request, "accounts/staff_invite.html", {"form": form, "roles": Role})


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_invite_again(request: Request, pk: int) -> HttpResponse:
    """By mail where there is mail and an address; otherwise the link is shown."""
    invitation = get_object_or_404(Invitation, pk=pk)
    link = invite_again(invitation, request.user)
    if link is None:
        messages.error(request, "This invitation has been accepted or taken back meanwhile.")
        return redirect("staff-list")
    invitation.refresh_from_db()
    return _handed_on(request, invitation, link, by_mail=bool(settings.EMAIL_URL and invitation.email))


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_uninvite(request: Request, pk: int) -> HttpResponse:
    if uninvite(get_object_or_404(Invitation, pk=pk), request.user):
        messages.success(request, "The invitation is taken back: its link works no longer.")
    else:
        messages.error(request, "This invitation has been accepted or taken back meanwhile.")
    return redirect("staff-list")


def _handed_on(request: Request, invitation: Invitation, link: str, *, by_mail: bool) -> HttpResponse:
    if by_mail and mail_invitation(invitation, link):
        messages.success(request, f"The invitation is on its way to {invitation.email}. It holds for a week.")
        return redirect("staff-list")
    context = {"invitation": invitation, "link": link, "mail_failed": by_mail}
    return render(request, "accounts/staff_invited.html", context)
