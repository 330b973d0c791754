"""Which account of the machine the embedded servers run as. PostgreSQL refuses to run as root, rightly."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qsms_portal.embedded.errors import EmbeddedServersError

SERVICE_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An account of the machine. `is_service`: root runs the servers as one that does not own the data folder."""

    name: str
    uid: int
    gid: int
    is_service: bool = False

    def can_enter(self, folder: Path) -> bool:
        """Whether the mode bits let this account through to `folder`; nothing is changed to make it so."""
        return all(self._may_pass(path.stat()) for path in (folder, *folder.parents))

    def can_read(self, file: Path) -> bool:
        return self.can_enter(file.parent) and self._allowed(file.stat(), 0o4)

    def popen_options(self) -> dict[str, Any]:
        """What a started program needs to run as this account, in a session of its own so that no Ctrl-C reaches it."""
        options: dict[str, Any] = {"cwd": "/", "umask": 0o077, "start_new_session": True}
        if os.geteuid() == 0:
            options.update(user=self.uid, group=self.gid, extra_groups=[])
        return options

    def _may_pass(self, found: os.stat_result) -> bool:
        return self._allowed(found, 0o1)

    def _allowed(self, found: os.stat_result, bit: int) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & bit << 6)
        if found.st_gid == self.gid:
            return bool(found.st_mode & bit << 3)
        return bool(found.st_mode & bit)


def owner_of(data_dir: Path) -> int:
    return data_dir.stat().st_uid if data_dir.exists() else os.geteuid()


def account_for(data_dir: Path) -> Account:
    """The owner of the data folder; where that is root, the first of `SERVICE_ACCOUNTS` that there is."""
    owner = owner_of(data_dir)
    if os.geteuid() not in (0, owner):
        raise EmbeddedServersError(
            f"The data folder {data_dir} belongs to another user. Run this as its owner, or set PORTAL_DATA_DIR."
        )
    known = _by_uid(owner)
    if owner != 0:
        if known is None and os.geteuid() != 0:
            # initdb looks its user's name up and gives up where there is none; containers are run so.
            return Account(str(owner), owner, os.getegid())
        if known is not None:
            return known
    return _service_account()


def _by_uid(uid: int) -> Account | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _service_account() -> Account:
    for name in SERVICE_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_service=True)
    raise EmbeddedServersError(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody` to run it as: "
        "make one, start the portal as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )
