"""Addresses of signing in. Of django-allauth's views those are here that the portal wants, and no others.

The library leads to some of them by its own names.
"""

from __future__ import annotations

from django.urls import path

from accounts.sign_in import again, link, reset, views
from accounts.single_sign_on import views as single_sign_on

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in", views.sign_in, name="account_login"),
    path("sign-in/code", views.second_step, name="mfa_authenticate"),
    path("sign-in/passkey", views.sign_in_by_passkey, name="sign-in-passkey"),
    path("sign-in/oidc", single_sign_on.begin_single_sign_on, name="oidc"),
    path("sign-in/oidc/callback", single_sign_on.end_single_sign_on, name="oidc-callback"),
    path("sign-in/again", again.sign_in_again, name="sign-in-again"),
    path("sign-in/reset", reset.reset, name="reset"),
    path("sign-in/reset/asked", reset.reset_asked, name="reset-asked"),
    path("sign-in/reset/<uidb64>/<token>", reset.NewPassword.as_view(), name="reset-confirm"),
    path("sign-in/link/<token>", link.sign_in_by_link, name="sign-in-link"),
    path("sign-out", views.sign_out, name="sign-out"),
]
