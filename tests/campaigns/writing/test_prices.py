"""A part costs what its sender says, else what the gateway told last."""

from decimal import Decimal

import pytest

from campaigns.models import Gate, Sender
from campaigns.writing.prices import price_of_part

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "own, rate, price",
    [("0.60", "0.80", "0.60"), ("0", "0.80", "0"), (None, "0.80", "0.80"), (None, None, "0")],
)
def test_the_sender_s_own_price_comes_before_the_gateway_s_rate(own, rate, price):
    Gate.objects.update(rate=rate)
    assert price_of_part(Sender(price=own and Decimal(own))) == Decimal(price)


def test_without_a_sender_a_part_costs_the_rate():
    Gate.objects.update(rate="0.80")
    assert price_of_part(None) == Decimal("0.80")
