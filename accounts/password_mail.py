"""The mail with a link to a new password."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.known_by import with_email
from accounts.models import User

log = logging.getLogger(__name__)


def people_with(address: str) -> list[int]:
    """Those who may be mailed a link to it."""
    return [one.pk for one in with_email(address).filter(is_active=True) if one.has_usable_password()]


def mail_link(*people: int) -> int:
    """Mail them a link; returns how many mails went out.

    Where more than one has the address no link goes: whoever reads its mail would choose whose account to take.
    """
    found = list(User.objects.filter(pk__in=people, is_active=True).exclude(email=""))
    if not found:
        return 0
    address = ""
    if len(found) == 1:
        token = default_token_generator.make_token(found[0])
        address = reverse("reset-confirm", args=[urlsafe_base64_encode(force_bytes(found[0].pk)), token])
    context = {"person": found[0], "address": f"{settings.PUBLIC_URL}{address}" if address else "", "count": len(found)}
    body = render_to_string("accounts/reset_mail.txt", context)
    try:
        return send_mail("Your password", body, settings.EMAIL_FROM, [found[0].email])
    except (SMTPException, OSError):
        # Without its traceback, which may hold the address.
        log.error("A mail with a link to a new password could not be sent.")
        return 0
