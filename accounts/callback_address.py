"""Where a key is told what becomes of its texts, and the secrets that what is posted there is signed with."""

from __future__ import annotations

import logging
import secrets as random
from typing import NewType

from django.conf import settings
from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.secrets import CALLBACKS, KeptUnderAnotherKey, opened, sealed
from lib.public_hosts import check_url

log = logging.getLogger(__name__)

PREFIX = "qsms_callback_"
LOOK_UP_SECONDS = 3.0

CheckedAddress = NewType("CheckedAddress", str)


class TwoSecrets(Exception):
    """The key has two secrets already: have the old one retired first. Nothing was changed."""


def checked_address(url: str) -> CheckedAddress:
    """An address as somebody gives it, empty for none; its name is looked up, so not in a transaction. NotCallable."""
    url = url.strip()
    if url:
        check_url(url, settings.CALLBACK_PRIVATE_HOSTS, LOOK_UP_SECONDS)
    return CheckedAddress(url)


def set_callback(key: ApiKey, url: CheckedAddress, *, sent: bool, user: User | None = None) -> str:
    """Have what becomes of the key's texts posted to `url`, no more where it is empty; `sent`: also that one was sent.

    Returns the secret where it has just been made, to be shown once, else "".
    """
    with transaction.atomic():
        locked = _locked(key)
        before, was_sent = locked.callback_url, locked.callback_sent
        locked.callback_url, locked.callback_sent = url, sent
        made = _renew(locked) if url and not locked.callback_secret else ""
        locked.save(update_fields=["callback_url", "callback_sent", "callback_secret", "callback_old_secret"])
        if (before, was_sent) != (url, sent):
            record("callback address changed", f"key {key.pk}", user=user, before=before, after=url, sent=sent)
    _take_over(key, locked)
    return made


def make_secret(key: ApiKey, *, user: User) -> str:
    """A new secret, to be shown once; the one before signs too until it is retired. Raises TwoSecrets."""
    with transaction.atomic():
        locked = _locked(key)
        if locked.callback_old_secret:
            raise TwoSecrets("This key has two secrets already: retire the old one first.")
        made = _renew(locked)
        locked.save(update_fields=["callback_secret", "callback_old_secret"])
        record("callback secret made", f"key {key.pk}", user=user)
    _take_over(key, locked)
    return made


def retire_old_secret(key: ApiKey, *, user: User) -> bool:
    """From now on only the newer secret signs; False where there was no older one."""
    with transaction.atomic():
        locked = _locked(key)
        had = bool(locked.callback_old_secret)
        locked.callback_old_secret = ""
        locked.save(update_fields=["callback_old_secret"])
        if had:
            record("callback secret retired", f"key {key.pk}", user=user)
    _take_over(key, locked)
    return had


def signing_secrets(key: ApiKey) -> list[str]:
    """The newer first. Of what was kept under another SECRET_KEY none is left: see `accounts.secrets`."""
    found = []
    for kept in (key.callback_secret, key.callback_old_secret):
        if kept:
            try:
                found.append(opened(kept, CALLBACKS))
            except KeptUnderAnotherKey:
                log.error("A callback's secret was kept under another SECRET_KEY.", extra={"key": key.pk})
    return found


def _renew(key: ApiKey) -> str:
    made = PREFIX + random.token_urlsafe(32)
    # What cannot be opened any more signs nothing: it is no secret to be kept beside the new one.
    key.callback_old_secret = key.callback_secret if signing_secrets(key) else ""
    key.callback_secret = sealed(made, CALLBACKS)
    return made


def _locked(key: ApiKey) -> ApiKey:
    return ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)


def _take_over(key: ApiKey, locked: ApiKey) -> None:
    for name in ("callback_url", "callback_sent", "callback_secret", "callback_old_secret"):
        setattr(key, name, getattr(locked, name))
