"""One's own profile, and the keys of scripts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import first_password
from accounts.audit import record
from accounts.forms import ApiKeyForm, KeyForm, OwnPasswordForm, ProfileForm
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
    context = {"form": details, "password": password, "has_mail": bool(settings.EMAIL_URL)}
    return render(request, "accounts/profile.html", context)


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
        chosen = form.cleaned_data
        with transaction.atomic():
            key, made = ApiKey.make(
                chosen["name"],
                Role(chosen["role"]),
                owner=chosen["owner"],
                created_by=request.user,
                ends_at=form.ends_at,
                calls_a_minute=chosen["calls_a_minute"],
            )
            record("API key made", f"key {key.pk}", user=request.user, **key.as_made)
        form = ApiKeyForm(initial={"owner": request.user})
    keys = ApiKey.objects.select_related("owner").prefetch_related("owner__groups")
    return render(request, "accounts/api_keys.html", {"form": form, "made": made, "keys": keys})


@role_required(Role.ADMINISTRATOR)
@freshly_signed_in
def key_edit(request: Request, pk: int) -> HttpResponse:
    """A key's name, last day and rate; the key itself stays as it is."""
    key = get_object_or_404(ApiKey, pk=pk, revoked_at=None)
    form = KeyForm(request.POST or None, instance=key)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            key = form.save(commit=False)
            key.ends_at = form.ends_at
            key.save(update_fields=["name", "calls_a_minute", "ends_at"])
            before = {str(form[name].label): _written(form[name].initial) for name in form.changed_data}
            after = {str(form[name].label): _written(form.cleaned_data[name]) for name in form.changed_data}
            record("API key changed", f"key {pk}", user=request.user, name=key.name, before=before, after=after)
        messages.success(request, f"The key “{key.name}” is saved.")
        return redirect("api-keys")
    return render(request, "accounts/key_edit.html", {"form": form, "key": key})


def _written(value: Any) -> str:
    return "" if value is None else str(value)


@require_POST
@role_required(Role.ADMINISTRATOR)
def api_key_revoke(request: Request, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now()):
            record("API key revoked", f"key {pk}", user=request.user, name=key.name)
    messages.success(request, f"The key “{key.name}” works no longer.")
    return redirect("api-keys")
