"""What an administrator takes from somebody: a second factor that was lost, and all sessions."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts import staff
from accounts.models import User
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role
from accounts.second_factors import in_words, take_away


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_factor_remove(request: Request, pk: int) -> HttpResponse:
    factor = get_object_or_404(Authenticator.objects.select_related("user"), pk=pk)
    words = in_words(factor)
    take_away(factor, request.user)
    messages.success(request, f"Taken away from {factor.user.get_username()}: {words}.")
    return redirect("staff-detail", pk=factor.user_id)


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_sessions_end(request: Request, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    ended = staff.end_all_sessions(person, request.user)
    messages.success(request, f"{ended} session{'' if ended == 1 else 's'} of {person.username} ended.")
    return redirect("staff-detail", pk=pk)
