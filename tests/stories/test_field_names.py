"""Texts, filters, reminders and rows of one number by the name that a field has now, and by those that it had."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import placeholders
from campaigns.api.templates import _described as described_template
from campaigns.audience import audience_of
from campaigns.audience.numbers import digest_of, names_read
from campaigns.audience.terms import changed_terms, terms_of
from campaigns.checking.blockers import launch_blockers
from campaigns.checking.forecast import forecast_key
from campaigns.models import Message, MessageTemplate, ReminderKey
from campaigns.planning import plan_run
from campaigns.writing.templates import fields_by_group, fits_of
from contacts.models import Contact
from contacts.people.field_names import name_field
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_run
from tests.recurring import at, remind, send_all, tick
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db(transaction=True)

OLD = "loan_balance_kes"
JANE, JOHN = "254712345678", "254712345679"


@pytest.fixture
def loans():
    group = make_group(name="Loans", fields={OLD: "money", "due": "date"})
    make_contact(group, JANE, name="Jane", **{OLD: "500.00", "due": "2087-05-04"})
    return group


@pytest.fixture
def shops():
    group = make_group(name="Shops", fields={"balance": "money"})
    make_contact(group, JOHN, name="John", balance="7.00")
    return group


def rename(group, name="balance", key=OLD):
    name_field(group.fields.get(key=key), name)


def texts(campaign):
    run = make_run(campaign)
    assert plan_run(run.pk)
    return dict(Message.objects.filter(run=run).values_list("phone", "text"))


@pytest.mark.parametrize("name", ["balance", OLD, "Loan Balance (KES)", "owed"])
def test_a_text_says_the_value_by_every_name(loans, name):
    for one in ("owed", "balance"):
        rename(loans, one)
    campaign = make_campaign(loans, text=f"Hi <name>, KES <{name}>")
    assert not [one.words for one in launch_blockers(audience_of(campaign), timezone.now())]
    assert texts(campaign) == {JANE: "Hi Jane, KES 500.00"}


def test_a_campaign_that_was_written_before_goes_on(loans):
    campaign = make_campaign(loans, text=f"KES <{OLD}>", filter=[{"field": OLD, "op": ">", "value": "100"}])
    before = terms_of(audience_of(campaign))
    rename(loans)
    assert changed_terms(before, terms_of(audience_of(campaign))) == []
    assert texts(campaign) == {JANE: "KES 500.00"}


def test_two_groups_say_one_name_each_by_its_own_field(loans, shops):
    rename(loans)
    campaign = make_campaign(loans, shops, text="KES <balance>", filter=[{"field": "balance", "op": ">", "value": "1"}])
    assert texts(campaign) == {JANE: "KES 500.00", JOHN: "KES 7.00"}


@pytest.mark.parametrize("name, left", [("balance", set()), (OLD, {JOHN})])
def test_segments_mean_and_leave_out_by_each_groups_own_field(loans, shops, name, left):
    rename(loans)
    segment = segment_of(loans, shops, filter=[{"field": name, "op": ">", "value": "1"}])
    assert set(texts(campaign_to(segment))) == {JANE, JOHN} - left
    everybody = make_group(name="All", fields={})
    for phone in (JANE, JOHN):
        make_contact(everybody, phone, name="X")
    assert set(texts(campaign_to(groups=[everybody], without=[segment], name="Rest"))) == left


def test_chips_and_suggestions_write_the_name_of_now(loans):
    rename(loans)
    audience = audience_of(make_campaign(loans))
    assert "balance" in audience.choice.placeholders and OLD not in audience.choice.placeholders
    fields = {"Loans": audience.fields_of(loans)}
    problems = {one.code: one.suggestion for one in placeholders.lint("{balance} <balanc> KES <balance>", fields)}
    assert problems == {"foreign_mark": "<balance>", "unknown_field": "<balance>"}
    (old,) = placeholders.lint(f"{{{OLD}}}", fields)
    assert old.suggestion == "<balance>"
    assert [one.code for one in placeholders.lint(f"<{OLD}>", fields)] == ["no_currency"]


def test_a_template_fits_by_every_name_and_is_told_by_that_of_now(loans):
    rename(loans)
    template = MessageTemplate(name="T", text=f"KES <{OLD}>")
    assert [fit.group for fit in fits_of(template.text, fields_by_group()) if fit] == ["Loans"]
    assert described_template(template, fields_by_group())["placeholders"] == ["balance"]
    assert [fit.group for fit in fits_of("KES <balance>", fields_by_group()) if fit] == ["Loans"]


@pytest.mark.parametrize("name", ["due_date", "due"])
def test_a_reminder_finds_its_date_by_every_name(loans, name):
    today = timezone.localdate()
    Contact.objects.update(values={OLD: "1.00", "due": (today + timedelta(days=3)).isoformat()})
    campaign = remind(loans, field="due", text="Hi <name>")
    rename(loans, "due_date", key="due")
    if name != "due":
        campaign.schedule = campaign.schedule | {"field": name}
        campaign.save(update_fields=["schedule"])
    audience = audience_of(campaign)
    due = audience.due("before_3", today, loans.pk)
    assert due.stands_for(Contact.objects.get().values) == today + timedelta(days=3)
    assert [one.phone for one in audience.members(loans, today, "before_3")] == [JANE]


def test_who_was_not_updated_is_left_out_by_every_name(loans):
    Contact.objects.update(not_updated=[OLD])
    rename(loans)
    audience = audience_of(make_campaign(loans, text="KES <balance>"))
    assert set(audience.not_updated(Contact.objects.all(), "KES <balance>").values()) == {f"not_updated:{OLD}"}
    filtered = make_campaign(loans, text="Hi", filter=[{"field": "balance", "op": ">", "value": "1"}])
    assert audience_of(filtered).not_updated(Contact.objects.all(), "Hi")


def test_a_row_that_changed_is_noticed_by_the_new_name():
    family = make_family_group([(JANE, [("1", "A", {OLD: "1.00"}), ("2", "B", {OLD: "2.00"})])], fields={OLD: "money"})
    rename(family)
    fields = list(family.fields.all())
    names = names_read("KES <balance:sum>", fields)
    (row, _) = map(_Read, family.contacts.order_by("pk"))
    before = digest_of([row], names)
    row.values = {**row.values, OLD: "9.00"}
    assert digest_of([row], names) != before


def test_an_estimate_is_made_anew_once_a_text_means_a_field_by_its_new_name(loans):
    campaign = make_campaign(loans, text="KES <balance>")
    before = forecast_key(audience_of(campaign), timezone.localdate())
    rename(loans)
    assert forecast_key(audience_of(campaign), timezone.localdate()) != before


class _Read:
    def __init__(self, contact):
        self.contact, self.phone, self.name = contact.pk, contact.phone, contact.name
        self.values = contact.values


def test_a_reminder_is_sent_by_the_name_of_now(loans):
    rename(loans, "due_date", key="due")
    campaign = remind(loans, field="due_date", text="Dear <name>, <due_date>")
    tick(at(hour=9, minute=1))
    assert send_all() == 1
    assert Message.objects.get(run__campaign=campaign).text == "Dear Jane, 4 May 2087"
    assert ReminderKey.objects.get().stands_for.isoformat() == "2087-05-04"
