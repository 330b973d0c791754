"""The embedded servers as processes share them: started once, stopped by the last, found again after a crash."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from kombu import Connection
from redis import Redis

from qsms_portal.embedded import addresses, locks
from qsms_portal.embedded.server import bound_logs
from tests.servers.conftest import (
    REPOSITORY,
    base_of,
    eventually,
    is_alive,
    postgresql_pid,
    processes_of,
)

pytestmark = pytest.mark.servers


def query(data_dir, statement):
    with psycopg.connect(addresses(data_dir).database_url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def redis_of(data_dir):
    return Redis.from_url(addresses(data_dir).redis_url)


def valkey_pid(data_dir):
    with redis_of(data_dir) as redis:
        return redis.info("server")["process_id"]


@pytest.mark.parametrize("arguments", [["--help"], ["check"], ["help", "migrate"]])
def test_looking_around_starts_nothing(data_dir, arguments):
    environment = {**os.environ, "PORTAL_DATA_DIR": str(data_dir), "DATABASE_URL": "", "REDIS_URL": ""}
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=REPOSITORY, env=environment, check=True, capture_output=True
    )
    assert not (data_dir / "embedded-place").exists()
    assert not processes_of(data_dir)


def test_every_address_reaches_its_server(data_dir, user):
    user().until_ready()
    assert query(data_dir, "SELECT current_database(), upper('é')") == ("qsms_portal", "É")
    with redis_of(data_dir) as redis:
        assert redis.ping()
    with Connection(addresses(data_dir).broker_url, transport_options={"socket_connect_timeout": 2}) as broker:
        queue = broker.SimpleQueue("greetings")
        queue.put({"hello": "there"})
        assert queue.get(timeout=5).payload == {"hello": "there"}
        queue.close()


def test_the_database_is_durable_and_reached_by_its_password_only(data_dir, user):
    user(["database"]).until_ready()
    for setting, value in [("fsync", "on"), ("synchronous_commit", "on"), ("listen_addresses", "")]:
        assert query(data_dir, f"SHOW {setting}") == (value,)
    without = addresses(data_dir).database_url.replace("postgres://qsms_portal:", "postgres://qsms_portal:wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without)
    assert (data_dir / "database-password").stat().st_mode & 0o777 == 0o600


def test_the_last_of_two_users_stops_the_servers(data_dir, user):
    first = user().until_ready()
    pids = postgresql_pid(data_dir), valkey_pid(data_dir)
    second = user().until_ready()
    assert (postgresql_pid(data_dir), valkey_pid(data_dir)) == pids
    first.leave()
    assert query(data_dir, "SELECT 1") == (1,)
    assert redis_of(data_dir).ping()
    second.leave()
    assert not any(is_alive(pid) for pid in pids)


def test_many_that_start_at_once_share_one_server(data_dir, user):
    users = [user() for _ in range(5)]
    for one in users:
        one.until_ready()
    lines = (data_dir / "postgresql.log").read_text().splitlines()
    assert len([line for line in lines if "starting PostgreSQL" in line]) == 1
    for one in users:
        one.leave()
    assert not processes_of(data_dir)


def test_servers_of_a_killed_starter_are_found_and_stopped_by_the_next(data_dir, user):
    user().until_ready().kill()
    pids = postgresql_pid(data_dir), valkey_pid(data_dir)
    assert all(is_alive(pid) for pid in pids)
    following = user().until_ready()
    assert (postgresql_pid(data_dir), valkey_pid(data_dir)) == pids
    following.leave()
    assert not any(is_alive(pid) for pid in pids)


def test_what_was_stored_outlives_a_restart(data_dir, user):
    first = user().until_ready()
    query(data_dir, "CREATE TABLE kept AS SELECT 'a text' AS word")
    redis_of(data_dir).rpush("queue", "one", "two")
    first.leave()
    user().until_ready()
    assert query(data_dir, "SELECT word FROM kept") == ("a text",)
    assert redis_of(data_dir).lrange("queue", 0, -1) == [b"one", b"two"]


def test_what_was_committed_outlives_kill_9_of_the_database(data_dir, user):
    first = user(["database"]).until_ready()
    query(data_dir, "CREATE TABLE kept AS SELECT n FROM generate_series(1, 20000) n")
    os.kill(postgresql_pid(data_dir), signal.SIGKILL)
    first.kill()
    user(["database"]).until_ready()
    assert query(data_dir, "SELECT count(*) FROM kept") == (20000,)


def test_a_number_that_is_another_programs_by_now_keeps_nothing_from_starting(data_dir, user):
    user(["database"]).until_ready().kill()
    recorded = base_of(data_dir) / "postgresql/postmaster.pid"
    postmaster = postgresql_pid(data_dir)
    os.kill(postmaster, signal.SIGKILL)
    owner = recorded.stat().st_uid
    # The same account's, or PostgreSQL would tell the difference by itself.
    bystander = subprocess.Popen(["sleep", "600"], user=owner if os.geteuid() == 0 else None)
    try:
        rest = recorded.read_text().split("\n", 1)[1]
        recorded.write_text(f"{bystander.pid}\n{rest}")
        user(["database"]).until_ready()
        assert query(data_dir, "SELECT 1") == (1,)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_that_died_is_started_again_by_the_next_need(data_dir, user):
    script = """
