"""A real PostgreSQL and a real Valkey under the data folder, for whoever has none of their own.

`addresses` says where they are and starts nothing; `ensure` starts them on first need and counts this process among
their users. The last user to leave stops them.
"""

from __future__ import annotations

from qsms_portal.embedded.places import Addresses, EmbeddedServersError, addresses
from qsms_portal.embedded.sharing import ensure, join, leave

__all__ = ["Addresses", "EmbeddedServersError", "addresses", "ensure", "ensure_redis", "join", "leave"]


def ensure_redis() -> None:
    """Start the embedded Valkey where REDIS_URL is not set; where it is set, do nothing. Cheap once it runs."""
    # Settings call `addresses` while they are being imported, so this module cannot need them.
    from django.conf import settings  # noqa: PLC0415

    if settings.EMBEDDED_REDIS:
        ensure(settings.DATA_DIR, redis=True)
