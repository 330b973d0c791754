"""From which address a request came, where proxies of ours stand in between."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The last address that is no trusted proxy's; X-Forwarded-For counts only from those."""
    hops = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    address: str = request.META.get("REMOTE_ADDR", "")
    while hops and _is_trusted(address):
        address = hops.pop()
    return address


def _is_trusted(address: str) -> bool:
    try:
        return any(
            ipaddress.ip_address(address) in ipaddress.ip_network(one.strip(), strict=False)
            for one in settings.TRUSTED_PROXIES
        )
    except ValueError:
        return False
