"""Addresses below one's profile. The library leads to one of them by its own name."""

from __future__ import annotations

from django.urls import path

from accounts.own_sign_in import factors, sessions

urlpatterns = [
    path("profile/second-factor", factors.second_factors, name="mfa_index"),
    path("profile/second-factor/app", factors.app_add, name="app-add"),
    path("profile/second-factor/passkey", factors.passkey_add, name="passkey-add"),
    path("profile/second-factor/<int:pk>/remove", factors.factor_remove, name="factor-remove"),
    path("profile/second-factor/codes", factors.recovery_codes, name="recovery-codes"),
    path("profile/second-factor/codes/file", factors.recovery_codes_file, name="recovery-codes-file"),
    path("profile/second-factor/codes/renew", factors.recovery_codes_renew, name="recovery-codes-renew"),
    path("profile/sessions", sessions.own_sessions, name="own-sessions"),
    path("profile/sessions/end", sessions.other_sessions_end, name="other-sessions-end"),
    path("profile/sessions/<int:pk>/end", sessions.own_session_end, name="own-session-end"),
]
