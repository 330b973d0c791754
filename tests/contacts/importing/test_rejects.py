"""Rejected rows as a file to mend."""

from pathlib import Path

import pytest

from contacts import importing
from contacts.importing import mapping
from contacts.models import ContactGroup
from contacts.spreadsheets import csv_lines
from tests.contacts.uploads import imported

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parents[2] / "data"


def test_rejected_rows_are_mended_and_uploaded_again_without_choosing_columns():
    group = ContactGroup.objects.create(name="people")
    content = (DATA / "messy_semicolon_cp1252.csv").read_bytes()
    upload = imported(group, content)
    headings, rows = importing.rejects_as_table(upload)
    phone = next(one.index for one in mapping.from_json(upload.mapping) if one.role == "phone")
    mended = [[*row[:phone], f"07220000{number:02}", *row[phone + 1 :]] for number, row in enumerate(rows)]
    assert len(mended) == 18 + 10
    size = group.contacts.count()
    again = imported(group, "".join(csv_lines(headings, mended)).encode())
    # Ten are there since another row of their number counts, and that is still said of them.
    assert (again.counts["rows"], again.counts["created"], again.counts["rejected"]) == (28, 18, 0)
    assert (again.counts["duplicates"], again.counts["lost"]) == (10, 10)
    assert group.contacts.count() == size + 18
    assert not group.fields.filter(key="error").exists()
