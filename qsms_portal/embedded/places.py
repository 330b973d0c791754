"""Where the embedded servers are: their addresses, sockets and folders, the same in every process of a data folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qsms_portal import kept
from qsms_portal.embedded.account import Account, account_for, owner_of
from qsms_portal.embedded.errors import EmbeddedServersError

__all__ = [
    "Addresses",
    "EmbeddedServersError",
    "Places",
    "addresses",
    "hand_over",
    "make_passable",
    "make_private",
    "places",
]

ROLE = "qsms_portal"
DATABASE = "qsms_portal"
# A socket's whole path has to fit in sun_path: 107 bytes on Linux, 103 on macOS.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")
RECORD = "embedded-place"
# The two servers, as their folders are called, and what lies beside the database's.
POSTGRESQL = "postgresql"
VALKEY = "valkey"
BALLAST = "ballast"


@dataclass(frozen=True)
class Addresses:
    """How to reach the embedded servers. `database_url` is libpq's form, `broker_url` Celery's name for `redis_url`."""

    database_url: str
    redis_url: str
    broker_url: str


@dataclass(frozen=True)
class Places:
    """Where the servers of one data folder keep their files, and the account that they run as."""

    data_dir: Path
    account: Account
    sockets: Path
    base: Path

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"


def addresses(data_dir: Path) -> Addresses:
    """The addresses of this data folder's servers, whether or not they run. Starts nothing.

    The database's password is made on first need; with it the data folder, if there is none yet.
    """
    word = password(data_dir)
    sockets = _sockets(data_dir, account_for(data_dir))
    valkey = quote(str(sockets / "valkey.sock"))
    return Addresses(
        database_url=f"postgres://{ROLE}:{quote(word, safe='')}@/{DATABASE}?host={quote(str(sockets))}",
        redis_url=f"unix://{valkey}?db=0",
        broker_url=f"redis+socket://{valkey}?virtual_host=0",
    )


def password(data_dir: Path) -> str:
    """The database's password, readable by the owner of the data folder only."""
    try:
        word = kept.secret(data_dir, "database-password")
    except PermissionError as error:
        raise EmbeddedServersError(
            f"The data folder {data_dir} is not yours to use: {error}. Run this as its owner, or set PORTAL_DATA_DIR."
        ) from error
    hand_over(data_dir / "database-password", data_dir)
    return word


def places(data_dir: Path) -> Places:
    """Where this data folder's servers keep their files; decided once and recorded beside them."""
    account = account_for(data_dir)
    record = data_dir / RECORD
    if record.exists():
        base = Path(record.read_text().strip())
    else:
        base = _choose_base(data_dir, account)
        record.write_text(f"{base}\n")
        hand_over(record, data_dir)
    return Places(data_dir, account, _sockets(data_dir, account), base)


def make_private(folder: Path, account: Account) -> None:
    """Make `folder` for `account` alone, or see that it is so already. What others made is never changed."""
    make_passable(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if found.st_uid == 0 and os.geteuid() == 0 and account.uid != 0 and not any(folder.iterdir()):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise EmbeddedServersError(
            f"{folder} should be a folder for {account.name} alone, but it is not: somebody else made it or opened it. "
            f"Remove it and start again."
        )


def make_passable(folder: Path) -> None:
    """Make `folder` and its parents where there are none, so that others may pass whatever our umask is."""
    if not folder.exists():
        make_passable(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o755)


def hand_over(path: Path, data_dir: Path) -> None:
    """Give a file that root made in somebody's data folder to that folder's owner, who would be locked out else."""
    if os.geteuid() == 0 and path.stat().st_uid != owner_of(data_dir):
        os.chown(path, owner_of(data_dir), -1)


def _sockets(data_dir: Path, account: Account) -> Path:
    if account.is_service:
        runtime = Path("/run") if Path("/run").is_dir() else Path("/var/run")
        return runtime / "qsms-portal" / _mark(data_dir)
    inside = data_dir / "sockets"
    if len(os.fsencode(inside)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH:
        return inside
    # The folder is 0700 and its owner is checked, so that /tmp being everybody's does no harm.
    return Path(f"/tmp/qsms-portal-{account.uid}-{_mark(data_dir)}")  # noqa: S108


def _choose_base(data_dir: Path, account: Account) -> Path:
    if account.can_enter(data_dir):
        return data_dir / "embedded"
    base = Path("/var/lib/qsms-portal") / _mark(data_dir)
    sys.stderr.write(
        f"PostgreSQL does not run as root, and {account.name}, who runs it, may not enter {data_dir}: "
        f"its data is kept in {base}.\n"
    )
    return base


def _mark(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
