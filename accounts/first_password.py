"""The first password stands in a file until it is changed; afterwards the file would only mislead."""

from __future__ import annotations

from django.conf import settings

ADMINISTRATOR = "admin"


def forget(username: str) -> None:
    if username == ADMINISTRATOR:
        (settings.DATA_DIR / "first-sign-in.txt").unlink(missing_ok=True)
