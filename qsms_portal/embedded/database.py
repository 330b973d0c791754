"""The embedded PostgreSQL: nothing of it is turned down for speed, nobody but this data folder's owner reaches it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import pq, sql

from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import DATABASE, ROLE, make_private, password
from qsms_portal.embedded.programs import postgresql_programs
from qsms_portal.embedded.server import CLEAN_ENVIRONMENT, Server, works_in

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    # Parallel queries share memory here; a container's /dev/shm is often 64 MB.
    "dynamic_shared_memory_type": "sysv" if sys.platform.startswith("linux") else "posix",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


class PostgreSQL(Server):
    label = "PostgreSQL"
    name = "postgresql"

    @property
    def socket(self) -> Path:
        return self.places.sockets / ".s.PGSQL.5432"

    def answers(self) -> bool:
        # A full house is an answer; starting up, recovering and shutting down are not. No password is needed to ask.
        where = f"host='{_quoted(self.places.sockets)}' dbname=postgres user={ROLE} connect_timeout=5"
        return pq.PGconn.ping(where.encode()) == pq.Ping.OK

    def prepare(self) -> None:
        if not self.folder.exists():
            self._make_cluster()
        self._check_version()
        self._clear_stale_pid()

    def command(self) -> list[str]:
        program = postgresql_programs(self.places.account) / "postgres"
        settings = SETTINGS | {"unix_socket_directories": _listed(self.places.sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(program), "-D", str(self.folder), *options]

    def settle(self) -> None:
        """Make the database on the first start. Any later one finds it, also where the first was cut off before."""
        with self._connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def ask_to_stop(self) -> None:
        """The fast way: sessions end, what was committed is on disk."""
        pid = self._recorded_pid()
        if pid is not None and works_in(pid, self.folder):
            os.kill(pid, signal.SIGINT)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        try:
            return psycopg.connect(
                host=str(self.places.sockets),
                user=ROLE,
                password=password(self.places.data_dir),
                dbname="postgres",
                connect_timeout=10,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise EmbeddedServersError(f"PostgreSQL runs, but does not let us in: {error}") from error

    def _make_cluster(self) -> None:
        """Made aside and renamed, so that an initdb that was cut off is never taken for a database."""
        account, aside = self.places.account, self.places.base / "postgresql.new"
        if aside.exists():
            shutil.rmtree(aside)
        make_private(aside, account)
        word = self.places.base / "postgresql.password"
        word.unlink(missing_ok=True)
        with os.fdopen(os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password(self.places.data_dir))
        if os.geteuid() == 0:
            os.chown(word, account.uid, account.gid)
        try:
            self._run_initdb(aside, word)
        finally:
            word.unlink(missing_ok=True)
        aside.rename(self.folder)

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        account = self.places.account
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        done = subprocess.run(  # noqa: S603
            [
                str(postgresql_programs(account) / "initdb"),
                *("-D", str(folder), "-U", ROLE, "-A", "scram-sha-256", f"--pwfile={password_file}"),
                *("-E", "UTF8", f"--locale={locale}", "--no-instructions"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=CLEAN_ENVIRONMENT,
            check=False,
            **account.popen_options(),
        )
        if done.returncode:
            raise EmbeddedServersError(
                f"PostgreSQL's data could not be made as user {account.name}. Set DATABASE_URL to use another "
                f"PostgreSQL. It says:\n{done.stderr.strip()}"
            )

    def _check_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        program = postgresql_programs(self.places.account) / "postgres"
        shown = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
        installed = shown.stdout.split()[2].split(".")[0]
        if installed != made_by:
            raise EmbeddedServersError(
                f"The data in {self.folder} was made by PostgreSQL {made_by}, and {installed} is installed, which "
                f"cannot read it. Install the version of requirements.txt that made it, take a backup, move that "
                f"folder away, and restore the backup with the new version."
            )

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _clear_stale_pid(self) -> None:
        """After a crash PostgreSQL would not start while a number that it recorded is some process's.

        That may be another program by now, or a dead one that nobody collects, as in a container without an init. It is
        called when none of ours runs. The number becomes ours, which PostgreSQL knows for its parent's and so for no
        server's; the rest of the file stays, and with it its own check for processes that still use the data.
        """
        # The sockets' folder is this server's alone: what lies there is what the last one left.
        self.socket.with_name(f"{self.socket.name}.lock").unlink(missing_ok=True)
        recorded, pid = self.folder / "postmaster.pid", self._recorded_pid()
        if pid is None or works_in(pid, self.folder):
            return
        rest = recorded.read_text().split("\n", 1)[1]
        recorded.write_text(f"{os.getpid()}\n{rest}")


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "\\'")


def _listed(path: Path) -> str:
    """A path as one entry of a comma-separated list of PostgreSQL's settings."""
    return '"' + str(path).replace('"', '""') + '"'