import sys
from pathlib import Path
from qsms_portal.embedded import ensure
for _ in range(2):
    ensure(Path(sys.argv[1]), database=True)
    print("ready", flush=True)
    sys.stdin.readline()
"""
    one = user([], script=script).until_ready()
    killed = postgresql_pid(data_dir)
    os.kill(killed, signal.SIGKILL)
    running = base_of(data_dir) / "postgresql.running"
    eventually(lambda: not locks.is_held(running), "the last of PostgreSQL's processes is gone")
    one.process.stdin.write("\n")
    one.process.stdin.flush()
    one.until_ready()
    assert query(data_dir, "SELECT 1") == (1,)
    assert postgresql_pid(data_dir) != killed


def test_a_forked_child_leaves_the_servers_to_its_parent_and_keeps_them_after_it(data_dir, user):
    script = """
import os, sys
from pathlib import Path
from qsms_portal.embedded import ensure
ensure(Path(sys.argv[1]), redis=True)
if (short := os.fork()) == 0:
    sys.exit(0)
os.waitpid(short, 0)
if os.fork() == 0:
    os.close(1)
    os.close(2)
    sys.stdin.read()
    sys.exit(0)
print("ready", flush=True)
"""
    parent = user([], script=script).until_ready()
    pid = valkey_pid(data_dir)
    assert parent.process.wait(timeout=60) == 0
    # The short-lived child and the parent are gone, the long-lived one reads on.
    assert is_alive(pid)
    parent.process.stdin.close()
    eventually(lambda: not is_alive(pid), "the last child stopped Valkey")


def test_a_path_of_two_hundred_letters_is_no_trouble(data_dir, user):
    long = data_dir / "/".join(["a" * 49] * 4)
    assert len(str(long)) > 200
    one = user(data_dir=long).until_ready()
    assert query(long, "SELECT 1") == (1,)
    assert redis_of(long).ping()
    one.leave()
    assert not processes_of(long)


def test_the_log_holds_nothing_that_a_statement_held_and_is_its_owners_alone(data_dir, user):
    user(["database"]).until_ready()
    query(data_dir, "CREATE TABLE people (phone text PRIMARY KEY)")
    query(data_dir, "INSERT INTO people VALUES ('254712345678')")
    for wrong in ("INSERT INTO people VALUES ('254712345678')", "SELECT 'Wanjiku 254712345678'::int", "SELECT nothing"):
        with pytest.raises(psycopg.Error):
            query(data_dir, wrong)
    log = data_dir / "postgresql.log"
    assert "starting PostgreSQL" in log.read_text()
    assert "254712345678" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_has_grown_long_begins_anew_while_its_server_goes_on(data_dir, user):
    user(["database"]).until_ready()
    log, kept = data_dir / "postgresql.log", data_dir / "postgresql.log.1"
    with log.open("a") as file:
        file.write("an old line\n" * 800_000)
    bound_logs(data_dir)
    query(data_dir, "SELECT pg_reload_conf()")
    eventually(lambda: "SIGHUP" in log.read_text(), "the server wrote on")
    assert "an old line" not in log.read_text()
    assert log.stat().st_size < 1_000
    assert kept.read_text().endswith("an old line\n")
    assert kept.stat().st_mode & 0o777 == 0o600
