"""A debt goes to whoever owes it: from the file to the texts, the next of kin is in none of it."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns import planning
from campaigns.models import Campaign, Message
from contacts.models import ContactGroup, Upload
from contacts.tasks import work_on
from tests.makers import make_campaign, make_run
from tests.pages.test_uploads import HOW, selected
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

FILE = Path(__file__).parent.parent / "data" / "cases" / "phone_column_one_bad_cell.csv"
KIN = "254712000799"
OWING = {f"25471200070{n}": f"You owe KES {n},500.00." for n in (1, 2, 3, 5, 6)}


def test_one_bad_phone_and_one_next_of_kin_text_nobody_s_kin(sign_in):
    client = sign_in("composer")
    client.post(
        reverse("upload-create"), {"new_group": "Loans", "file": SimpleUploadedFile(FILE.name, FILE.read_bytes())}
    )
    upload = Upload.objects.get()
    address = reverse("upload-detail", args=[upload.pk])
    client.post(address, selected(read(client.get(address))))
    work_on(upload.pk)
    check = read(client.get(address))
    assert "has letters in it" in check and "0712 000 799" not in check
    upload.refresh_from_db()
    assert (upload.counts["created"], upload.counts["rejected"]) == (5, 1)
    client.post(reverse("upload-import", args=[upload.pk]), HOW)
    work_on(upload.pk)
    group = ContactGroup.objects.get()
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE, text="You owe KES <balance>."))
    planning.plan_run(run.pk)
    assert dict(Message.objects.values_list("phone", "text")) == OWING
    assert KIN not in set(group.contacts.values_list("phone", flat=True))
