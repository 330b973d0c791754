"""Check of a campaign whose groups tell rows of one number apart: what it foresees is what planning makes of it."""

from collections import Counter

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import launch, set_rules
from campaigns.approval.growth import why_to_be_approved
from campaigns.approval.rule import differences, expected, snapshot
from campaigns.audience import audience_of, sample
from campaigns.checking import estimate
from campaigns.checking.cautions import cautions_of, keyed_since
from campaigns.checking.check import check_draft
from campaigns.checking.forecast import forecast_key
from campaigns.models import Campaign, Message, Run
from contacts.models import Contact, ContactGroup, OptOut
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_phone, make_row, make_run

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate
EACH = "Dear parent of <name>, KES <balance>"
ALL = "Dear parent of <name:list>, KES <balance:sum>"


def child(adm_no, name, balance="1000.00", due="2026-12-01"):
    values = {"balance": balance, "due_date": due} if balance else {"due_date": due}
    return adm_no, name, values


@pytest.fixture
def school():
    """Two forms that are one list, and parents of a group without a key: 3 have several children, in both forms."""
    one = make_family_group(
        [
            (make_phone(1), [child("01", "Amina"), child("02", "Juma", "500.00"), child("03", "Amina")]),
            (make_phone(2), [child("04", "Neema"), child("05", "Brian", "")]),
            (make_phone(3), [child("06", "Zuhura", "0.00")]),
            (make_phone(4), [child("07", "Achieng", due="2026-12-05"), child("08", "Kiprop", due="2026-11-30")]),
        ],
        "Form 1",
    )
    two = make_family_group(
        [
            (make_phone(1), [child("09", "Otieno", "250.00"), child("01", "Amina of Form 2")]),
            (make_phone(5), [child("10", "Njeri")]),
        ],
        "Form 2",
    )
    return one, two, _with(make_group("Helpers"), make_phone(4), make_phone(6))


def _with(group, *phones):
    for phone in phones:
        make_contact(group, phone, balance="1.00", due_date="2026-12-01")
    return group


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("way", "text", "audience", "people"),
    [
        ("row", EACH, 11, 6),
        ("number", ALL, 6, 6),
        ("number", EACH, 6, 6),
        ("number", "<balance?KES <balance>|paid>", 6, 6),
    ],
)
def test_the_estimate_is_what_planning_then_makes(school, way, text, audience, people):
    OptOut.objects.create(phone=make_phone(5))
    campaign = make_campaign(*school, text=text, one_text_for=way, status=Campaign.Status.ACTIVE)
    found = estimate.estimate_exactly(audience_of(campaign), TODAY())
    assert estimate.estimate_from_sample(audience_of(campaign), TODAY()) == found
    run = Run.objects.create(campaign=campaign, scheduled_for=timezone.now())
    assert planning.begin_planning(run)
    planning.plan_run(run.pk)
    run.refresh_from_db()
    texts = Message.objects.filter(run=run)
    assert (found.audience, found.people) == (run.audience, run.people) == (audience, people)
    assert (found.merged, found.parts, found.cost) == (run.merged, run.parts, run.estimate)
    assert found.left_out == Counter(texts.filter(status="skipped").values_list("reason", flat=True))
    assert found.by_parts == Counter(texts.filter(status="queued").values_list("parts", flat=True))
    assert found.reached == texts.filter(status="queued").values("phone").distinct().count()
    assert {one.text for one in found.samples} <= set(texts.values_list("text", flat=True))


def test_a_sample_of_numbers_is_near_the_truth_however_many_rows_they_have(monkeypatch):
    monkeypatch.setattr(sample, "PEOPLE", 1_000)
    group = make_family_group([])
    for number in range(2_000):
        rows = 5 if number % 4 == 0 else 1
        Contact.objects.bulk_create(
            Contact(
                group=group, phone=make_phone(number), reference=f"{number}/{row}", name=f"Child {row}",
                values={"adm_no": f"{number}/{row}", "balance": "10.00"} if number % 3 else {"adm_no": "x"},
            )
            for row in range(rows)
        )  # fmt: skip
    group.refresh_from_db()
    for way, text in (("row", EACH), ("number", ALL)):
        audience = audience_of(make_campaign(group, text=text, one_text_for=way))
        whole, part = (find(audience, TODAY()) for find in (estimate.estimate_exactly, estimate.estimate_from_sample))
        assert not part.exact
        for name in ("audience", "people", "reached", "texts", "parts", "missing"):
            assert abs(getattr(part, name) - getattr(whole, name)) < 0.2 * getattr(whole, name), (way, name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dear parent of <name>", "3 people have several values of <name>: write <name:list>, or"),
        ("KES <balance>", "1 person has several values of <balance>: write <balance:sum>, or"),
        ("Pay by <due_date>", "1 person has several values of <due_date>: write <due_date:earliest>, or"),
        ("Fees<balance? are due|>", "1 person has rows of which some fulfil <balance?…> and others do not:"),
    ],
)
def test_rows_that_differ_in_what_the_text_says_block_a_text_a_number(school, text, words):
    campaign = make_campaign(*school, text=text)
    found = check_draft(audience_of(campaign), timezone.now(), None, None)
    assert [one.words for one in found.blockers] == [f"{words} send one text for each row."]
    campaign.one_text_for = "row"
    assert not check_draft(audience_of(campaign), timezone.now(), None, None).blockers


