"""A run of one batch."""

import pytest

from tests.calls import make_sending_run


@pytest.fixture
def run():
    return make_sending_run(contacts=20)
