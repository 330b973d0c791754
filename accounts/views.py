"""One's own profile, and the keys of scripts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import first_password
from accounts.audit import record
from accounts.forms import ApiKeyForm, OwnPasswordForm, ProfileForm
from accounts.models import ApiKey
from accounts.own_phone import remove_phone
from accounts.permissions import freshly_signed_in, role_required
from accounts.requests import Request
from accounts.roles import Role


def profile(request: Request) -> HttpResponse:
    """One's own name and password, two forms on one page; and where tests go."""
    changing_password = request.method == "POST" and "new_password1" in request.POST
    details = ProfileForm(None if changing_password else request.POST or None, instance=request.user)
    password = OwnPasswordForm(request.user, request.POST if changing_password else None)
    if request.method == "POST":
        chosen = password if changing_password else details
        if chosen.is_valid():
            with transaction.atomic():
                user = chosen.save()
                if not changing_password:
                    fields = chosen.changed_data
                    record("person changed", f"person {user.pk}", user=request.user, fields=fields)
            if changing_password:
                update_session_auth_hash(request, user)
                first_password.forget(user.username)
            messages.success(request, "Your password is changed." if changing_password else "Saved.")
            return redirect("profile")
    return render(request, "accounts/profile.html", {"form": details, "password": password})


@require_POST
def phone_remove(request: Request) -> HttpResponse:
    remove_phone(request.user)
    messages.success(request, "Your phone is taken away. No test goes anywhere until you confirm one.")
    return redirect("profile")


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def api_keys(request: Request) -> HttpResponse:
    """The keys, and a new one, which is shown once."""
    form, made = ApiKeyForm(request.POST or None, initial={"owner": request.user}), None
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            key, made = ApiKey.make(
                form.cleaned_data["name"],
                Role(form.cleaned_data["role"]),
                owner=form.cleaned_data["owner"],
                created_by=request.user,
            )
            about, owner = f"key {key.pk}", key.owner_id
            record("API key made", about, user=request.user, name=key.name, role=key.role, owner=owner)
        form = ApiKeyForm(initial={"owner": request.user})
    keys = ApiKey.objects.select_related("owner").prefetch_related("owner__groups")
    return render(request, "accounts/api_keys.html", {"form": form, "made": made, "keys": keys})


@require_POST
@role_required(Role.ADMINISTRATOR)
def api_key_revoke(request: Request, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now()):
            record("API key revoked", f"key {pk}", user=request.user, name=key.name)
    messages.success(request, f"The key “{key.name}” works no longer.")
    return redirect("api-keys")
