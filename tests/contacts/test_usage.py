"""Who uses a group, a segment or a field."""

import pytest

from contacts import usage
from tests.segments import segment_of

pytestmark = pytest.mark.django_db


def test_a_field_that_a_segment_compares_is_used_by_it(loans, shops):
    segment_of(loans)
    assert usage.uses_of_field(loans.fields.get(key="balance")) == ["the segment “Owing”"]
    assert usage.uses_of_field(loans.fields.get(key="due_date")) == []
    assert usage.uses_of_field(shops.fields.get(key="town")) == []