def test_texts_that_say_the_same_are_told_and_one_text_a_number_is_a_click_away(sign_in, school):
    campaign = make_campaign(*school, text="Dear parent, we meet on Friday.", one_text_for="row")
    client, check = sign_in(Role.MANAGER), reverse("campaign-check", args=[campaign.pk])
    page = client.get(check).content.decode()
    assert "5 texts say the same as another to the same number" in " ".join(page.split())
    choice = {"one_text_for": "number", "version": campaign.version}
    assert client.post(reverse("campaign-one-text-for", args=[campaign.pk]), choice).url == check
    campaign.refresh_from_db()
    assert campaign.one_text_for == "number"
    assert "say the same" not in client.get(check).content.decode()
    choice |= {"one_text_for": "everybody", "version": campaign.version}
    client.post(reverse("campaign-one-text-for", args=[campaign.pk]), choice)
    campaign.refresh_from_db()
    assert campaign.one_text_for == "number"


def test_what_several_rows_come_to_is_said_at_check(sign_in, school):
    campaign = make_campaign(*school, text=EACH, one_text_for="row")
    page = " ".join(sign_in(Role.MANAGER).get(reverse("campaign-check", args=[campaign.pk])).content.decode().split())
    assert "<strong>9</strong> texts to <strong>6</strong> people" in page


def test_a_draft_that_is_older_than_the_key_says_so(sign_in, school):
    group = make_group("Pupils", fields={"adm_no": "text"}, contacts=2)
    campaign = make_campaign(group, text="Hello")
    ContactGroup.objects.filter(pk=group.pk).update(key="adm_no", keyed_at=timezone.now())
    day = timezone.localdate()
    words = f"“Pupils” tells rows apart by adm_no since {day:%-d %b %Y}: this draft is older and sends one text for "
    words = f"{words}each number."
    assert keyed_since(audience_of(campaign)) == words
    client = sign_in(Role.MANAGER)
    assert words in " ".join(client.get(reverse("campaign-check", args=[campaign.pk])).content.decode().split())
    choice = {"one_text_for": "row", "version": campaign.version}
    client.post(reverse("campaign-one-text-for", args=[campaign.pk]), choice)
    campaign.refresh_from_db()
    assert keyed_since(audience_of(campaign)) == ""
    assert keyed_since(audience_of(make_campaign(*school))) == ""


def test_groups_that_tell_rows_apart_by_other_fields_and_many_texts_to_one_number_are_told(school):
    one, _, _ = school
    other = make_family_group([(make_phone(1), [child("x", "Somebody")])], "Boarders", key="bed")
    many = make_family_group([(make_phone(9), [child(str(number), f"Child {number}") for number in range(12)])], "Home")
    campaign = make_campaign(one, other, many, text=EACH, one_text_for="row")
    audience = audience_of(campaign)
    found = cautions_of(audience, estimate.estimate_exactly(audience, TODAY()), timezone.now())
    assert (
        "Rows are told apart in “Form 1” by adm_no and “Boarders” by bed: 1 number that stands in several of these "
        "gets the texts of the first one only." in found
    )
    assert "0700 000 009 would get 12 texts." in found


@pytest.mark.django_db(transaction=True)
def test_thresholds_compare_people_with_people(school):
    set_rules.set_rule("approval", "above 6 people")
    campaign = make_campaign(*school, text=EACH, one_text_for="row", status=Campaign.Status.ACTIVE)
    found = expected(audience_of(campaign), timezone.now())
    assert (found.people, found.texts) == (6, 11)
    run = make_run(campaign)
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert why_to_be_approved(run) == ""
    set_rules.set_rule("approval", "above 5 people")
    assert why_to_be_approved(run) == "It would go to 6 people; above 5 somebody else approves."


