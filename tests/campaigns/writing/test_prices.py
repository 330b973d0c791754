"""A part costs what its sender says, else what the gateway told last."""

from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.models import Gate, Sender
from campaigns.writing.prices import price_of_part
from tests.makers import make_sender

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "own, rate, price",
    [("0.60", "0.80", "0.60"), ("0", "0.80", "0"), (None, "0.80", "0.80"), (None, None, "0")],
)
def test_the_sender_s_own_price_comes_before_the_gateway_s_rate(own, rate, price):
    Gate.objects.update(rate=rate)
    assert price_of_part(Sender(price=own and Decimal(own))) == Decimal(price)


def test_without_a_sender_a_part_costs_what_the_default_one_s_does():
    Gate.objects.update(rate="0.80")
    make_sender(price="0.50")
    assert price_of_part(None) == Decimal("0.80")
    default = make_sender(price="0.60", is_default=True)
    assert price_of_part(None) == Decimal("0.60")
    Sender.objects.filter(pk=default.pk).update(archived_at=timezone.now())
    assert price_of_part(None) == Decimal("0.80")
