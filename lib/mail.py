"""A mail to one person: it goes, or the log says why not. Nothing goes where no EMAIL_URL is set."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import BadHeaderError, send_mail

from lib.words import clean

log = logging.getLogger(__name__)


def mail(subject: str, body: str, address: str) -> bool:
    """Whether the server took it."""
    if not settings.EMAIL_URL:
        return False
    try:
        # A name from before names were cleaned may have more lines, which no subject may.
        return bool(send_mail(clean(subject), body, settings.EMAIL_FROM, [address]))
    except (SMTPException, BadHeaderError, OSError):
        log.exception("A mail could not be sent.")
        return False
