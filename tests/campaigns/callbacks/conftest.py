"""What tests of callbacks share: a receiver on this computer, which is listed, a sender ID and a key that is told."""

import pytest

from campaigns.models import Gate
from tests.makers import make_sender
from tests.receiving import Receiver, make_told_key


@pytest.fixture(autouse=True)
def this_computer_is_listed(settings):
    settings.CALLBACK_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def sender(db):
    Gate.objects.get_or_create(pk=1)
    return make_sender("SHOP", is_default=True)


@pytest.fixture
def key(receiver, sender):
    return make_told_key(receiver.url)[0]
