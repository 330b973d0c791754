"""One folder of PostgreSQL's data: made by initdb, of one version, with the number of the server that works in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import ROLE, Places, make_private, password
from qsms_portal.embedded.server import CLEAN_ENVIRONMENT, works_in

PORT = 5432
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
    # Errors go to whoever made them. What they quote (a statement, a row's key) may be a person's number or a text.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True)
class Cluster:
    """A data folder, and the port whose socket its server answers at: nothing ever listens on the network."""

    places: Places
    folder: Path
    port: int = PORT

    @property
    def socket(self) -> Path:
        return self.places.sockets / f".s.PGSQL.{self.port}"

    def make(self, programs: Path, lock: int, *options: str) -> None:
        """Have initdb make it where nothing lies. Raises EmbeddedServersError with its words.

        `lock`: the descriptor of a lock, which initdb holds as long as it lives, also where it outlives us.
        """
        account = self.places.account
        make_private(self.folder, account)
        word = self.places.base / "postgresql.password"
        word.unlink(missing_ok=True)
        with os.fdopen(os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password(self.places.data_dir))
        if os.geteuid() == 0:
            os.chown(word, account.uid, account.gid)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        try:
            done = self.run(
                programs / "initdb",
                *("-D", str(self.folder), "-U", ROLE, "-A", "scram-sha-256", f"--pwfile={word}"),
                *("-E", "UTF8", f"--locale={locale}", "--no-instructions", "--data-checksums", *options),
                lock=lock,
            )
        finally:
            word.unlink(missing_ok=True)
        if done.returncode:
            raise EmbeddedServersError(
                f"PostgreSQL's data could not be made as user {account.name}. Set DATABASE_URL to use another "
                f"PostgreSQL. It says:\n{done.stderr.strip()}"
            )

    def made_by(self) -> int:
        """The major version of PostgreSQL that made it."""
        return int((self.folder / "PG_VERSION").read_text().strip().split(".")[0])

    def command(self, programs: Path, **settings: str) -> list[str]:
        """The server's program and its arguments; `settings` stand over those that every server of ours has."""
        given = SETTINGS | {"unix_socket_directories": _listed(self.places.sockets), "port": str(self.port)} | settings
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        return [str(programs / "postgres"), "-D", str(self.folder), *options]

    def answers(self) -> bool:
        # A full house is an answer; starting up, recovering and shutting down are not. No password is needed to ask.
        where = f"host='{_quoted(self.places.sockets)}' port={self.port} dbname=postgres user={ROLE} connect_timeout=5"
        return pq.PGconn.ping(where.encode()) == pq.Ping.OK

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(
                host=str(self.places.sockets),
                port=self.port,
                user=ROLE,
                password=password(self.places.data_dir),
                dbname=database,
                connect_timeout=10,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise EmbeddedServersError(f"PostgreSQL runs, but does not let us in: {error}") from error

    def environment(self) -> dict[str, str]:
        """What a program of PostgreSQL needs to reach its server."""
        where = {"PGHOST": str(self.places.sockets), "PGPORT": str(self.port), "PGUSER": ROLE}
        return CLEAN_ENVIRONMENT | where | {"PGPASSWORD": password(self.places.data_dir)}

    def run(self, program: Path, *words: str, lock: int) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL to its end as the account of the data, holding that lock."""
        return subprocess.run(  # noqa: S603
            [str(program), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=CLEAN_ENVIRONMENT,
            check=False,
            pass_fds=(lock,),
            **self.places.account.popen_options(),
        )

    def server(self) -> int | None:
        """The number of the process that works in it, as it was written down; None where none does."""
        pid = self._recorded_pid()
        return pid if pid is not None and works_in(pid, self.folder) else None

    def ask_to_stop(self) -> None:
        """The fast way: sessions end, what was committed is on disk."""
        pid = self.server()
        if pid is not None:
            os.kill(pid, signal.SIGINT)

    def clear_stale_pid(self) -> None:
        """After a crash PostgreSQL would not start while a number that it recorded is some process's.

        That may be another program by now, or a dead one that nobody collects, as in a container without an init. It is
        called when none of ours runs. The number becomes ours, which PostgreSQL knows for its parent's and so for no
        server's; the rest of the file stays, and with it its own check for processes that still use the data.
        """
        # The sockets' folder is this data folder's alone: what lies there is what the last server left.
        self.socket.with_name(f"{self.socket.name}.lock").unlink(missing_ok=True)
        recorded, pid = self.folder / "postmaster.pid", self._recorded_pid()
        if pid is None or works_in(pid, self.folder):
            return
        rest = recorded.read_text().split("\n", 1)[1]
        recorded.write_text(f"{os.getpid()}\n{rest}")

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "\\'")


def _listed(path: Path) -> str:
    """A path as one entry of a comma-separated list of PostgreSQL's settings."""
    return '"' + str(path).replace('"', '""') + '"'
