"""An older PostgreSQL's data, taken over: dumped into a folder made aside, counted, and put in its place.

The old folder stays beside it until the new one has been started once more. Whatever kills this in the middle leaves
the old data where it was, or where the next start (`alone`) finds it. pg_upgrade would be faster, but takes no data
without checksums into a folder that has them, and with --link leaves nothing to go back to.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from psycopg import sql

from qsms_portal.embedded import locks
from qsms_portal.embedded.cluster import PORT, Cluster
from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import Places, hand_over
from qsms_portal.embedded.programs import major_of
from qsms_portal.embedded.server import POLL, STOP_WITHIN, run_apart

log = logging.getLogger(__name__)

# Until the end nobody may rely on the new data, so that it is written without waiting for the disk, and then synced.
WHILE_FILLING = {"fsync": "off", "autovacuum": "off", "maintenance_work_mem": "256MB", "max_wal_size": "512MB"}
# Beside the data itself: the log of what is written, and a little.
ROOM_BESIDE = 768 << 20


class Takeover:
    """The way of one data folder into a newer PostgreSQL. Nobody else may start its servers meanwhile.

    Both servers answer at ports of their own, where no process of the portal looks.
    """

    def __init__(self, places: Places, output: Path) -> None:
        """`output` is the log that the servers and programs write into."""
        self.places = places
        self.output = output
        self.old = Cluster(places, places.base / "postgresql", PORT + 1)
        self.new = Cluster(places, places.base / "postgresql.new", PORT + 2)

    def kept(self) -> list[Path]:
        """The folders of older versions that were taken over and lie here still."""
        return [path for path in self.places.base.glob("postgresql.[0-9]*") if path.is_dir()]

    @contextlib.contextmanager
    def alone(self) -> Iterator[int]:
        """The lock that all hold who work on a folder aside, and what they start. Gives its descriptor.

        What a process that was killed has left is undone first: its servers are stopped, the old data is put back where
        it was, and the folder aside is removed.
        """
        path = self.places.base / "postgresql.new.lock"
        until = time.monotonic() + STOP_WITHIN
        while (descriptor := locks.take(path, wait=False)) is None:
            self.old.ask_to_stop()
            self.new.ask_to_stop()
            if time.monotonic() > until:
                raise EmbeddedServersError(f"A process that cannot be seen from here works on {self.new.folder}.")
            time.sleep(POLL)
        try:
            kept = self.kept()
            if kept and not self.old.folder.exists():
                max(kept, key=lambda path: path.stat().st_mtime).rename(self.old.folder)
            if self.new.folder.exists():
                shutil.rmtree(self.new.folder)
            yield descriptor
        finally:
            os.close(descriptor)

    def make_first(self, programs: Path, lock: int) -> None:
        """Make a data folder where there is none: aside and renamed, so that one cut off is never taken for one."""
        self.new.make(programs, lock)
        self._rename(self.new.folder, self.old.folder)

    def run(self, old: Path, new: Path, lock: int) -> None:
        """Take the data over from the programs in `old` into those in `new`.

        Raises EmbeddedServersError where there is no room, where anything fails, or where a count differs; then the old
        data is as it was.
        """
        self._see_that_there_is_room()
        began, before, now = time.monotonic(), self.old.made_by(), major_of(new / "postgres")
        log.warning("Taking the data of PostgreSQL %d over into %d, which may take minutes ...", before, now)
        try:
            # Synced in the end, once.
            self.new.make(new, lock, "--no-sync")
            with (
                self._started(self.old, old, lock, {"autovacuum": "off"}),
                self._started(self.new, new, lock, WHILE_FILLING),
            ):
                rows = self._copy_all(old, new)
            if self.new.run(new / "initdb", "--sync-only", "-D", str(self.new.folder), lock=lock).returncode:
                raise EmbeddedServersError("The data that was taken over could not be written to the disk for good.")
        except BaseException:
            shutil.rmtree(self.new.folder, ignore_errors=True)
            raise
        kept = self.places.base / f"postgresql.{before}"
        if kept.exists():
            shutil.rmtree(kept)
        self._rename(self.old.folder, kept)
        self._rename(self.new.folder, self.old.folder)
        log.warning(
            "%s rows were taken over and counted in %.0f seconds. The old data stays in %s until the next start.",
            f"{rows:,}", time.monotonic() - began, kept,
        )  # fmt: skip

    def _see_that_there_is_room(self) -> None:
        needed = _size(self.old.folder) + ROOM_BESIDE
        free = shutil.disk_usage(self.places.base).free
        if free < needed:
            raise EmbeddedServersError(
                f"The data in {self.old.folder} is to be taken over into a newer PostgreSQL. {self.places.base} needs "
                f"{_in_mb(needed)} of free disk for it; it has {_in_mb(free)}. Make room and start again; nothing was "
                f"changed."
            )

    @contextlib.contextmanager
    def _started(self, cluster: Cluster, programs: Path, lock: int, settings: dict[str, str]) -> Iterator[None]:
        cluster.clear_stale_pid()
        with self.output.open("ab") as output:
            hand_over(self.output, self.places.data_dir)
            process = run_apart(cluster.command(programs, **settings), self.places.account, output.fileno(), lock)
        try:
            # As long as recovery takes: it lives, so it is at work.
            while not cluster.answers():
                if process.poll() is not None:
                    raise EmbeddedServersError(f"PostgreSQL does not start on {cluster.folder}. See {self.output}.")
                time.sleep(POLL)
            yield
        finally:
            # Of what it writes at the end nothing may be lost, so it has all the time that it takes.
            while process.poll() is None:
                cluster.ask_to_stop()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)

    def _copy_all(self, old: Path, new: Path) -> int:
        """Copy every database that people made, and count each table's rows on both sides. Returns how many."""
        with self.old.connect() as connection:
            named = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
            databases = [str(name) for (name,) in connection.execute(named)]
        rows = 0
        for database in databases:
            self._copy(old, new, database)
            before, after = _counts(self.old, database), _counts(self.new, database)
            if before != after:
                raise EmbeddedServersError(
                    f"The data of {database} did not come over whole: {sum(before.values()):,} rows were "
                    f"{sum(after.values()):,}. The old data is as it was."
                )
            rows += sum(after.values())
            with self.new.connect(database) as connection:
                connection.execute("ANALYZE")
        return rows

    def _copy(self, old: Path, new: Path, database: str) -> None:
        """Nothing of it lies on the disk.

        The old server's own pg_dump reads it: that of a newer version may be of an earlier release, and not know what
        the old one's keeps in its tables (15.20 keeps a version with each column, which 18.6 dumps and then refuses).
        """
        options = self.places.account.popen_options()
        reader = old if (old / "pg_dump").exists() else new
        with self.output.open("ab") as output:
            dump = subprocess.Popen(  # noqa: S603
                [str(reader / "pg_dump"), "--format=custom", "--compress=0", "--create", f"--dbname={database}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output, env=self.old.environment(), **options,
            )  # fmt: skip
            restored = subprocess.run(  # noqa: S603
                [str(new / "pg_restore"), "--create", "--exit-on-error", "--dbname=postgres"],
                stdin=dump.stdout, stdout=output, stderr=output, env=self.new.environment(), check=False, **options,
            )  # fmt: skip
            assert dump.stdout is not None
            dump.stdout.close()
        if dump.wait() or restored.returncode:
            raise EmbeddedServersError(
                f"The data of {database} could not be taken over; the old data is as it was. See {self.output}."
            )

    def _rename(self, old: Path, new: Path) -> None:
        """And have the disk know it before anything else is done."""
        old.rename(new)
        descriptor = os.open(new.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _counts(cluster: Cluster, database: str) -> dict[str, int]:
    """How many rows each table of people's has."""
    with cluster.connect(database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
        ).fetchall()
        counts = {}
        for schema, table in tables:
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
            counts[f"{schema}.{table}"] = int(counted.fetchone()[0])  # type: ignore[index]  # count(*) gives a row
        return counts


def _size(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def _in_mb(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB"
