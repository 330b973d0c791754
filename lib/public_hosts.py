"""Which addresses the portal may be told to call: public ones, and those that whoever runs it has listed.

Whoever may give an address could otherwise have the portal ask what stands behind its firewall. Names are looked up
here, and the caller connects to the very address that was looked at: a name may mean another one a moment later.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

LONGEST_URL = 500
PORTS = {"http": 80, "https": 443}
# What may stand in a path or a question as it is; the rest is written in percents.
AS_IT_IS = "/%:=&?~!$,;'()*+@-._"
IN_NO_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotCallable(ValueError):
    """This address is not called; its words say why. Have another one given, or list it."""


class NotFound(Exception):
    """The name means no address now, or nobody says so in time; it may later."""


@dataclass(frozen=True, slots=True)
class CallTarget:
    """An address to call: `host` as certificates and resolvers have it, `path` with its question."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> CallTarget:
    """The parts of a whole http or https address. Raises NotCallable."""
    if len(url) > LONGEST_URL:
        raise NotCallable(f"The address is longer than {LONGEST_URL} characters.")
    if IN_NO_URL.search(url):
        raise NotCallable("The address holds a blank or another sign that no address can have.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        name = host if ":" in host else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise NotCallable("That is no address. Write one such as https://shop.example.com/sms.") from None
    if parts.scheme not in PORTS or not name or port == 0:
        raise NotCallable("Write the whole address, with https:// or http:// and the host.")
    if "@" in parts.netloc:
        raise NotCallable("Leave name and password out of the address: what is posted is signed.")
    if parts.fragment or url.endswith("#"):
        raise NotCallable("Leave out what begins with #: it is never sent.")
    question = f"?{parts.query}" if parts.query else ""
    path = quote((parts.path or "/") + question, safe=AS_IT_IS)
    return CallTarget(parts.scheme, name, port or PORTS[parts.scheme], path)


def check_url(url: str, listed: Sequence[str], seconds: float) -> None:
    """Refuse an address as it is given: one that cannot be called, or leads where it may not now. Raises NotCallable.

    A name that means nothing now is let pass: it is looked at with each call.
    """
    target = read_target(url)
    try:
        addresses_of(target, listed, seconds)
    except NotFound:
        return


def addresses_of(target: CallTarget, listed: Sequence[str], seconds: float) -> list[str]:
    """The addresses to connect to, each of which may be called. Raises NotCallable where any may not; NotFound."""
    found = _looked_up(target, seconds)
    if not found:
        raise NotFound(f"No address is known of “{target.host}”.")
    if target.host.rstrip(".").casefold() in {one.strip().casefold() for one in listed}:
        return found
    for one in found:
        if not may_be_called(one, listed):
            raise NotCallable(
                f"“{target.host}” leads to {one}, which is no public address. Whoever runs the portal may list it in "
                f"CALLBACK_PRIVATE_HOSTS."
            )
    return found


def may_be_called(address: str, listed: Sequence[str] = ()) -> bool:
    """Whether this address is public, or in one of the networks of `listed`."""
    plain = _within(ipaddress.ip_address(address.partition("%")[0]))
    return any(plain in network for network in _networks(listed)) or is_public(plain)


def is_public(address: Address) -> bool:
    """Whether anybody in the Internet reaches it, and no more than one; of 6to4 what is written in it counts."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour is not None and not is_public(address.sixtofour):
            return False
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_private
    )


def _within(address: Address) -> Address:
    """An IPv4 address that is written as an IPv6 one is that address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _networks(listed: Sequence[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for one in listed:
        try:
            networks.append(ipaddress.ip_network(one.strip(), strict=False))
        except ValueError:
            continue  # a host's name
    return networks


def _looked_up(target: CallTarget, seconds: float) -> list[str]:
    """Asked in a thread of its own: a resolver that hangs cannot be told when to give up."""
    answer: list[list[str]] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answer.append([])
        else:
            answer.append(list(dict.fromkeys(str(one[4][0]) for one in found)))

    asking = threading.Thread(target=ask, name="look-up", daemon=True)
    asking.start()
    asking.join(seconds)
    if not answer:
        raise NotFound(f"Nobody said in time which address “{target.host}” has.")
    return answer[0]
