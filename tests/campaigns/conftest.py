"""What tests of campaigns share: the gate, and a run."""

import pytest

from campaigns.models import Gate
from tests.calls import make_sending_run


@pytest.fixture
def gate(db):
    return Gate.objects.get_or_create(pk=1)[0]


@pytest.fixture
def run():
    """A run of 250 texts in three batches that is being sent."""
    return make_sending_run(contacts=250)
