"""A mail to one person: it goes, or the log says why not. Nothing goes where no EMAIL_URL is set."""

from __future__ import annotations

import logging
from contextlib import suppress
from enum import Enum
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage, get_connection

from lib.words import clean

log = logging.getLogger(__name__)


class Handed(Enum):
    """What became of a mail. Of one that is UNKNOWN the connection broke while the server had it."""

    TAKEN = 1
    NOT_TAKEN = 2
    UNKNOWN = 3


def mail(subject: str, body: str, address: str) -> bool:
    """Whether the server took it."""
    return hand_over(subject, body, address) == Handed.TAKEN


def hand_over(subject: str, body: str, address: str) -> Handed:
    """Whether the server took it, for who must not mail it twice."""
    if not settings.EMAIL_URL:
        return Handed.NOT_TAKEN
    connection = get_connection()
    # A name from before names were cleaned may have more lines, which no subject may.
    message = EmailMessage(clean(subject), body, settings.EMAIL_FROM, [address], connection=connection)
    reached = False
    try:
        connection.open()
        reached = True
        return Handed.TAKEN if message.send() else Handed.NOT_TAKEN
    except (SMTPResponseException, SMTPRecipientsRefused, BadHeaderError):
        log.exception("A mail could not be sent.")
        return Handed.NOT_TAKEN
    except (SMTPException, OSError):
        log.exception("A mail could not be sent.")
        return Handed.UNKNOWN if reached else Handed.NOT_TAKEN
    finally:
        # What the server says to a goodbye changes nothing of what it took.
        with suppress(SMTPException, OSError):
            connection.close()
