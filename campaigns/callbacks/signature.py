"""How a receiver knows that it was us: a code over the time and the body, by a secret that both have."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "QSMS-Signature"


def signature_of(body: bytes, secrets: Sequence[str], at: int) -> str:
    """`t=<unix time>,v1=<hex>`, with a `v1` for each secret while there are two; `at` in seconds.

    Each is HMAC-SHA256 over the time, a dot and the body as it is posted.
    """
    signed = f"{at}.".encode() + body
    codes = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={code}" for code in codes)])
