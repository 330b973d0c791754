"""Calls of the gateway are counted."""

import pytest
from django.test import Client

from campaigns.sending.call_statistics import CallStatistics

pytestmark = pytest.mark.django_db


def exported():
    response = Client().get("/metrics")
    assert response.status_code == 200
    return response.content.decode()


def test_calls_are_counted_by_how_they_ended_and_how_long_they_took():
    statistics = CallStatistics()
    for seconds in (0.04, 0.06, 0.06, 60):
        statistics.count("answered", seconds)
    statistics.add()
    statistics.count("silent", 1)
    statistics.add()
    told = exported()
    assert 'qsms_gateway_call_seconds_bucket{le="0.05",outcome="answered"} 1.0' in told
    assert 'qsms_gateway_call_seconds_bucket{le="0.1",outcome="answered"} 3.0' in told
    assert 'qsms_gateway_call_seconds_bucket{le="+Inf",outcome="answered"} 4.0' in told
    assert 'qsms_gateway_call_seconds_count{outcome="silent"} 1.0' in told
