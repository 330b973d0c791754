"""Runs to groups that tell rows of one number apart: a text for each row or for each number, each once."""

from collections import Counter
from datetime import date

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from campaigns import planning
from campaigns.audience import numbers, people
from campaigns.audience.due import Due
from campaigns.audience.numbers import digest_of, names_read
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, Campaign, Message, ReminderKey, Run
from campaigns.planning import begin_planning, store, store_numbers
from contacts.models import Contact, ContactGroup, OptOut, Segment
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_phone, make_row, make_run
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db(transaction=True)

ONE, TWO, THREE = "254712345671", "254712345672", "254712345673"
EACH = "<name> owes KES <balance>."
ALL = "<name:first:list> owe KES <balance:sum>, first on <due_date:earliest:d mmm>."


def child(reference, name, balance="100.00", due="2026-12-05"):
    return reference, name, {"balance": balance, "due_date": due}


@pytest.fixture
def pupils():
    return make_family_group(
        [
            (TWO, [child("1201", "Amina Demo"), child("1202", "Juma Demo", "250.00", "2026-12-01")]),
            (ONE, [child("1203", "Zawadi Demo", "70.00")]),
        ],
        name="Pupils",
    )


def planned(*groups, text=EACH, way="row", **fields):
    run = make_run(make_campaign(*groups, text=text, one_text_for=way, **fields))
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    return run


def texts(run):
    """By number and reference: the text, or the reason."""
    rows = Message.objects.filter(run=run).order_by("phone", "pk").values_list("phone", "reference", "text", "reason")
    return [(phone, reference, text or reason) for phone, reference, text, reason in rows]


def test_a_text_for_each_row(pupils):
    run = planned(pupils)
    assert texts(run) == [
        (ONE, "1203", "Zawadi Demo owes KES 70.00."),
        (TWO, "1201", "Amina Demo owes KES 100.00."),
        (TWO, "1202", "Juma Demo owes KES 250.00."),
    ]
    assert (run.audience, run.people, run.reached, run.merged, run.parts) == (3, 2, 2, 0, 3)
    assert (run.cursor_group, run.cursor_contact) == (0, int(TWO))
    assert str(run.estimate) == "1.8000"
    juma = Message.objects.get(reference="1202")
    assert juma.contact == Contact.objects.get(reference="1202").pk
    assert (juma.person, juma.group_name, juma.rows, juma.rows_digest) == ("Juma Demo", "Pupils", None, None)


def test_one_text_for_all_rows_of_a_number(pupils):
    run = planned(pupils, text=ALL, way="number")
    assert texts(run) == [
        (ONE, "", "Zawadi owe KES 70.00, first on 5 Dec."),
        (TWO, "", "Amina and Juma owe KES 350.00, first on 1 Dec."),
    ]
    assert (run.audience, run.people, run.parts) == (2, 2, 2)
    alone, together = Message.objects.order_by("phone")
    rows = list(Contact.objects.filter(phone=TWO).order_by("pk"))
    assert (alone.person, alone.rows, alone.rows_digest) == ("Zawadi Demo", None, None)
    assert (together.person, together.group_name, together.contact) == (None, "Pupils", rows[0].pk)
    assert together.rows == [row.pk for row in rows]
    read = [numbers.Row(one.pk, one.phone, one.name, one.values, "", "", one.reference, 0) for one in rows]
    assert together.rows_digest == digest_of(reversed(read), names_read(ALL))


def test_rows_that_would_read_the_same_get_one_text(pupils):
    run = planned(pupils, text="School opens on 5 January.")
    assert texts(run) == [
        (ONE, "1203", "School opens on 5 January."),
        (TWO, "1201", "School opens on 5 January."),
        (TWO, "1202", "same_text"),
    ]
    assert (run.audience, run.people) == (3, 2)
    assert totals(run).left_out == {"same_text": 1}


