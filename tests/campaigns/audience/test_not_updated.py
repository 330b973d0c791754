"""Whoever has a value that was not updated, and that a campaign goes by, is left out of it and listed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import planning
from campaigns.actions.retry import make_draft
from campaigns.audience import audience_of
from campaigns.checking.estimate import estimate_exactly, estimate_from_sample
from campaigns.models import Campaign, Message, ReminderKey
from contacts.models import Contact, OptOut, Segment
from contacts.people.merge import IncomingPerson, merge_people
from lib.phones import local_number
from tests.makers import LOAN_FIELDS, make_campaign, make_contact, make_group, make_run
from tests.reading import read
from tests.recurring import at, person, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)

OWING = [{"field": "balance", "op": ">", "value": "0"}]


def make_marked(group, *keys, phone=None, **values):
    person = make_contact(group, phone, **(values or {"balance": "7000.00", "due_date": "2026-12-01"}))
    Contact.objects.filter(pk=person.pk).update(not_updated=sorted(keys) or None)
    return person


def make_segment(*groups, filter=OWING):
    segment = Segment.objects.create(name="Owing", filter=filter)
    segment.groups.set(groups)
    return segment


def left_out(campaign, stage="", **run):
    """What planning, the estimate and its sample say of the campaign: the reasons and how many texts."""
    audience, today = audience_of(campaign), timezone.localdate()
    planned = make_run(campaign, stage=stage, **run)
    assert planning.plan_run(planned.pk)
    texts = Message.objects.filter(run=planned.pk)
    reasons = dict(texts.filter(status="skipped").values_list("phone", "reason"))
    if not stage and not run:
        for estimate in (estimate_exactly(audience, today), estimate_from_sample(audience, today)):
            assert estimate.not_updated == len(reasons)
            assert estimate.texts == texts.filter(status="queued").count()
    return reasons


@pytest.mark.parametrize(
    "text, filter, expected",
    [
        ("Dear <name>", [], None),
        ("KES <balance>", [], "not_updated:balance"),
        ("KES <Balance|0>", [], "not_updated:balance"),
        ("<balance?You owe|You owe nothing>", [], "not_updated:balance"),
        ("On <due_date>", [], "not_updated:due_date"),
        ("KES <balance> on <due_date>", [], "not_updated:balance"),
        ("Dear <name>", OWING, "not_updated:balance"),
        ("Dear <name>", [{"field": "name", "op": "is set"}], None),
    ],
)
def test_by_what_the_text_writes_and_the_filter_compares(text, filter, expected):
    group = make_group(contacts=2)
    person = make_marked(group, "balance", "due_date")
    reasons = left_out(make_campaign(group, text=text, filter=filter))
    assert reasons == ({person.phone: expected} if expected else {})


def test_only_the_fields_that_it_goes_by_count():
    group = make_group(contacts=2)
    make_marked(group, "due_date")
    assert left_out(make_campaign(group, text="KES <balance>")) == {}


def test_a_run_with_a_text_of_its_own_goes_by_that():
    group = make_group(contacts=1)
    person = make_marked(group, "balance")
    campaign = make_campaign(group, text="Dear <name>")
    run = make_run(campaign)
    run.text = "KES <balance>"
    run.save()
    assert planning.plan_run(run.pk)
    assert Message.objects.get(status="skipped").phone == person.phone


def test_the_old_value_is_texted_where_that_was_chosen():
    group = make_group(contacts=1)
    person = make_marked(group, "balance")
    campaign = make_campaign(group, text="KES <balance>", old_values=Campaign.OldValues.SEND)
    assert left_out(campaign) == {}
    assert Message.objects.get(phone=person.phone).text == "KES 7,000.00"
    assert audience_of(campaign).with_old_values(timezone.localdate()) == 1


def test_a_segment_counts_for_the_groups_of_which_it_chooses_people():
    chosen, named = make_group(), make_group()
    of_segment = make_marked(chosen, "balance")
    make_marked(named, "balance")
    campaign = make_campaign(named, text="Dear <name>")
    segment = make_segment(chosen, named)
    campaign.chosen_segments.create(segment=segment, position=0)
    assert left_out(campaign) == {of_segment.phone: "not_updated:balance"}


def test_a_segment_that_is_left_out_counts_by_the_number_in_its_groups():
    everybody, paying = make_group(contacts=1), make_group()
    person = make_contact(everybody)
    make_marked(paying, "balance", phone=person.phone)
    campaign = make_campaign(everybody, text="Dear <name>")
    campaign.exclude_segments.add(make_segment(paying, filter=[{"field": "balance", "op": "=", "value": "0"}]))
    assert left_out(campaign) == {person.phone: "not_updated:balance"}


@pytest.mark.parametrize("before, expected", [(["due_date"], 1), (None, 0)])
def test_a_reminder_goes_by_its_date_and_looks_again_before_it_sends(before, expected):
    """`before`: not updated as it is planned already; else only as it is to go."""
    group = make_group(fields=LOAN_FIELDS)
    jane, john = person(group, "2087-05-04"), person(group, "2087-05-04")
    campaign = remind(group)
    Campaign.objects.filter(pk=campaign.pk).update(text="Dear <name>")
    Contact.objects.filter(pk=jane.pk).update(not_updated=before)
    tick(at(hour=9))
    assert Message.objects.filter(reason="not_updated:due_date").count() == expected
    Contact.objects.filter(pk=jane.pk).update(not_updated=["due_date"])
    send_all()
    assert dict(Message.objects.values_list("phone", "reason")) == {jane.phone: "not_updated:due_date", john.phone: ""}
    assert not ReminderKey.objects.filter(phone=jane.phone).exists()


def test_whom_an_opt_out_leaves_out_is_told_by_that():
    group = make_group(contacts=1)
    person = make_marked(group, "balance")
    OptOut.objects.create(phone=person.phone)
    assert planning.plan_run(make_run(make_campaign(group)).pk)
    assert Message.objects.get(phone=person.phone).reason == "opted_out"


def test_a_draft_for_those_who_were_left_out_goes_to_them_once_they_are_updated():
    group = make_group(contacts=1)
    person = make_marked(group, "balance")
    run = make_run(make_campaign(group))
    assert planning.plan_run(run.pk)
    merge_people(group, [IncomingPerson(person.phone, None, {"balance": "8.00"})])
    draft = make_draft(run, Campaign.Only.LEFT_OUT, None)
    again = make_run(draft)
    assert planning.plan_run(again.pk)
    texts = Message.objects.filter(run=again.pk)
    assert list(texts.values_list("phone", "text")) == [(person.phone, "Dear Jane Wanjiru, KES 8.00")]


@pytest.mark.parametrize("chosen, words", [("skip", "was not updated"), ("send", "KES 7,000.00")])
def test_the_preview_shows_what_becomes_of_the_person(sign_in, chosen, words):
    group = make_group()
    marked = make_marked(group, "balance")
    campaign = make_campaign(group, text="KES <balance>")
    asked = {"text": "KES <balance>", "old_values": chosen, "person": marked.pk}
    shown = sign_in("manager").post(f"/campaigns/{campaign.pk}/preview", asked)
    assert words in shown.content.decode()


def test_the_check_counts_them_and_asks_what_is_to_become_of_them(sign_in):
    client, group = sign_in("manager"), make_group(contacts=2)
    marked = make_marked(group, "balance")
    campaign = make_campaign(group)
    check, choose = reverse("campaign-check", args=[campaign.pk]), reverse("campaign-old-values", args=[campaign.pk])
    shown = read(client.get(check))
    assert "Send 2 texts" in shown
    assert "1 person has a value that was not updated" in shown
    assert local_number(marked.phone)[:4] in shown
    for wanted, version, words in (
        ("send", 1, "1 person is texted an old value"),
        ("skip", 1, "1 person is texted an old value"),
        ("skip", 2, "1 person has a value that was not updated"),
        ("nothing", 3, "1 person has a value that was not updated"),
    ):
        client.post(choose, {"old_values": wanted, "version": version})
        assert words in read(client.get(check)), wanted
    group.contacts.update(not_updated=None)
    assert "not updated" not in read(client.get(check))
