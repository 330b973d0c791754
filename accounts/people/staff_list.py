"""Everybody who may sign in, and who is invited."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import staff
from accounts.models import Invitation, User
from accounts.people.forms import NO_ROLE
from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from accounts.second_factors import with_second_factor
from lib.paging import page_of
from lib.words import clean

ACTIVE = {"yes": True, "no": False}
MOST_WAITING = 50


@require_safe
@role_required(Role.ADMINISTRATOR)
def staff_list(request: Request) -> HttpResponse:
    page = page_of(request, _chosen(request).prefetch_related("groups"))
    with_factor = with_second_factor(page.rows)
    context = {
        "page": page,
        "people": [(one, one.pk in with_factor) for one in page.rows],
        "roles": [*Role.choices, (NO_ROLE, "No role")],
        "actives": [("yes", "Active"), ("no", "Deactivated")],
        "waiting": Invitation.objects.waiting().select_related("created_by").order_by("-pk")[:MOST_WAITING],
    }
    return render(request, "accounts/staff_list.html", context)


def _chosen(request: Request) -> QuerySet[User]:
    """By each word of a name, user name or address; by role; by whether they may sign in."""
    role, found = request.GET.get("role", ""), User.objects.all()
    if role in Role.values or role == NO_ROLE:
        found = staff.with_role(None if role == NO_ROLE else Role(role))
    if (active := ACTIVE.get(request.GET.get("active", ""))) is not None:
        found = found.filter(is_active=active)
    for word in clean(request.GET.get("q", "")).split():
        found = found.filter(_says(word))
    return found


def _says(word: str) -> Any:
    return (
        Q(username__icontains=word)
        | Q(first_name__icontains=word)
        | Q(last_name__icontains=word)
        | Q(email__icontains=word)
    )
