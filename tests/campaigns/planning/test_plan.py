"""One message a person a run: planning in chunks that can be killed and repeated."""

import pytest
from django.db import connection

from campaigns import planning
from campaigns.audience import people
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, Message, Run
from campaigns.planning import store
from contacts.models import Contact, ContactField, OptOut, PhoneStatus
from tests.makers import make_campaign, make_contact, make_group, make_phone, make_run, make_sender

LATE_CONTACT = """
INSERT INTO contacts_contact (group_id, phone, name, values, consent_source, created_at, updated_at)
VALUES (%s, '254799999999', 'Late', '{"balance": "1.00"}', '', now(), now())
"""

pytestmark = pytest.mark.django_db(transaction=True)


def test_everyone_in_the_group_gets_a_text_of_her_own():
    group = make_group(contacts=250)
    run = make_run(make_campaign(group))
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    assert (run.status, run.audience, run.parts) == (Run.Status.PLANNED, 250, 250)
    assert sorted(Batch.objects.values_list("size", flat=True)) == [50, 100, 100]
    first = Message.objects.order_by("pk").first()
    assert first.text == "Dear Person 0, KES 5,000.00"
    assert str(first.cost) == "0.6000"
    assert totals(run).counts["queued"] == 250


def test_a_number_in_two_groups_is_one_person_with_the_values_of_the_first():
    first, second = make_group(contacts=5), make_group(contacts=5)
    phone = make_phone()
    make_contact(first, phone, "Jane of the first", balance="1.00")
    make_contact(second, phone, "Jane of the second", balance="2.00")
    run = make_run(make_campaign(second, first))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert (run.audience, run.merged) == (11, 1)
    assert Message.objects.get(phone=phone).text == "Dear Jane of the second, KES 2.00"


def test_who_is_left_out_is_listed_with_the_reason():
    group = make_group(contacts=3)
    nameless = make_contact(group, name="", balance="1.00")
    broke = make_contact(group, name="John")
    stopped = make_contact(group, balance="1.00")
    dead = make_contact(group, balance="1.00")
    OptOut.objects.create(phone=stopped.phone)
    PhoneStatus.objects.create(phone=dead.phone, dead_since="2026-01-01T00:00Z")
    run = make_run(make_campaign(group))
    planning.plan_run(run.pk)
    reasons = dict(Message.objects.filter(status="skipped").values_list("phone", "reason"))
    assert reasons == {
        nameless.phone: "missing:name",
        broke.phone: "missing:balance",
        stopped.phone: "opted_out",
        dead.phone: "dead_number",
    }
    assert totals(run).counts["queued"] == 3
    assert totals(run).left_out == {"missing:name": 1, "missing:balance": 1, "opted_out": 1, "dead_number": 1}
    assert Batch.objects.filter(status="settled").count() == 1


def test_an_operator_s_block_holds_for_marketing_only():
    group = make_group(contacts=1)
    OptOut.objects.create(phone=Contact.objects.get().phone, scope=OptOut.Scope.PROMOTIONAL)
    reminder = make_run(make_campaign(group))
    marketing = make_run(make_campaign(group, kind="promotional", sender=make_sender(opt_out_text="STOP*456*9*5#")))
    planning.plan_run(reminder.pk)
    planning.plan_run(marketing.pk)
    assert Message.objects.get(run=reminder).status == "queued"
    assert Message.objects.get(run=marketing).status == "skipped"


def test_the_opt_out_text_is_appended_to_marketing_and_counted():
    group = make_group(contacts=1, balance="1.00")
    sender = make_sender(opt_out_text="STOP*456*9*5#")
    run = make_run(make_campaign(group, text="a" * 150, kind="promotional", sender=sender))
    planning.plan_run(run.pk)
    message = Message.objects.get()
    assert message.text.endswith("a STOP*456*9*5#")
    assert message.parts == 2


def test_whose_text_is_longer_than_the_gateway_takes_is_left_out_and_nobody_else():
    group = make_group()
    for length in (918, 919):
        make_contact(group, name="n" * 10, note="x" * (length - 11))
    ContactField.objects.create(group=group, key="note", label="Note", type="text", position=3)
    run = make_run(make_campaign(group, text="<name> <note>"))
    planning.plan_run(run.pk)
    told = list(Message.objects.order_by("pk").values_list("status", "reason", "parts"))
    assert told == [("queued", "", 6), ("skipped", "too_long", 0)]


@pytest.mark.parametrize("into", [0, 1])
def test_contacts_that_come_while_planning_are_not_of_this_run(monkeypatch, into):
    monkeypatch.setattr(people, "READ_AHEAD", 40)
    groups = [make_group(contacts=80), make_group(contacts=20)]
    run = make_run(make_campaign(*groups))
    written, once = store.copy_in, []

    def meanwhile(run, people):
        written(run, people)
        if not once:
            once.append(1)
            late = connection.copy()
            with late.cursor() as cursor:
                cursor.execute(LATE_CONTACT, [groups[into].pk])
            late.close()

    monkeypatch.setattr(store, "copy_in", meanwhile)
    assert planning.plan_run(run.pk)
    assert Message.objects.count() == 100


def test_a_cancelled_run_is_planned_no_further():
    run = make_run(make_campaign(make_group(contacts=10)), status=Run.Status.CANCELLED)
    assert planning.plan_run(run.pk) is False
    assert not Message.objects.exists()
