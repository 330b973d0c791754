"""Some people of a large audience, from all of it."""

import pytest

from campaigns.audience import sample
from contacts.models import Contact
from tests.makers import make_group

pytestmark = pytest.mark.django_db


def test_a_sample_is_taken_from_all_of_a_group():
    group = make_group(contacts=900)
    group.refresh_from_db()
    ids = sample.ids_of(group, 200)
    everybody = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    assert 150 < len(ids) <= 200
    assert ids == sample.ids_of(group, 200)
    assert ids[0] < everybody[100]
    assert ids[-1] > everybody[-100]