def test_why_a_number_is_left_out_names_the_row(pupils):
    make_row(pupils, THREE, "1301", "Otieno")
    make_row(pupils, THREE, "1302", "Akinyi", balance="5.00")
    run = planned(pupils, text="Owed: KES <balance:sum>", way="number")
    left_out = Message.objects.get(run=run, status="skipped")
    assert (left_out.phone, left_out.reason, left_out.detail) == (THREE, "missing:balance", "1301, Otieno")
    assert (len(left_out.rows), left_out.rows_digest) == (2, None)
    run = planned(pupils, text=EACH, way="number")
    assert texts(run)[1:] == [(TWO, "", "several_values:name"), (THREE, "", "several_values:name")]


def test_who_may_not_be_texted_is_left_out_by_the_number_and_a_row_by_itself(pupils):
    OptOut.objects.create(phone=ONE)
    Contact.objects.filter(reference="1202").update(not_updated=["balance"])
    assert texts(planned(pupils)) == [
        (ONE, "1203", "opted_out"),
        (TWO, "1201", "Amina Demo owes KES 100.00."),
        (TWO, "1202", "not_updated:balance"),
    ]
    run = planned(pupils, text=ALL, way="number")
    assert texts(run) == [(ONE, "", "opted_out"), (TWO, "", "not_updated:balance")]
    assert Message.objects.get(run=run, phone=TWO).detail == "1202, Juma Demo"


@pytest.mark.parametrize("way", ["row", "number"])
def test_of_a_number_in_several_lists_the_first_one_decides(pupils, way):
    form = make_family_group([(TWO, [child("1301", "Otieno Demo", "1.00"), child("1201", "Amina again")])], "Form 2")
    loans = make_family_group([(TWO, [child("7", "Loan")]), (THREE, [child("8", "Other")])], "Loans", key="loan_no")
    staff = make_group("Staff")
    for phone in (TWO, "254700000000"):
        make_contact(staff, phone=phone, name="Staff Demo", balance="9.00", due_date="2026-12-09")
    run = planned(pupils, form, loans, staff, text=EACH if way == "row" else ALL, way=way)
    if way == "row":
        assert texts(run) == [
            ("254700000000", "", "Staff Demo owes KES 9.00."),
            (ONE, "1203", "Zawadi Demo owes KES 70.00."),
            (TWO, "1201", "Amina Demo owes KES 100.00."),
            (TWO, "1202", "Juma Demo owes KES 250.00."),
            (TWO, "1301", "Otieno Demo owes KES 1.00."),
            (THREE, "8", "Other owes KES 100.00."),
        ]
        assert (run.audience, run.people, run.merged) == (6, 4, 3)
    else:
        assert texts(run)[2] == (TWO, "", "Amina, Juma and Otieno owe KES 351.00, first on 1 Dec.")
        assert (run.audience, run.people, run.merged) == (4, 4, 3)
        assert Message.objects.get(phone=TWO).group_name is None
    staff_first = planned(staff, pupils, text="Hello <name:first:list>", way=way)
    assert [one for one in texts(staff_first) if one[0] == TWO] == [(TWO, "", "Hello Staff")]


@pytest.mark.parametrize("way", ["row", "number"])
@pytest.mark.parametrize("killed_at", [1, 2, 3, 4])
def test_a_planner_that_dies_is_followed_by_one_that_goes_on(monkeypatch, killed_at, way):
    monkeypatch.setattr(numbers, "READ_AHEAD", 10)
    monkeypatch.setattr(numbers, "FEWEST_AHEAD", 3)
    family = [
        (make_phone(), [child(f"{row}-{number}", f"Child {row}{number}") for row in range(3)]) for number in range(12)
    ]
    first = make_family_group(family[:8], "First")
    second = make_family_group(family[6:], "Second")
    make_row(second, family[0][0], "x", "Only there", balance="1.00", due_date="2026-12-01")
    run = make_run(make_campaign(second, first, text=EACH if way == "row" else ALL, one_text_for=way))
    written, chunks = store_numbers.copy_in, []

    def dying(run, texts):
        written(run, texts)
        chunks.append(len(texts))
        if len(chunks) == killed_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(store_numbers, "copy_in", dying)
    with pytest.raises(KeyboardInterrupt):
        planning.plan_run(run.pk)
    monkeypatch.setattr(store_numbers, "copy_in", written)
    assert Message.objects.count() == sum(chunks[:-1])
    # Their contacts are other ones now; whoever was planned is not planned again.
    again = list(Contact.objects.order_by("pk").values("group_id", "phone", "reference", "name", "values"))
    Contact.objects.all().delete()
    Contact.objects.bulk_create(Contact(**one) for one in reversed(again))
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    count = 37 if way == "row" else 12
    assert len(set(Message.objects.values_list("phone", "reference"))) == Message.objects.count() == count
    assert (run.audience, run.people, run.merged) == (count, 12, 6)
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}


