"""What tests of the clients share: a driver of each language, and a server that answers by a script."""

import pytest

from tests.clients.interpreters import LANGUAGES, Driver, need
from tests.clients.scripted import ScriptedServer


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    need(request.param)
    return request.param


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """Where programs are built, once for all tests of a process."""
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def driver(language, workshop):
    driver = Driver(language, workshop)
    yield driver
    driver.stop()


@pytest.fixture(scope="module")
def scripted_server():
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def scripted(scripted_server):
    scripted_server.script()
    yield scripted_server
    assert scripted_server.answers == [], "not all answers were asked for"
