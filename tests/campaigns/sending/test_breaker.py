"""Bad calls make everybody rest."""

import pytest

from campaigns import sending
from campaigns.models import Gate
from campaigns.sending import balance, breaker

pytestmark = pytest.mark.django_db(transaction=True)


def test_bad_calls_make_everybody_rest_until_the_gateway_answers_for_itself(run, gateway):
    for _ in range(11):
        breaker.record_call(False)
    gate = Gate.objects.get()
    assert gate.trips == 1
    assert sending.send_while_there_is_work(gateway, seconds=5) == 0
    Gate.objects.update(open_until="2020-01-01T00:00Z")
    assert sending.send_while_there_is_work(gateway, seconds=5) == 0
    balance.prove_if_wanted(gateway)
    assert sending.send_while_there_is_work(gateway, seconds=20) == 3
    assert Gate.objects.get().trips == 0
