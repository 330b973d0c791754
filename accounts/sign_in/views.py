"""The sign-in page, and the step after it for whoever has set up a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.sign_in.forms import CodeForm, PasskeyAsSecondForm, PasskeyForm, SignInForm
from accounts.sign_in.passkeys import are_possible
from accounts.single_sign_on import views as single_sign_on
from lib import room


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        login = Login(user=user, redirect_url=self.get_redirect_url() or None)
        return perform_password_login(self.request, {"username": user.get_username()}, login)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more) | {"passkeys": are_possible(self.request)} | single_sign_on.button()


class SecondStep(AuthenticateView):
    template_name = "accounts/second_step.html"
    form_class = CodeForm
    webauthn_form_class = PasskeyAsSecondForm

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        kinds = set(self.stage.login.user.authenticator_set.values_list("type", flat=True))
        return context | {"has_passkey": "webauthn" in kinds, "has_app": "totp" in kinds}


class SignInByPasskey(LoginWebAuthnView):
    """GET as JSON asks for a challenge, POST answers it."""

    form_class = PasskeyForm

    def form_valid(self, form: Any) -> HttpResponse:
        passkey = form.cleaned_data["credential"]
        login = Login(user=passkey.user, redirect_url=get_next_redirect_url(self.request))
        return perform_passwordless_login(self.request, passkey, login)

    def form_invalid(self, form: Form) -> HttpResponse:
        for words in form.errors.get("credential", []):
            messages.error(self.request, str(words))
        return redirect("sign-in")

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """A password that was typed before does not keep anybody from the passkey."""


class SignOut(LogoutView):
    """Of whoever came by the OpenID provider, there too, so that it asks the next one at this browser."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.way_out = single_sign_on.way_out(request)
        return super().post(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.way_out or super().get_success_url()


# Who stops all sending has to come in first.
sign_in = room.at_any_cost(SignIn.as_view())
second_step = room.at_any_cost(SecondStep.as_view())
sign_in_by_passkey = room.at_any_cost(SignInByPasskey.as_view())
sign_out = SignOut.as_view()
