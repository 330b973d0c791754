"""The administrator of the first start, and the file that keeps the first password until it is changed."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from accounts.models import User

NAME = "admin"


@dataclass(frozen=True)
class FirstSignIn:
    """How to sign in: `password` where it has just been made, `file` while it holds the password that is in use."""

    password: str | None
    file: Path | None

    @property
    def is_first_start(self) -> bool:
        return self.password is not None

    def __str__(self) -> str:
        if self.password:
            return f"Sign in as {NAME} with the password {self.password} (kept in {self.file} until you change it)"
        if self.file:
            return f"Sign in as {NAME}; the password is in {self.file}"
        return "Sign in with your own name and password"


def first_sign_in(data_dir: Path) -> FirstSignIn:
    """Make the administrator where nobody is known yet; drop the kept password once it is no longer the one in use."""
    file = data_dir / "first-sign-in.txt"
    if not User.objects.exists():
        password = secrets.token_urlsafe(12)
        # Kept before the person is made: a start that is cut off between the two begins again.
        _write_private(file, f"{NAME}\n{password}\n")
        User.objects.create_superuser(username=NAME, email="", password=password)
        return FirstSignIn(password, file)
    if not file.exists():
        return FirstSignIn(None, None)
    administrator = User.objects.filter(username=NAME, is_active=True).first()
    if administrator is not None and administrator.check_password(file.read_text().split("\n")[1]):
        return FirstSignIn(None, file)
    file.unlink()
    return FirstSignIn(None, None)


def _write_private(file: Path, text: str) -> None:
    aside = file.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    aside.replace(file)