def test_of_two_planners_one_stops(pupils, monkeypatch):
    monkeypatch.setattr(numbers, "READ_AHEAD", 1)
    run = make_run(make_campaign(pupils, text=EACH, one_text_for="row"))
    written, once = store_numbers._chunk, []

    def overtaken(run, numbers, again, *, look):
        if not once:
            once.append(1)
            assert planning.plan_run(run.pk)
        return written(run, numbers, again, look=look)

    monkeypatch.setattr(store_numbers, "_chunk", overtaken)
    assert planning.plan_run(run.pk) is False
    run.refresh_from_db()
    assert (Message.objects.count(), run.audience, run.people) == (3, 3, 2)


def test_a_number_that_has_a_text_already_is_planned_no_more(pupils):
    """As nobody should write it: the planner leaves the number as it is and goes on."""
    run = make_run(make_campaign(pupils, text=EACH, one_text_for="row"))
    batch = run.batches.create(size=1)
    Message.objects.create(run=run, batch=batch, phone=TWO, reference="1202", text="Before", parts=1)
    assert planning.plan_run(run.pk)
    assert texts(run) == [(ONE, "1203", "Zawadi Demo owes KES 70.00."), (TWO, "1202", "Before")]


def test_a_key_that_is_given_while_a_run_is_planned_changes_nothing_of_it(monkeypatch):
    monkeypatch.setattr(people, "READ_AHEAD", 2)
    group = make_group("Loans", fields={"loan_no": "text", "balance": "money"}, contacts=5, balance="1.00")
    run = make_run(make_campaign(group, text="Hello <name>", one_text_for="row"))
    written, once = store.copy_in, []

    def dying(run, texts):
        written(run, texts)
        if once:
            raise KeyboardInterrupt
        once.append(1)

    monkeypatch.setattr(store, "copy_in", dying)
    with pytest.raises(KeyboardInterrupt):
        planning.plan_run(run.pk)
    monkeypatch.setattr(store, "copy_in", written)
    ContactGroup.objects.filter(pk=group.pk).update(key="loan_no")
    group.refresh_from_db()
    phones = list(group.contacts.order_by("pk").values_list("phone", flat=True))
    for phone in (phones[0], phones[-1]):
        for number in range(2):
            make_row(group, phone, f"L{number}", f"Loan {number}")
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    assert (run.by_number, run.audience, run.people) == (False, 5, 5)
    assert sorted(phones) == sorted(Message.objects.values_list("phone", flat=True))
    assert set(Message.objects.values_list("reference", flat=True)) == {""}


@pytest.mark.parametrize("way", ["row", "number"])
def test_a_key_that_is_taken_away_while_a_run_is_planned_lets_it_go_on_by_the_number(pupils, monkeypatch, way):
    monkeypatch.setattr(numbers, "READ_AHEAD", 1)
    make_row(pupils, THREE, "1301", "Otieno Demo", balance="3.00")
    run = make_run(make_campaign(pupils, text="<name:list>", one_text_for=way))
    written = store_numbers.copy_in

    def dying(run, texts):
        written(run, texts)
        if texts[0].phone == TWO:
            raise KeyboardInterrupt

    monkeypatch.setattr(store_numbers, "copy_in", dying)
    with pytest.raises(KeyboardInterrupt):
        planning.plan_run(run.pk)
    monkeypatch.setattr(store_numbers, "copy_in", written)
    Contact.objects.filter(reference="1202").delete()
    Contact.objects.update(reference="")
    ContactGroup.objects.update(key="")
    assert planning.plan_run(run.pk)
    assert sorted(Message.objects.values_list("phone", "text")) == [
        (ONE, "Zawadi Demo"), (TWO, "Amina Demo"), (THREE, "Otieno Demo")
    ]  # fmt: skip


