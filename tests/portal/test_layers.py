"""The contracts of imports catch what they are for: each case breaks one in a copy of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("lib", "accounts", "contacts", "campaigns", "qsms_portal")
LINT = Path(sys.executable).with_name("lint-imports")

CAMPAIGNS = "In campaigns each stage imports only from those below it"
CONTACTS = "In contacts each part imports only from those below it"
APPS = "Each app may import only from those below it"
CIRCLES = "No circle of files or packages"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project's code, to be broken."""
    place = tmp_path_factory.mktemp("project")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def lint(place):
    """The names of the contracts that are broken, and what was said."""
    ran = subprocess.run([LINT, "--no-cache"], cwd=place, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr
    return (
        ran.returncode,
        [line.removesuffix(" BROKEN") for line in said.splitlines() if line.endswith(" BROKEN")],
        said,
    )


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("campaigns/ledger/tallies.py", "from campaigns.actions import launch", CAMPAIGNS),
        ("campaigns/planning/plan.py", "from campaigns.sending import claim", CAMPAIGNS),
        ("campaigns/reporting/progress.py", "from campaigns.checking import estimate", CAMPAIGNS),
        ("campaigns/odds_and_ends.py", "", CAMPAIGNS),
        ("contacts/filters/search.py", "from contacts.importing import checking", CONTACTS),
        ("contacts/odds_and_ends.py", "", CONTACTS),
        ("lib/paging.py", "from accounts.models import User", APPS),
        ("contacts/usage.py", "from campaigns.models import Campaign", APPS),
        ("campaigns/sending/breaker.py", "from campaigns.sending import outcome", CIRCLES),
    ],
)
def test_an_import_that_goes_up_or_round_is_caught(copy, file, line, contract):
    path = copy / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        status, broken, said = lint(copy)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert status == 1, said
    assert contract in broken or contract in said


def test_as_it_is_none_is_broken(copy):
    status, broken, said = lint(copy)
    assert (status, broken) == (0, []), said


def test_the_root_of_an_app_has_at_most_ten_files():
    assert [app for app in ("campaigns", "contacts") if len(list((ROOT / app).glob("*.py"))) > 10] == []


def test_no_contract_ignores_an_import():
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()
