"""A sample for a key's address, so that whoever builds a receiver need not wait for a text."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from accounts.callback_address import signing_secrets
from accounts.models import ApiKey
from campaigns.callbacks.calling import CallbackAnswer, CallbackLine
from campaigns.callbacks.payload import sample_body
from campaigns.callbacks.posting import headers_of


class NoAddress(Exception):
    """The key has no address: have one set. Nothing was posted."""


def post_sample(key: ApiKey) -> CallbackAnswer:
    """Post the report of a text that there is not, in five seconds; not to be called in a transaction. NoAddress."""
    if not key.wants_callbacks:
        raise NoAddress("No address is set for this key.")
    now = timezone.now()
    body = sample_body(now)
    line = CallbackLine(key.callback_url, settings.CALLBACK_PRIVATE_HOSTS)
    try:
        return line.post(body, headers_of(body, signing_secrets(key), now, event="test", number=0))
    finally:
        line.close()