@override_settings(QSMS_BATCH_SIZE=4)
def test_no_batch_holds_a_mobile_twice(pupils):
    for number in range(6):
        for row in range(number):
            make_row(pupils, f"25471000000{number}", f"{number}-{row}", f"Child {number} {row}", balance="1.00")
    planned(pupils)
    batches = {}
    for batch, phone in Message.objects.values_list("batch", "phone"):
        batches.setdefault(batch, []).append(phone)
    assert all(Counter(phones).most_common(1)[0][1] == 1 for phones in batches.values())
    # By number 2, 1, 5, 4, 3, 2, 1 texts: so many first ones, second ones, ...
    assert sorted(map(len, batches.values()), reverse=True) == [4, 4, 3, 3, 2, 1, 1]
    assert [batch.size for batch in Batch.objects.order_by("pk")] == [len(batches[pk]) for pk in sorted(batches)]


def test_people_are_counted_from_a_run_that_an_older_planner_has_begun():
    group = make_group(contacts=3)
    run = make_run(make_campaign(group, text="Hello <name>"))
    Run.objects.filter(pk=run.pk).update(audience=7, people=None)
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    assert (run.audience, run.people, run.reached) == (10, 10, 10)


def test_every_text_says_whom_it_is_for_also_where_no_group_has_a_key():
    group = make_group("Loans", contacts=2)
    make_contact(group, name="\\N", balance="1.00")
    make_contact(group, name="")
    planned(group, text="Hello <name>")
    assert list(Message.objects.order_by("pk").values_list("person", "group_name", "reason")) == [
        ("Person 0", "Loans", ""),
        ("Person 1", "Loans", ""),
        ("\\N", "Loans", "missing:name"),
        ("", "Loans", "missing:name"),
    ]


@pytest.mark.parametrize("frozen", [True, False])
def test_how_a_run_is_planned_is_settled_when_it_begins(pupils, frozen):
    audience = Campaign.Audience.FROZEN if frozen else Campaign.Audience.LIVE
    keyless = make_group("Staff")
    campaigns = [
        make_campaign(keyless, pupils, one_text_for="row", audience=audience),
        campaign_to(segment_of(pupils, keyless), one_text_for="row", audience=audience),
        make_campaign(keyless, one_text_for="row", audience=audience),
        campaign_to(segment_of(keyless, name="Staff"), audience=audience),
    ]
    runs = [Run.objects.create(campaign=one, scheduled_for=timezone.now()) for one in campaigns]
    for run in runs:
        assert begin_planning(run)
        run.refresh_from_db()
    assert [(run.by_number, run.check_rows, run.one_text_for) for run in runs] == [
        (True, frozen, "row"), (True, frozen, "row"), (False, False, "row"), (False, False, "number")
    ]  # fmt: skip
    assert Segment.objects.count() == 2


def test_what_was_written_since_the_approval_is_noted_by_the_number(pupils):
    since = timezone.now()
    campaign = make_campaign(pupils, text=ALL, one_text_for="number", approved_until=since)
    Contact.objects.filter(phone=TWO).update(written_by="key 7", written_at=timezone.now())
    run = make_run(campaign)
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    assert run.as_planned["written"] == {"key 7": [1, 1]}
    row_way = make_campaign(pupils, text=EACH + " x" * 80, one_text_for="row", approved_until=since)
    run = make_run(row_way)
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    assert run.as_planned["written"] == {"key 7": [1, 2]}


# Reminders

DUE = date(2026, 12, 5)
SCHEDULE = {"field": "due_date", "time": "09:00", "stages": [{"days_before": 3}]}


def reminded(group, text, way):
    """A reminder and the run of one day of it."""
    campaign = make_campaign(group, text=text, one_text_for=way, schedule=SCHEDULE)
    run = make_run(campaign, stage="before_3", occurrence="2026-12-02")
    return campaign, run


def keys(run):
    return {(key.phone, key.reference): key.told_by for key in ReminderKey.objects.filter(run=run)}


@pytest.fixture
def family():
    return make_family_group(
        [
            (
                TWO,
                [child("1201", "Amina"), child("1202", "Juma", "50.00"), child("1203", "Zawadi", "0.00", "2026-12-06")],
            )
        ],
        name="Family",
    )


def test_each_row_that_is_told_has_a_key_that_says_by_which_text(family):
    _, run = reminded(family, "School fees are due.", "row")
    assert planning.plan_run(run.pk)
    assert texts(run) == [(TWO, "1201", "School fees are due."), (TWO, "1202", "same_text")]
    assert keys(run) == {(TWO, "1201"): "1201", (TWO, "1202"): "1201"}
    _, run = reminded(family, "KES <balance:sum> due", "number")
    assert planning.plan_run(run.pk)
    assert texts(run) == [(TWO, "", "KES 150.00 due")]
    assert keys(run) == {(TWO, "1201"): "", (TWO, "1202"): ""}


def told_meanwhile(monkeypatch, campaign, *references):
    """As if another run had told these rows after this one had read."""
    for reference in references:
        ReminderKey.objects.create(
            campaign=campaign, stage="before_3", phone=TWO, reference=reference, stands_for=DUE, told_by=reference
        )
    monkeypatch.setattr(Due, "not_yet", lambda due, contacts, **_: due.among(contacts))


def test_the_key_decides_row_by_row_and_the_rest_is_written_anew(family, monkeypatch):
    campaign, run = reminded(family, "School fees are due.", "row")
    told_meanwhile(monkeypatch, campaign, "1201")
    assert planning.plan_run(run.pk)
    assert texts(run) == [(TWO, "1202", "School fees are due.")]
    assert keys(run) == {(TWO, "1202"): "1202"}
    campaign, run = reminded(family, "KES <balance:sum> due", "number")
    told_meanwhile(monkeypatch, campaign, "1202")
    assert planning.plan_run(run.pk)
    assert texts(run) == [(TWO, "", "KES 100.00 due")]
    run.refresh_from_db()
    assert (run.audience, run.people) == (1, 1)


def test_a_row_that_is_not_told_after_all_keeps_no_key(family, monkeypatch):
    campaign, run = reminded(family, "KES <balance:sum> due", "number")
    Contact.objects.filter(reference="1202").update(values={"adm_no": "1202", "balance": "0.00", "due_date": f"{DUE}"})
    Campaign.objects.filter(pk=campaign.pk).update(zero_amounts="skip")
    told_meanwhile(monkeypatch, campaign, "1201")
    assert planning.plan_run(run.pk)
    assert texts(run) == [(TWO, "", "zero:balance")]
    assert keys(run) == {}


@pytest.mark.parametrize("way", ["row", "number"])
def test_who_was_told_of_before_the_group_had_a_key_is_not_told_again(family, monkeypatch, way):
    campaign, run = reminded(family, "KES <balance:sum> due", way)
    told_meanwhile(monkeypatch, campaign, "")
    assert planning.plan_run(run.pk)
    assert texts(run) == []
    run.refresh_from_db()
    assert (run.audience, run.people) == (0, 0)


def test_who_was_told_of_a_row_is_not_told_again_without_the_key(monkeypatch):
    group = make_group("Loans")
    make_contact(group, phone=TWO, due_date=f"{DUE}")
    campaign, run = reminded(group, "Due", "number")
    told_meanwhile(monkeypatch, campaign, "1201")
    assert planning.plan_run(run.pk)
    assert texts(run) == []


def test_a_chunk_that_dies_leaves_no_keys(family, monkeypatch):
    _, run = reminded(family, "KES <balance:sum> due", "number")
    monkeypatch.setattr(store_numbers, "copy_in", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        planning.plan_run(run.pk)
    assert not ReminderKey.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT cursor_contact, audience, people FROM campaigns_run WHERE id = %s", [run.pk])
        assert cursor.fetchone() == (0, 0, None)
