"""Where passkeys can be: browsers make them for a host name, over https or on this computer."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.request import split_domain_port
from fido2.rpid import verify_rp_id


def are_possible(request: HttpRequest) -> bool:
    """Whether under the address that the page was opened at. 127.0.0.1 is no name; http://localhost is taken."""
    host, _ = split_domain_port(request.get_host())
    is_name = not host.startswith("[") and not host.replace(".", "").isdigit()
    return is_name and verify_rp_id(host, f"{request.scheme}://{request.get_host()}")
