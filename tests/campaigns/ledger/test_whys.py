"""Each text that was left out says by whom and when its number was opted out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from campaigns import planning
from campaigns.ledger.whys import why_of, whys
from campaigns.models import Campaign, Message
from campaigns.reporting.export import export_rows
from contacts.models import ContactField, OptOut
from tests.calls import make_family_run
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def left_out(source, scope="all", by=None, kind="promotional"):
    group = make_group()
    phone = make_contact(group, balance="1.00").phone
    OptOut.objects.create(phone=phone, scope=scope, source=source, created_by=by, created_at="2026-11-03T09:00Z")
    planning.plan_run(make_run(make_campaign(group, status=Campaign.Status.ACTIVE, kind=kind)).pk)
    return Message.objects.get(phone=phone)


@pytest.mark.parametrize(
    "source, scope, words",
    [
        ("reply", "all", "said STOP on 3 Nov 2026"),
        ("operator", "promotional", "on the operator's list since 3 Nov 2026"),
        ("upload", "all", "opted out by a file on 3 Nov 2026"),
        ("api", "promotional", "opted out of marketing by another program on 3 Nov 2026"),
        ("person", "all", "opted out by somebody who is gone on 3 Nov 2026"),
    ],
)
def test_a_text_says_who_opted_its_number_out(source, scope, words):
    text = left_out(source, scope)
    assert text.reason == "opted_out"
    assert why_of(text) == words
    assert next(export_rows([text]))[4] == words


def test_of_rows_the_one_is_named_for_which_nobody_was_told():
    group = make_family_group([("254700000001", [("1201", "Amina", {"balance": "1.00"})])])
    make_family_run(group)
    Message.objects.update(status="skipped", reason="missing:balance", detail="1201, Amina")
    assert why_of(Message.objects.get()) == "has no balance (1201, Amina)"
    for reason, words in [
        ("same_text", "another row of the number says the same"),
        ("several_values:due_date", "its rows have several values of due date"),
        ("changed_since", "a row that it tells of was changed after it was prepared"),
        ("row_gone", "its row left the group or has another number"),
    ]:
        Message.objects.update(reason=reason, detail="")
        assert why_of(Message.objects.get()) == words


def test_a_field_is_called_by_its_label():
    group = make_family_group([("254700000001", [("1201", "Amina", {"balance": "1.00"})])])
    make_family_run(group)
    Message.objects.update(status="skipped", reason="missing:balance")
    for label, words in [
        ("Loan Balance (KES)", "has no Loan Balance (KES)"), ("Balance due", "has no balance due"), ("ID", "has no ID"),
        ("balance", "has no balance"),
    ]:  # fmt: skip
        ContactField.objects.filter(key="balance").update(label=label)
        assert why_of(Message.objects.get()) == words


def test_the_gateway_s_own_words_are_not_said_for_ours():
    make_family_run(make_family_group([("254700000001", [("1201", "Amina", {"balance": "1.00"})])]))
    Message.objects.update(status="undelivered", reason="phone_off", detail="AbsentSubscriber")
    assert "AbsentSubscriber" not in why_of(Message.objects.get())


def test_a_person_is_named():
    mary = User.objects.create_user("mary", first_name="Mary", last_name="Demo")
    assert why_of(left_out("person", by=mary)) == "opted out by Mary Demo on 3 Nov 2026"
    assert why_of(left_out("reply", by=mary)) == "said STOP on 3 Nov 2026, as Mary Demo read the reply"


def test_of_two_opt_outs_the_one_from_everything_is_told():
    text = left_out("operator", "promotional")
    OptOut.objects.create(phone=text.phone, source="reply", created_at="2026-11-04T09:00Z")
    assert why_of(text) == "said STOP on 4 Nov 2026"


def test_an_opt_out_that_came_later_is_not_why(django_assert_num_queries):
    text = left_out("person")
    OptOut.objects.update(created_at=timezone.now() + timedelta(days=1))
    assert why_of(text) == "opted out"
    OptOut.objects.all().delete()
    with django_assert_num_queries(1):
        assert whys([text] * 50) == {text.pk: "opted out"}
