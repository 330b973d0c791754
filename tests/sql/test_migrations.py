"""Migrations are never changed: a database that ran one does not run it again, and would differ from a new one."""

import hashlib

import pytest

from tests.sql.definitions import APPS, REPOSITORY

# As `sha256sum` writes and checks it.
SUMS = "tests/sql/migrations.sha256"
KNOWN = dict(reversed(line.split()) for line in (REPOSITORY / SUMS).read_text().splitlines())


@pytest.mark.parametrize("path", KNOWN)
def test_a_migration_is_never_changed(path):
    file = REPOSITORY / path
    assert file.exists(), f"{path} is gone, but there are databases that ran it"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == KNOWN[path], (
        f"{path} was changed, but migrations are never changed: add a new one"
    )


def test_every_migration_is_known():
    files = {
        str(file.relative_to(REPOSITORY))
        for app in APPS
        for file in (REPOSITORY / app / "migrations").iterdir()
        if file.suffix in (".py", ".sql") and file.name != "__init__.py"
    }
    new = sorted(files - KNOWN.keys())
    assert not new, f"a new migration, once it is as it shall be, is noted: sha256sum {' '.join(new)} >> {SUMS}"
