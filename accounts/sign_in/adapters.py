"""What django-allauth asks of the portal: where somebody comes from, which steps there are, how secrets are kept."""

from __future__ import annotations

import base64
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import secrets
from accounts.attempts import UNKNOWN_ADDRESS, address
from accounts.models import User

log = logging.getLogger(__name__)


class Accounts(DefaultAccountAdapter):
    def is_reauthentication_required(self, **_of: Any) -> bool:
        """Our pages ask for it themselves: `accounts.permissions.freshly_signed_in`."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address(request) or UNKNOWN_ADDRESS

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def add_message(
        self, request: HttpRequest, level: int, *_template: Any, message: str = "", **_context: Any
    ) -> None:
        """Its own words, from its own templates, are left out: the pages say theirs."""
        if message:
            messages.add_message(request, level, message)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:  # noqa: ARG002 - its name
        messages.error(request, "This account is not active any more. Ask an administrator.")
        return redirect("sign-in")


class SecondFactors(DefaultMFAAdapter):
    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.get_username(), "display_name": user.called}

    def _get_site_name(self) -> str:
        return "QSMS Portal"

    def encrypt(self, text: str) -> str:
        return secrets.sealed(text, secrets.SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return secrets.opened(encrypted_text, secrets.SECOND_FACTORS)
        except secrets.KeptUnderAnotherKey:
            # An empty secret's codes could be reckoned by everybody.
            log.error("A second factor was kept under another SECRET_KEY. Its codes will not be taken.")
            return base64.b32encode(Fernet.generate_key()).decode()
