"""The gateway that the settings name."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from campaigns.gateway.client import Gateway

NO_GATEWAY = "No gateway is set: give QSMS_BASE_URL and QSMS_API_KEY, then resume."


def gateway_from_settings() -> Gateway | None:
    """The gateway as the environment names it; None where it names none. A process has one, with its connections."""
    if not settings.QSMS_BASE_URL or not settings.QSMS_API_KEY:
        return None
    return _gateway(
        settings.QSMS_BASE_URL,
        settings.QSMS_ACCOUNT_URL,
        settings.QSMS_API_KEY,
        settings.QSMS_SERVICE_ID,
        settings.QSMS_CONNECT_TIMEOUT,
        settings.QSMS_READ_TIMEOUT,
        settings.QSMS_POSTS_AT_ONCE,
    )


@lru_cache(maxsize=1)
def _gateway(
    base_url: str, account_url: str, key: str, service_id: str, connect: float, read: float, posts: int
) -> Gateway:
    return Gateway(
        base_url,
        account_url,
        key,
        service_id,
        connect_timeout=connect,
        read_timeout=read,
        posts_at_once=posts,
    )
