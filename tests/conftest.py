"""What all tests share: people by role, the gate, a gateway, two groups, and a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management.commands import flush
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings

from accounts.audit import forget_before
from accounts.models import User
from accounts.roles import Role
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.models import Gate, Rules
from contacts.spreadsheets import child
from tests.database.template import template
from tests.makers import make_contact, make_group

# How fast examples are made says how busy the machine is, nothing of the code.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


# What takes longest begins first, or one process would work on it alone in the end.
LONG = (
    "tests/journey",
    "tests/clients",
    "tests/servers",
    "tests/sql",
    "tests/portal",
    "tests/stories",
    "tests/pages",
    "tests/campaigns",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests stay in one process, with what they share; so do all journeys, which share a portal."""
    from xdist.scheduler.loadfile import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return "tests/journey" if nodeid.startswith("tests/journey/") else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):
        ranks = {folder: rank for rank, folder in enumerate(LONG)}
        items.sort(key=lambda item: ranks.get("/".join(item.nodeid.split("/")[:2]), len(LONG)))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """A database for each test process, copied from the template; content types and permissions stay in it."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template()
    flush.emit_post_migrate_signal = lambda *_, **__: None


OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """In the end the thread that writes reports still has a connection, and the database could not be dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(OTHERS)


@pytest.fixture(autouse=True)
def rows_that_there_is_one_of(request):
    """The gate and the rules: a test that empties the tables leaves the next one without them."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("_django_db_helper")
        # Tables that a test has emptied look like a restored database's, which is stopped.
        Gate.objects.filter(pk=1, stopped_by="a restore").delete()
        forget_before(timezone.now(), 100)
        Gate.objects.get_or_create(pk=1)
        Rules.objects.get_or_create(pk=1)


@pytest.fixture(scope="session", autouse=True)
def own_turns(tmp_path_factory):
    """Workbooks are read by two children at once on a machine: each test process has turns of its own."""
    folder = tmp_path_factory.mktemp("turns")
    child.turns_folder = lambda: folder


@pytest.fixture(scope="module")
def simulator():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def gateway(simulator):
    """The simulator's, which behaves and has taken no texts."""
    simulator.behave()
    simulator.clear()
    return Gateway(simulator.url, simulator.url, "qsms_live_test")


@pytest.fixture
def loans():
    group = make_group("Loans")
    for number, balance in enumerate((0, 50, 500, 5000)):
        make_contact(group, f"25471100000{number}", f"Loan {number}", balance=f"{balance}.00", due_date="2026-12-01")
    return group


@pytest.fixture
def shops():
    """A group without a balance; two of its people have loans too."""
    group = make_group("Shops", fields={"town": "text"})
    for number in (3, 4, 5):
        make_contact(group, f"25471100000{number}", f"Shop {number}", town="Nakuru")
    return group


@pytest.fixture
def sign_in(db):
    """A client that is signed in as somebody of that role, or as a stranger."""

    def signed_in(role=None):
        client = Client()
        if role is not None:
            user, _ = User.objects.get_or_create(username=f"a {role}")
            user.groups.set([Group.objects.get_or_create(name=Role(role).value)[0]])
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture(scope="module")
def chromium():
    """A real browser; where there is none, its tests are skipped, unless REQUIRE_BROWSER says that they must run."""
    if not CHROMIUM.exists():
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(f"{CHROMIUM} is missing: apt install chromium")
        pytest.skip(f"{CHROMIUM} is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Beside a failure stands what the pages of the browser said then."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("chromium")
    if report.when != "teardown" and report.failed and browser:
        from playwright.sync_api import Error

        for page in (page for context in browser.contexts for page in context.pages):
            try:
                said = page.locator("body").inner_text(timeout=1_000)
            except Error as error:
                said = str(error)
            report.sections.append((f"Page {page.url}", said))
    return report
