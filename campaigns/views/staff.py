"""One of those who sign in: name, role, whether they may sign in, and what hangs on them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import staff
from accounts.models import User
from accounts.people.forms import NO_ROLE, LimitForm, RoleForm, StaffForm
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role
from accounts.second_factors import factors_of
from accounts.sessions import sessions_of
from campaigns.ledger.allowance import spent_by
from campaigns.reporting.owned import owned_by


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_detail(request: Request, pk: int) -> HttpResponse:
    """Name and address, the role, and the spending limit: three forms on one page."""
    person = get_object_or_404(User, pk=pk)
    is_role, is_limit = "role" in request.POST, "monthly_limit" in request.POST
    details = StaffForm(None if is_role or is_limit else request.POST or None, instance=person)
    limit = LimitForm(request.POST if is_limit else None, instance=person)
    role = RoleForm(request.POST if is_role else None, initial={"role": person.role or NO_ROLE})
    if is_role and role.is_valid():
        return _done(request, person, role)
    if is_limit and limit.is_valid():
        staff.set_monthly_limit(person, limit.cleaned_data["monthly_limit"], request.user)
        messages.success(request, "The spending limit is set.")
        return redirect("staff-detail", pk=pk)
    if details.is_valid():
        staff.change_person(person, request.user, **details.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("staff-detail", pk=pk)
    context = {
        "person": User.objects.get(pk=pk),
        "form": details,
        "role_form": role,
        "roles": reversed(Role),
        "limit_form": limit,
        "spent": spent_by(person, timezone.now()),
        "owned": owned_by(person),
        "factors": factors_of(person),
        "sessions": len(sessions_of(person)),
    }
    return render(request, "accounts/staff_detail.html", context)


def _done(request: Request, person: User, form: RoleForm) -> HttpResponse:
    try:
        staff.change_role(person, form.chosen, request.user)
    except staff.LastAdministrator as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _now(person, form.chosen))
    return redirect("staff-detail", pk=person.pk)


def _now(person: User, role: Role | None) -> str:
    return f"{person.username} is {role.with_article} now." if role else f"{person.username} has no role now."


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_deactivate(request: Request, pk: int) -> HttpResponse:
    """What it means for the keys and campaigns of the person, then the deed."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    if request.method == "POST":
        try:
            staff.deactivate(person, request.user)
        except staff.LastAdministrator as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{person.username} is signed out and may not sign in.")
        return redirect("staff-detail", pk=pk)
    return render(request, "accounts/staff_deactivate.html", {"person": person, "owned": owned_by(person)})


@require_POST
@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def staff_reactivate(request: Request, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    staff.reactivate(person, request.user)
    messages.success(request, f"{person.username} may sign in again.")
    return redirect("staff-detail", pk=pk)
