"""A number may have several rows and texts, each reference once; a reminder is forgotten row by row."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns import planning
from campaigns.models import Message, ReminderKey
from contacts.models import Contact
from tests.makers import make_campaign, make_family_group, make_phone, make_row, make_run

pytestmark = pytest.mark.django_db
PARENT = make_phone(700000001)


@pytest.fixture
def group():
    return make_family_group([(PARENT, [("1201", "Amina", {}), ("1202", "Juma", {})])])


def test_a_number_has_a_row_a_reference(group):
    assert [contact.reference for contact in Contact.objects.order_by("pk")] == ["1201", "1202"]
    with pytest.raises(IntegrityError), transaction.atomic():
        make_row(group, PARENT, "1202", "Juma again")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_row(group, PARENT, " 12 02", "Juma with a blank")


def test_rows_are_read_in_the_order_of_numbers_by_an_index(group):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            """EXPLAIN SELECT id FROM contacts_contact
            WHERE group_id = %s AND reference > '' AND phone COLLATE "C" > '2' ORDER BY phone COLLATE "C", id""",
            [group.pk],
        )
        assert "contact_by_number" in " ".join(row[0] for row in cursor.fetchall())


def test_a_run_has_a_text_a_number_and_reference_and_forgets_reminders_by_the_text_that_told(group):
    run = make_run(make_campaign(group, text="Dear parent of <name>"))
    batch = run.batches.create(size=2)
    texts = [
        Message.objects.create(run=run, batch=batch, phone=PARENT, reference=reference, text="x", parts=1)
        for reference in ("1201", "1202")
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(run=run, batch=batch, phone=PARENT, reference="1202", text="x", parts=1)
    for reference, told_by in (("1201", "1201"), ("1202", "1202"), ("1203", "1202")):
        ReminderKey.objects.create(
            campaign=run.campaign, stage="due", phone=PARENT, reference=reference, told_by=told_by,
            stands_for=date(2026, 12, 1), run=run,
        )  # fmt: skip
    texts[1].status = Message.Status.SKIPPED
    texts[1].save()
    assert list(ReminderKey.objects.values_list("reference", flat=True)) == ["1201"]


def test_who_writes_without_a_reference_writes_as_before(group):
    """Planners and uploads of the release before name none of the new columns."""
    run = make_run(make_campaign(make_family_group([(PARENT, [])])), by_number=False)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO campaigns_reminderkey (campaign_id, stage, phone, stands_for, run_id)
            VALUES (%s, 'due', %s, %s, %s)""",
            [run.campaign_id, PARENT, date(2026, 12, 1), run.pk],
        )
    key = ReminderKey.objects.get()
    assert (key.reference, key.told_by) == ("", "")
    assert (run.reached, run.by_number, run.check_rows) == (0, False, False)
    assert planning.plan_run(run.pk)
