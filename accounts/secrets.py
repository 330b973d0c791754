"""Secrets that have to be had again, kept so that who has the database and not SECRET_KEY has none of them."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

SECOND_FACTORS = "accounts.sign_in.SecondFactors"
CALLBACKS = "accounts.callback_address"


class KeptUnderAnotherKey(Exception):
    """SECRET_KEY is another one than when this was kept: it is lost. Have a new secret made."""


def sealed(text: str, purpose: str) -> str:
    """`text`, encrypted; `purpose` is one of the above, so that no secret can be taken for one of another kind."""
    return _box(purpose).encrypt(text.encode()).decode()


def opened(kept: str, purpose: str) -> str:
    """What was `sealed`. Raises KeptUnderAnotherKey."""
    try:
        return _box(purpose).decrypt(kept.encode()).decode()
    except InvalidToken:
        raise KeptUnderAnotherKey from None


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [salted_hmac(purpose, "", key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in derived])
