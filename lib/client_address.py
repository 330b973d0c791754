"""From which address a request came, where proxies of ours stand in between."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest

# What proxies add to a request that they hand on.
FORWARDING = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via")


def client_address(request: HttpRequest) -> str:
    """The last address that is no trusted proxy's; X-Forwarded-For counts only from those."""
    hops = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    address: str = request.META.get("REMOTE_ADDR", "")
    while hops and _is_in(address, settings.TRUSTED_PROXIES):
        address = hops.pop()
    return address


def is_listed(request: HttpRequest, networks: Sequence[str]) -> bool:
    """Whether it surely came from one of `networks`.

    What somebody hands on who is no trusted proxy came from nobody knows where: a proxy on this computer that
    TRUSTED_PROXIES lacks would make everybody loopback.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if any(name in request.headers for name in FORWARDING) and not _is_in(peer, settings.TRUSTED_PROXIES):
        return False
    return _is_in(client_address(request), networks)


def _is_in(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
        return any(found in ipaddress.ip_network(one.strip(), strict=False) for one in networks)
    except ValueError:
        return False
