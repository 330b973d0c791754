"""Showing once more who one is, before what weighs most: by password, code or passkey."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.forms import Styled
from accounts.models import User
from accounts.requests import Request
from accounts.sessions import freshen
from accounts.sign_in.forms import CodeForm, PasskeyAsSecondForm
from accounts.sign_in.passkeys import are_possible
from accounts.single_sign_on.people import comes_by_provider
from accounts.single_sign_on.views import button


class PasswordForm(Styled, forms.Form):
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )

    def __init__(self, *args: Any, user: User, request: Request) -> None:
        self.user, self.request = user, request
        super().__init__(*args)

    def clean_password(self) -> str:
        """Counted by django-axes as at sign-in."""
        password: str = self.cleaned_data["password"]
        if authenticate(self.request, username=self.user.get_username(), password=password) is None:
            raise ValidationError("That is not your password.")
        return password


def sign_in_again(request: Request) -> HttpResponse:
    posted, user = request.POST, request.user
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    by_password = PasswordForm(posted if "password" in posted else None, user=user, request=request)
    by_code = CodeForm(posted if "code" in posted else None, user=user)
    answer = posted if "credential" in posted else None
    by_passkey = PasskeyAsSecondForm(answer, user=user)  # type: ignore[call-arg]  # the stubs see its mixin alone
    wanted = get_next_redirect_url(request)
    if any(form.is_valid() for form in (by_password, by_code, by_passkey)):
        freshen(request)
        return redirect(wanted or "home")
    context = {"next": wanted or "", "by_password": by_password if user.has_usable_password() else None}
    if comes_by_provider(user):
        context |= button()
    if "totp" in kinds:
        context["by_code"] = by_code
    if "webauthn" in kinds and are_possible(request):
        context["by_passkey"] = by_passkey
        context["options"] = {"request_options": begin_authentication(user)}
    return render(request, "accounts/sign_in_again.html", context)