def test_which_of_both_it_is_is_part_of_what_is_approved(school):
    one, _, helpers = school
    campaign = make_campaign(one, text=EACH, one_text_for="row")
    campaign.approved = snapshot(audience_of(campaign))
    assert not differences(audience_of(campaign))
    campaign.one_text_for = "number"
    assert [(each.what, each.before, each.now) for each in differences(audience_of(campaign))] == [
        ("One text for", "Each row", "Each number")
    ]
    # What was approved before groups had keys is not other than it was.
    old = make_campaign(helpers)
    old.approved = {key: value for key, value in snapshot(audience_of(old)).items() if key != "one_text_for"}
    assert not differences(audience_of(old))


def test_the_exact_figures_are_worked_out_anew_in_the_other_way(school):
    campaign = make_campaign(*school, text=EACH, one_text_for="row")
    keys = {forecast_key(audience_of(campaign), TODAY())}
    campaign.one_text_for = "number"
    keys.add(forecast_key(audience_of(campaign), TODAY()))
    ContactGroup.objects.filter(pk=school[0].pk).update(key="")
    keys.add(forecast_key(audience_of(campaign), TODAY()))
    assert len(keys) == 3


def test_a_launch_waits_for_a_word_on_zeros_of_a_sum(school):
    one, two, _ = school
    make_row(two, make_phone(5), "11", "Paid up", balance="-1000.00", due_date="2026-12-01")
    campaign = make_campaign(one, two, text=ALL)
    found = estimate.estimate_exactly(audience_of(campaign), TODAY())
    assert found.zeros == 2
    campaign.zero_amounts = "skip"
    assert estimate.estimate_exactly(audience_of(campaign), TODAY()).left_out["zero:balance"] == 2


def test_launching_a_draft_with_a_key_plans_by_number(school):
    campaign = make_campaign(*school, text=EACH, one_text_for="row")
    run = launch.launch(campaign.pk)
    assert planning.begin_planning(run)
    run.refresh_from_db()
    assert (run.by_number, run.one_text_for, run.check_rows) == (True, "row", False)


def test_who_says_rows_and_people_and_whoever_approves_reads_texts_and_the_way(sign_in, school):
    client = sign_in(Role.MANAGER)
    campaign = make_campaign(
        *school, text=EACH, one_text_for="row", status=Campaign.Status.AWAITING_APPROVAL, asked_at=timezone.now()
    )
    chosen = {"groups": [one.pk for one in school]}
    page = client.post(reverse("campaign-who-count", args=[campaign.pk]), chosen).content.decode()
    assert "<strong>11</strong> rows of <strong>6</strong> people fit" in " ".join(page.split())
    page = " ".join(client.get(reverse("campaign-approval", args=[campaign.pk])).content.decode().split())
    assert "<strong>11</strong> texts to <strong>6</strong> people" in page
    assert "<dt>One text for</dt> <dd>Each row</dd>" in page


def test_the_builder_asks_for_which_it_is_where_a_group_has_a_key(sign_in, school):
    client = sign_in(Role.MANAGER)
    with_keys, without = make_campaign(school[0], text=EACH), make_campaign(school[2], text=EACH)
    page = client.get(reverse("campaign-what", args=[with_keys.pk])).content.decode()
    assert "One text for" in page
    assert "&lt;balance:sum&gt;" in page
    assert "One text for" not in client.get(reverse("campaign-what", args=[without.pk])).content.decode()
    filled = {
        "text": ALL, "sender": with_keys.sender_id, "kind": "transactional", "missing_values": "skip",
        "one_text_for": "row", "version": with_keys.version,
    }  # fmt: skip
    client.post(reverse("campaign-what", args=[with_keys.pk]), filled)
    with_keys.refresh_from_db()
    assert (with_keys.one_text_for, with_keys.text) == ("row", ALL)


def test_the_preview_shows_a_number_s_text_and_goes_from_number_to_number(sign_in, school):
    client, seen, person = sign_in(Role.COMPOSER), [], ""
    campaign = make_campaign(*school[:2])
    for way, text in (("number", ALL), ("row", EACH)):
        for show in ("", "next", "next"):
            asked = {"text": text, "show": show, "person": person, "one_text_for": way}
            shown = client.post(reverse("campaign-preview", args=[campaign.pk]), asked).context["preview"]
            person = shown.person
            seen.append(shown.sample.text if shown.sample else shown.left_out)
        person = ""
    assert seen == [
        "Dear parent of Amina, Juma and Otieno, KES 2,750.00",
        "05, Brian would be left out: has no balance.",
        "Dear parent of Zuhura, KES 0.00",
        "Dear parent of Amina, KES 1,000.00",
        "Dear parent of Juma, KES 500.00",
        "Amina would be left out: another row of the number says the same.",
    ]
