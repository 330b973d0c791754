"""A gateway that behaves until a test says otherwise."""

import pytest

from campaigns.gateway.client import Gateway


@pytest.fixture
def gateway(simulator):
    simulator.behave()
    return Gateway(simulator.url, simulator.url, "qsms_live_test", connect_timeout=2, read_timeout=2)
