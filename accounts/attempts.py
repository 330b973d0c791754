"""Failed sign-ins: counted by person and address together, and with more patience by the address alone.

Never by the person alone, or whoever knows a user name could shut its owner out.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest

from lib.client_address import client_address

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing is bound to it
# An office behind one address mistypes more often than one person does.
MOST_BY_ADDRESS = 60


class Attempts(AxesDatabaseHandler):
    """As AXES_LOCKOUT_PARAMETERS lists them: first by person and address, then by address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """How many failures of AXES_FAILURE_LIMIT there were; those of an address weigh less."""
        together, by_address = (
            attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(together, by_address * settings.AXES_FAILURE_LIMIT // MOST_BY_ADDRESS)


def address(request: HttpRequest) -> str | None:
    """Where a request came from, as behind trusted proxies; None where that is no address."""
    found = client_address(request).partition("%")[0]
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return None
