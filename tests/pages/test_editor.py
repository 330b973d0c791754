"""The editor without scripts: people one after another, what is wrong with a text, and test texts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.audience import sample
from campaigns.models import Message, MessageTemplate
from campaigns.placeholders import LONGEST_TEXT
from tests.makers import confirm_phone, make_campaign, make_contact, make_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db

NASTY = '<img src=x onerror=alert(1)>"><b>'


@pytest.fixture
def loans():
    group = make_group("Loans")
    for name, balance in (("Ann", "1.00"), ("Bob", "2000000.00"), ("Cy", "3.00")):
        make_contact(group, name=name, balance=balance)
    return group


def ask(client, group, text, **asked):
    return client.post(reverse("template-preview"), {"text": text, "group": group.pk, **asked})


def test_the_next_the_previous_and_the_longest_are_shown_and_the_same_one_while_one_types(sign_in, loans):
    client, text, seen = sign_in(Role.COMPOSER), "Dear <name>, KES <balance>", []
    person = ""
    for show in ("", "next", "next", "next", "previous", "longest", ""):
        page = ask(client, loans, text, show=show, person=person)
        person = page.context["preview"].person
        seen.append(page.context["preview"].sample.name)
    assert seen == ["Ann", "Bob", "Cy", "Ann", "Cy", "Bob", "Bob"]


def test_people_of_all_groups_of_a_campaign_are_gone_through(sign_in, loans):
    other = make_group("Other")
    make_contact(other, name="Dan", balance="4.00")
    campaign = make_campaign(other, make_group("Empty"), loans)
    client, seen, person = sign_in(Role.COMPOSER), [], ""
    for _ in range(5):
        asked = {"text": "<name>", "show": "next", "person": person}
        page = client.post(reverse("campaign-preview", args=[campaign.pk]), asked)
        person = page.context["preview"].person
        seen.append(page.context["preview"].sample.name)
    assert seen == ["Dan", "Ann", "Bob", "Cy", "Dan"]


def test_a_costly_character_is_replaced_without_scripts_and_nothing_is_saved(sign_in, loans):
    client = sign_in(Role.COMPOSER)
    typed = {"name": "x", "group": loans.pk, "text": "It’s due – <name>"}
    page = client.post(reverse("template-create"), typed | {"replace": "’"})
    assert page.context["form"]["text"].value() == "It's due – <name>"
    page = client.post(reverse("template-create"), typed | {"replace": "all"})
    assert page.context["form"]["text"].value() == "It's due - <name>"
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize(("length", "taken"), [(LONGEST_TEXT, True), (LONGEST_TEXT + 1, False)])
def test_a_text_is_as_long_as_the_api_takes_it(sign_in, loans, length, taken):
    campaign = make_campaign(loans)
    text = "Dear <name>\n".ljust(length, "x")
    posted = {"sender": campaign.sender_id, "kind": "transactional", "missing_values": "skip", "version": 1}
    # As a browser sends a new line: two characters that count once.
    posted["text"] = text.replace("\n", "\r\n")
    shown = sign_in(Role.COMPOSER).post(reverse("campaign-what", args=[campaign.pk]), posted)
    campaign.refresh_from_db()
    assert (shown.status_code, campaign.text == text) == ((302, True) if taken else (200, False))
    assert taken or "A text has at most 2,000 characters; this one has 2,001." in shown.content.decode()


def test_a_suggestion_is_taken_without_scripts(sign_in, loans):
    campaign = make_campaign(loans)
    page = reverse("campaign-what", args=[campaign.pk])
    shown = sign_in(Role.COMPOSER).post(page, {"text": "Dear <nane>, hello", "mend": "5", "version": 1})
    assert shown.context["form"]["text"].value() == "Dear <name>, hello"
    assert "Dear Ann, hello" in shown.content.decode()
    campaign.refresh_from_db()
    assert (campaign.text, campaign.version) == ("Dear <name>, KES <balance>", 1)


def test_a_problem_is_shown_at_its_place(sign_in, loans):
    page = ask(sign_in(Role.COMPOSER), loans, "Dear <name>, you owe us KES <balnce> since May").content.decode()
    assert '…me&gt;, you owe us KES <mark class="mark-error">&lt;balnce&gt;</mark> since May' in page
    assert 'data-with="&lt;balance&gt;"' in page


def test_the_price_shown_is_of_the_chosen_sender_and_kind(sign_in, loans):
    campaign = make_campaign(loans)
    dear = make_sender("DEAR", price="2.00", opt_out_text="STOP*456*9*5#")
    asked = {"text": "Hi <name>", "sender": dear.pk, "kind": "promotional"}
    page = sign_in(Role.COMPOSER).post(reverse("campaign-preview", args=[campaign.pk]), asked)
    assert page.context["preview"].sample.text == "Hi Ann STOP*456*9*5#"
    assert "KES 2.00" in page.content.decode()


def test_days_are_written_in_the_language_of_the_campaign(sign_in):
    group = make_group("Loans", contacts=1)
    campaign = make_campaign(group)
    client = sign_in(Role.COMPOSER)
    page = reverse("campaign-what", args=[campaign.pk])
    body = {"version": 1, "text": "<due_date:d mmmm>", "sender": campaign.sender_id, "kind": "transactional"}
    client.post(page, body | {"language": "sw", "missing_values": "skip"})
    assert "1 Desemba" in client.get(reverse("campaign-check", args=[campaign.pk])).content.decode()


def test_a_group_without_the_field_is_named_with_its_people(sign_in, loans):
    campaign = make_campaign(loans, make_group("Chama", fields={}, contacts=3), text="KES <balance>")
    page = sign_in(Role.MANAGER).get(reverse("campaign-check", args=[campaign.pk])).content.decode()
    assert "Group Chama has no field &lt;balance&gt;: 3 people." in page


def test_who_would_read_a_sign_by_itself_is_counted_and_it_is_not_sent(sign_in, loans):
    for number in range(20):
        make_contact(loans, name="n/a" if number % 2 else "", balance="" if number < 3 else "1.00")
    campaign = make_campaign(loans, text="Dear <name|>, KES <balance|>. <balance?|None>!")
    client = sign_in(Role.MANAGER)
    page = client.get(reverse("campaign-what", args=[campaign.pk])).content.decode()
    assert "20 people would read “Dear ,”. Give &lt;name|&gt; a fallback." in page
    assert "3 people would read “, KES .”" in page
    check = read(client.get(reverse("campaign-check", args=[campaign.pk])))
    assert "would read “Dear ,”" in check
    assert "Send 23 texts" not in check


def test_nobody_is_said_to_read_a_sign_by_itself_where_nobody_would(sign_in, loans):
    campaign = make_campaign(loans, text="Dear <name|>, hello")
    page = sign_in(Role.MANAGER).get(reverse("campaign-what", args=[campaign.pk])).content.decode()
    assert "People without a value would read “Dear ,”." in page


def test_of_many_people_those_who_would_read_a_sign_by_itself_are_told_from_some(sign_in, monkeypatch):
    monkeypatch.setattr(sample, "PEOPLE", 80)
    monkeypatch.setattr(sample, "FEWEST", 80)
    campaign = make_campaign(make_group(contacts=400), text="Dear <name>, due <balance?<note|>.|now>")
    page = sign_in(Role.MANAGER).get(reverse("campaign-what", args=[campaign.pk])).content.decode()
    count = int(re.search(r"About (\d+) people would read", page)[1])
    assert 300 <= count <= 500


@pytest.mark.parametrize(
    "missing_values, words, price",
    [
        ("skip", "Dan would be left out: has no balance.", "No text goes to Dan, so nothing is paid."),
        ("block", "Dan has no balance, and you chose to send nothing then.", "Nothing would be sent or paid."),
    ],
)
def test_where_a_person_gets_no_text_that_is_said_in_place_of_its_price(sign_in, missing_values, words, price):
    group = make_group("Loans")
    make_contact(group, name="Dan")
    campaign = make_campaign(group)
    asked = {"text": "KES <balance>", "missing_values": missing_values}
    page = sign_in(Role.COMPOSER).post(reverse("campaign-preview", args=[campaign.pk]), asked).content.decode()
    assert words in page
    assert price in page


def test_who_is_looked_at_first_is_somebody_who_would_get_a_text(sign_in):
    group = make_group("Loans")
    for name, balance in (("Dan", ""), ("Eve", "1.00"), ("Fay", "2.00")):
        make_contact(group, name=name, balance=balance)
    client = sign_in(Role.COMPOSER)
    assert ask(client, group, "Dear <name>, KES <balance>").context["preview"].sample.name == "Eve"
    asked = {"show": "previous", "person": group.contacts.get(name="Eve").pk}
    page = ask(client, group, "Dear <name>, KES <balance>", **asked).content.decode()
    assert "Dan would be left out: has no balance." in page
    assert "Send this text to my phone" not in page


def test_of_a_field_that_no_group_has_only_that_is_said(sign_in, loans):
    page = ask(sign_in(Role.COMPOSER), loans, "Dear <name>, KES <rent>").content.decode()
    assert "No group has a field &lt;rent&gt;." in page
    assert "Mend the text to see it here." in page
    assert "left out" not in page
    assert "Next person" not in page


def test_what_people_are_called_is_only_data_in_the_editor(sign_in, loans):
    make_contact(loans, name=NASTY, balance="1.00")
    for address in (reverse("template-create"), reverse("template-preview")):
        asked = {"text": f"{NASTY} <name> ’", "group": loans.pk, "show": "longest", "preview": "1"}
        page = sign_in(Role.COMPOSER).post(address, asked).content.decode()
        assert "<img src=x" not in page
        assert '"><b>' not in page


def test_a_test_text_goes_to_one_s_own_phone_once_with_the_values_of_who_is_shown(sign_in, loans):
    make_sender("LENDER", is_default=True)
    client = sign_in(Role.COMPOSER)
    asked = {"text": "Dear <name>, KES <balance>", "test": "1", "person": loans.contacts.last().pk}
    confirm_phone("a composer", "254712000001")
    page = ask(client, loans, **asked)
    assert "Sent to 0712 000 001." in page.content.decode()
    assert 'A test goes to <span class="nowrap">0712 000 001</span>, your own phone.' in read(page)
    ask(client, loans, **asked)
    message = Message.objects.get()
    assert (message.phone, message.text, message.source) == ("254712000001", "Dear Cy, KES 3.00", "test")
    assert message.created_by == User.objects.get(phone="254712000001")
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    ask(client, loans, **asked)
    assert Message.objects.count() == 2


def test_a_test_text_is_sent_from_the_check_page(sign_in, loans):
    campaign = make_campaign(loans, text="Dear <name>")
    client = sign_in(Role.COMPOSER)
    page = reverse("campaign-check", args=[campaign.pk])
    confirm_phone("a composer")
    assert "Send a test to my phone" in client.get(page).content.decode()
    response = client.post(reverse("campaign-test", args=[campaign.pk]), {"test": "1"})
    assert response["Location"] == page
    assert Message.objects.get().text == "Dear Ann"
    assert sign_in(Role.VIEWER).post(reverse("campaign-test", args=[campaign.pk])).status_code == 403
