"""What is odd about a file is said."""

import json

import pytest

from contacts import importing
from contacts.models import ContactGroup
from contacts.spreadsheets import Reading
from contacts.tasks import work_on
from tests.contacts.uploads import begin
from tests.workbooks import hidden_workbook

pytestmark = pytest.mark.django_db(transaction=True)


def test_hidden_rows_and_columns_are_left_out_and_said_and_can_be_chosen(tmp_path):
    group = ContactGroup.objects.create(name="people")
    upload = begin(group, hidden_workbook(tmp_path / "hidden.xlsx").read_bytes(), "hidden.xlsx")
    assert upload.reading["sheet"] == "People"
    assert upload.reading["sheets"] == ["Notes", "People"]
    assert upload.reading["hidden"] == [1, ["C"]]
    assert json.loads(json.dumps(upload.mapping))["2"]["role"] == "ignore"
    kind = {"kind": "workbook", "sheet": "People", "heading_row": -1}
    assert importing.reread(upload, Reading(**kind, hidden_rows=True, hidden_columns=True))
    work_on(upload.pk)
    upload.refresh_from_db()
    assert importing.describe_oddities(upload) == [
        "1 other sheet was not read: “Notes”.",
        "1 row is hidden in this sheet and taken too.", "Column C is hidden and taken too."
    ]  # fmt: skip
    assert upload.mapping["2"]["role"] == "new"
    importing.order_check(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.counts["created"] == 3
