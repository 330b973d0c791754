"""The rows of a number, read together: of all groups, in the order of the numbers, those that count."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.audience import Person, audience_of, numbers
from campaigns.audience.choice import chosen
from campaigns.audience.numbers import digest_of, names_read, of_first_list
from campaigns.audience.reminder_counts import fullest_day, reminder_counts
from campaigns.audience.terms import changed_terms, terms_of
from campaigns.models import Campaign, Message
from contacts.models import Contact, ContactGroup, OptOut, Upload, UploadedPeople
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_row, make_run
from tests.segments import campaign_to, segment_of

TODAY = date(2026, 11, 29)
ONE, TWO, THREE = "254712345671", "254712345672", "254712345673"
TEXT = "<name:list> owe KES <Due Balance:sum>. <paid?Thank you.|>"


def row(contact=1, phone="254712345678", name="Amina", left_out="", **values):
    return Person(contact, phone, name, values, left_out)


@pytest.mark.parametrize(
    "changed",
    [
        row(name="Amna"),
        row(contact=3),
        row(phone="254712345679"),
        row(due_balance="6.00"),
        row(due_balance="5.00", paid="yes"),
        row(),
    ],
)
def test_a_digest_is_another_where_what_the_text_takes_of_a_row_is_another(changed):
    other, names = row(contact=2, name="Juma", duebalance="7.00"), names_read(TEXT)
    before = digest_of([row(due_balance="5.00"), other], names)
    assert digest_of([changed, other], names) != before
    assert digest_of([row(due_balance="5.00")], names) != before
    assert -(2**63) <= before < 2**63


def test_a_digest_is_the_same_where_the_text_does_not_take_what_is_another():
    names = names_read(TEXT)
    rows = [row(due_balance="5.00", adm_no="1201"), row(contact=2, due_balance="7.00")]
    later = [row(contact=2, due_balance="7.00"), row(due_balance="5.00", adm_no="1202", form="2")]
    assert digest_of(rows, names) == digest_of(later, names)
    assert digest_of([row(name="A")], names_read("Hello")) == digest_of([row(name="B")], names_read("Hello"))


# Reading


def read(campaign, **asked):
    """Whole chunks, of references, or names where there is none, by number."""
    chunks = numbers.numbers(audience_of(campaign), TODAY, connection=connection, **asked)
    return [[(rows[0].phone, [row.reference or row.name for row in rows]) for rows in chunk] for chunk in chunks]


def counting(campaign):
    """Those rows that count, by number; and how many were merged."""
    audience = audience_of(campaign)
    found = [
        (rows[0].phone, of_first_list(rows, audience.lists))
        for chunk in numbers.numbers(audience, TODAY, connection=connection)
        for rows in chunk
    ]
    return {phone: [row.reference or row.name for row in kept] for phone, (kept, _) in found}, sum(
        merged for _, (_, merged) in found
    )


@pytest.fixture
def family(db):
    """Two forms of a school, with siblings within and across them, and a list without a key."""
    first = make_family_group(
        [(TWO, [("1202", "Juma", {}), ("1201", "Amina", {})]), (ONE, [("1203", "Zawadi", {})])], name="Form 1"
    )
    second = make_family_group(
        [(THREE, [("1301", "Otieno", {})]), (TWO, [("1302", "Wanjiru", {}), ("1202", "Juma", {})])], name="Form 2"
    )
    staff = make_group("Staff")
    for phone in (TWO, ONE, "254799999999"):
        make_contact(staff, phone=phone, name=f"Staff {phone[-1]}")
    return first, second, staff


@pytest.mark.parametrize("ahead", [1, 2, 3, 4, 5, 100])
def test_numbers_are_whole_and_in_their_order_however_much_is_read_ahead(family, monkeypatch, ahead):
    monkeypatch.setattr(numbers, "READ_AHEAD", ahead)
    monkeypatch.setattr(numbers, "FEWEST_AHEAD", 1)
    first, second, staff = family
    chunks = read(make_campaign(second, staff, first))
    assert [one for chunk in chunks for one in chunk] == [
        (ONE, ["Staff 1", "1203"]),
        (TWO, ["1302", "1202", "Staff 2", "1202", "1201"]),
        (THREE, ["1301"]),
        ("254799999999", ["Staff 9"]),
    ]
    assert all(sum(len(rows) for _, rows in chunk[:-1]) < ahead for chunk in chunks)


def test_reading_goes_on_behind_a_number_whatever_its_length(family):
    make_row(family[0], "44712345670", "9")
    campaign = make_campaign(*family)
    whole = [phone for chunk in read(campaign) for phone, _ in chunk]
    assert whole == [ONE, TWO, THREE, "254799999999", "44712345670"]
    for number, phone in enumerate(whole):
        assert [one for chunk in read(campaign, after=phone) for one, _ in chunk] == whole[number + 1 :]


def test_the_first_list_that_has_a_number_decides_and_within_it_a_reference_counts_once(family):
    first, second, staff = family
    rows = {ONE: ["1203"], TWO: ["1202", "1201", "1302"], THREE: ["1301"], "254799999999": ["Staff 9"]}
    assert counting(make_campaign(first, second, staff)) == (rows, 3)
    assert counting(make_campaign(staff, first, second)) == (
        {ONE: ["Staff 1"], TWO: ["Staff 2"], THREE: ["1301"], "254799999999": ["Staff 9"]}, 5
    )  # fmt: skip
    loans = make_family_group([(TWO, [("1201", "Loan 1", {})])], name="Loans", key="loan_no")
    assert counting(make_campaign(loans, first))[0] == {ONE: ["1203"], TWO: ["1201"]}


def test_a_row_without_a_reference_is_read_too(family):
    make_contact(family[0], phone=TWO, name="Stray")
    assert counting(make_campaign(family[0]))[0] == {ONE: ["1203"], TWO: ["1202", "1201", "Stray"]}


def test_rows_are_filtered_and_left_out_before_they_come_together(family):
    first, _, _ = family
    Contact.objects.filter(group=first, reference="1202").update(values={"adm_no": "1202", "balance": "0.00"})
    Contact.objects.filter(group=first, reference="1201").update(not_updated=["balance"], written_by="key 7")
    OptOut.objects.create(phone=ONE)
    campaign = make_campaign(first, filter=[{"field": "balance", "op": "is not set"}])
    assert counting(campaign)[0] == {ONE: ["1203"], TWO: ["1201"]}
    everybody = make_campaign(first, text="KES <balance>")
    (chunk,) = numbers.numbers(
        audience_of(everybody), TODAY, connection=connection, since=timezone.now() - timedelta(days=1)
    )
    assert [(row.reference, row.left_out, row.writer) for rows in chunk for row in rows] == [
        ("1203", "opted_out", ""), ("1202", "", ""), ("1201", "not_updated:balance", "key 7")
    ]  # fmt: skip


# Who is meant


OWING = [{"field": "balance", "op": ">", "value": "100"}]


def test_of_a_segment_that_is_left_out_a_sibling_stays(family):
    first, second, staff = family
    Contact.objects.filter(reference="1202").update(values={"adm_no": "1202", "balance": "500.00"})
    rows = {ONE: ["1203"], TWO: ["1201"]}
    assert counting(campaign_to(groups=[first], without=[segment_of(first)]))[0] == rows
    # By the same key as another form's rows are told apart; by the number where they are not.
    both = segment_of(second, staff, name="Others")
    assert counting(campaign_to(groups=[first], without=[both]))[0] == rows
    assert counting(campaign_to(groups=[staff], without=[segment_of(first, name="First")]))[0] == {
        ONE: ["Staff 1"],
        "254799999999": ["Staff 9"],
    }
    staff.contacts.filter(phone=TWO).update(values={"balance": "500.00"})
    assert counting(campaign_to(groups=[first], without=[both]))[0] == {ONE: ["1203"]}
    # A group is left out by the number, as it always was.
    campaign = make_campaign(first)
    campaign.exclude_groups.add(second)
    assert counting(campaign)[0] == {ONE: ["1203"]}


def test_a_value_by_which_a_sibling_would_be_left_out_and_that_was_not_updated_leaves_only_it_out(family):
    first, _, staff = family
    Contact.objects.filter(group=first, reference="1202").update(not_updated=["balance"])
    audience = audience_of(campaign_to(groups=[first, staff], without=[segment_of(first)]))
    (chunk,) = numbers.numbers(audience, TODAY, connection=connection)
    left_out = {(row.reference or row.name): row.left_out for rows in chunk for row in rows}
    assert {row for row, reason in left_out.items() if reason == "not_updated:balance"} == {"1202", "Staff 2"}


def test_only_the_rows_of_an_upload_where_the_group_tells_them_apart_as_then(family):
    first, second, _ = family
    upload = Upload.objects.create(group=first, name="monday.csv", status="done", key="adm_no")
    UploadedPeople.objects.create(upload=upload, phones=[int(TWO)], rows=[f"{TWO}/1201"])
    assert counting(make_campaign(first, second, upload=upload))[0] == {TWO: ["1201"]}
    ContactGroup.objects.filter(pk=first.pk).update(key="other_no")
    assert counting(make_campaign(first, upload=upload))[0] == {TWO: ["1202", "1201"]}


def test_how_many_are_told_in_rows_and_in_people(family):
    first, second, staff = family
    count = chosen(make_campaign(first, second, staff)).how_many(TODAY)
    assert (count.texts, count.people, count.exact) == (6, 4, True)
    count = chosen(make_campaign(staff)).how_many(TODAY)
    assert (count.texts, count.people, count.exact) == (3, 3, True)
    campaign = make_campaign(first, second)
    assert (audience_of(campaign).everybody(TODAY), audience_of(campaign).most_texts(TODAY)) == (4, 4)
    campaign.one_text_for = Campaign.OneTextFor.ROW
    assert (audience_of(campaign).everybody(TODAY), audience_of(campaign).most_texts(TODAY)) == (4, 6)


def test_the_days_of_a_reminder_are_counted_in_people_and_in_texts(family):
    first, _, _ = family
    for contact in Contact.objects.filter(group=first):
        Contact.objects.filter(pk=contact.pk).update(values={**contact.values, "due_date": "2026-12-02"})
    campaign = make_campaign(first, schedule={"field": "due_date", "time": "09:00", "stages": [{"days_before": 3}]})
    for way, texts in (("row", 3), ("number", 2)):
        campaign.one_text_for = way
        (day,) = reminder_counts(audience_of(campaign), [TODAY])
        assert (day.people, list(day.texts.values())) == (2, [texts])
        assert fullest_day(audience_of(campaign), TODAY, 5) == (2, texts)


def test_a_key_given_taken_or_changed_is_told_to_who_approved(family):
    first, _, staff = family
    before = terms_of(audience_of(make_campaign(first, staff)))
    assert changed_terms(before, before) == []
    assert "keys" not in terms_of(audience_of(make_campaign(staff)))
    ContactGroup.objects.filter(pk=first.pk).update(key="")
    ContactGroup.objects.filter(pk=staff.pk).update(key="adm_no")
    now = terms_of(audience_of(make_campaign(first, staff)))
    assert changed_terms(before, now) == ["the key of “Form 1”", "the key of “Staff”"]
    ContactGroup.objects.filter(pk=staff.pk).update(key="staff_no")
    assert changed_terms(now, terms_of(audience_of(make_campaign(first, staff)))) == ["the key of “Staff”"]


def draft_again(group, texts, **fields):
    """A draft for those of a run who were left out, of whom the run had these texts: (number, reference)."""
    before = make_campaign(group, one_text_for="row", status="finished")
    run = make_run(before)
    batch = run.batches.create(size=len(texts), tally={"skipped": len(texts)})
    for phone, reference in texts:
        Message.objects.create(
            run=run, batch=batch, phone=phone, reference=reference, status="skipped", parts=0,
            reason="missing:balance",
        )  # fmt: skip
    return make_campaign(group, of_run=run, only=Campaign.Only.LEFT_OUT, **fields)


@pytest.mark.parametrize(
    "way, references, meant",
    [
        ("row", ["1201"], ["1201"]),
        ("row", [""], ["1202", "1201"]),  # of before the group had its key
        ("number", [""], ["1202", "1201"]),
        ("number", ["1201"], ["1202", "1201"]),
    ],
)
def test_a_draft_for_those_who_were_left_out_is_for_their_rows(family, way, references, meant):
    draft = draft_again(family[0], [(TWO, one) for one in references], one_text_for=way)
    assert counting(draft)[0] == {TWO: meant}


def test_a_row_that_another_such_draft_reached_is_out_and_its_sibling_is_not(family):
    draft = draft_again(family[0], [(TWO, "1201"), (TWO, "1202")], one_text_for="row")
    other = make_campaign(family[0], of_run=draft.of_run, only=draft.only)
    run = make_run(other)
    batch = run.batches.create(size=1)
    Message.objects.create(run=run, batch=batch, phone=TWO, reference="1202", parts=1, status="delivered")
    assert counting(draft)[0] == {TWO: ["1201"]}
    Message.objects.filter(run=run).update(reference="")
    assert counting(draft)[0] == {}
