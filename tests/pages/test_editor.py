"""The editor without scripts, test texts, single texts and what becomes of those in doubt, templates with history."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.audience import sample
from campaigns.models import Batch, Campaign, Gate, Message, MessageTemplate
from campaigns.planning import single
from campaigns.writing import starters
from tests.makers import make_campaign, make_contact, make_group, make_sender
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
    page = ask(client, loans, **asked)
    assert "Type your own phone number first." in page.content.decode()
    assert 'name="own_phone"' in page.content.decode()
    ask(client, loans, **asked, own_phone="landline")
    assert not Message.objects.exists()
    page = ask(client, loans, **asked, own_phone="0712 000 001")
    assert "Sent to 0712 000 001." in page.content.decode()
    page = ask(client, loans, **asked)
    assert 'name="own_phone"' not in page.content.decode()
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
    assert "Send a test to my phone" in client.get(page).content.decode()
    response = client.post(reverse("campaign-test", args=[campaign.pk]), {"test": "1", "own_phone": "0712000001"})
    assert response["Location"] == page
    assert Message.objects.get().text == "Dear Ann"
    assert sign_in(Role.VIEWER).post(reverse("campaign-test", args=[campaign.pk])).status_code == 403


def test_one_text_is_looked_at_with_its_price_and_sent_once(sign_in):
    sender = make_sender("LENDER", is_default=True)
    client = sign_in(Role.MANAGER)
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": "Your parcel is here."}
    page = client.post(reverse("message-create"), typed)
    assert "Send this text to 0712 345 678 for about KES 0.60?" in page.content.decode()
    assert not Message.objects.exists()
    opened = page.context["opened"]
    first = client.post(reverse("message-create"), typed | {"opened": opened})
    again = client.post(reverse("message-create"), typed | {"opened": opened})
    assert first["Location"] == again["Location"]
    message = Message.objects.get()
    assert (message.phone, message.source, message.created_by.username) == ("254712345678", "person", "a manager")
    client.post(
        reverse("message-create"), typed | {"opened": client.post(reverse("message-create"), typed).context["opened"]}
    )
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "change, words",
    [
        ({"to": "0202345678"}, "Not a mobile number"),
        ({"text": "Dear <name>"}, "&lt;name&gt; would be sent as it stands"),
        ({"text": " "}, "This field is required"), ({"text": "x" * 919}, "longer than 918"),
        ({"change": "1"}, "Go on: look at it"), ({"opened": "made up"}, "Send 1 text"),
    ],
)  # fmt: skip
def test_one_text_that_cannot_be_sent_is_told_and_not_sent(sign_in, change, words):
    sender = make_sender("LENDER", is_default=True)
    typed = {"to": "0712345678", "sender": sender.pk, "text": "hello"} | change
    page = sign_in(Role.MANAGER).post(reverse("message-create"), typed).content.decode()
    assert words in page
    assert not Message.objects.exists()


def test_only_a_manager_sends_one_text_and_a_viewer_sees_it(sign_in):
    assert sign_in(Role.COMPOSER).get(reverse("message-create")).status_code == 403
    message = single.queue_single("254712345678", NASTY, make_sender(), source="person", kind="transactional")
    page = sign_in(Role.VIEWER).get(reverse("message-detail", args=[message.pk])).content.decode()
    assert "Waiting" in page
    assert "<img src=x" not in page
    assert 'hx-trigger="every 2s"' in page
    Message.objects.update(status="delivered")
    fragment = (
        sign_in(Role.VIEWER)
        .get(reverse("message-detail", args=[message.pk]), headers={"HX-Request": "true"})
        .content.decode()
    )
    assert "<html" not in fragment
    assert "hx-trigger" not in fragment
    assert sign_in(Role.VIEWER).get(reverse("message-detail", args=[999_999_999])).status_code == 404


def doubted(clock):
    """A single text whose call broke, when the doubt clock stood at `clock` seconds ago."""
    message = single.queue_single("254712345678", "hello", make_sender(), source="person", kind="transactional")
    Gate.objects.update(doubt_clock=10_000)
    Message.objects.update(status="uncertain", reason="connection_broke", posted_at=timezone.now())
    Batch.objects.update(
        status="uncertain", tally={"uncertain": 1}, doubted_at=timezone.now(), doubt_clock=10_000 - clock
    )
    return message


@pytest.mark.parametrize(
    "act, status, batch", [("message-resend", "queued", "ready"), ("message-leave", "unknown", "settled")]
)
def test_a_person_decides_about_a_single_text_in_doubt(sign_in, act, status, batch):
    message = doubted(clock=1_000)
    client = sign_in(Role.MANAGER)
    page = reverse("message-detail", args=[message.pk])
    assert "Send it again" in client.get(page).content.decode()
    assert page in client.get(reverse("message-list")).content.decode()
    assert "Of 1 <a" in read(client.get(reverse("home")))
    client.post(reverse(act, args=[message.pk]))
    client.post(reverse(act, args=[message.pk]))
    message.refresh_from_db()
    assert (message.status, message.batch.status) == (status, batch)
    assert message.attempt == (2 if status == "queued" else 1)
    assert "Send it again" not in client.get(page).content.decode()


def test_nobody_decides_before_the_waiting_time_is_over(sign_in):
    message = doubted(clock=10)
    client = sign_in(Role.MANAGER)
    page = client.get(reverse("message-detail", args=[message.pk])).content.decode()
    assert "when the time for reports is over" in page
    assert "Send it again" not in page
    client.post(reverse("message-resend", args=[message.pk]))
    message.refresh_from_db()
    assert message.status == "uncertain"
    assert sign_in(Role.COMPOSER).post(reverse("message-resend", args=[message.pk])).status_code == 403


def test_a_template_keeps_its_history_and_an_old_version_comes_back(sign_in):
    client = sign_in(Role.COMPOSER)
    for text in ("First", "Second", "Second "):
        address = (
            reverse("template-edit", args=[one.pk]) if (one := MessageTemplate.objects.first()) else "/templates/new"
        )
        client.post(address, {"name": "Due", "text": text, "language": "en"})
    template = MessageTemplate.objects.get()
    history = reverse("template-history", args=[template.pk])
    assert [one.text for one in client.get(history).context["versions"]] == ["Second", "First"]
    client.post(reverse("template-bring-back", args=[template.pk, 1]))
    template.refresh_from_db()
    assert template.text == "First"
    assert [one.text for one in client.get(history).context["versions"]] == ["First", "Second", "First"]
    assert client.post(reverse("template-bring-back", args=[template.pk, 9])).status_code == 404
    assert sign_in(Role.VIEWER).post(reverse("template-bring-back", args=[template.pk, 1])).status_code == 403


def test_templates_are_duplicated_and_put_away(sign_in):
    client = sign_in(Role.COMPOSER)
    client.post(reverse("template-create"), {"name": "Due", "text": "Hi", "language": "sw"})
    template = MessageTemplate.objects.get()
    for _ in range(2):
        client.post(reverse("template-duplicate", args=[template.pk]))
    assert [one.name for one in MessageTemplate.objects.all()] == ["Due", "Due (2)", "Due (3)"]
    assert {one.language for one in MessageTemplate.objects.all()} == {"sw"}
    client.post(reverse("template-archive", args=[template.pk]))
    listed = [one.name for one in client.get(reverse("template-list")).context["templates"]]
    assert listed == ["Due (2)", "Due (3)"]
    assert [one.name for one in client.get("/templates/?archived").context["templates"]] == ["Due"]
    client.post(reverse("template-take-out", args=[template.pk]))
    assert len(client.get(reverse("template-list")).context["templates"]) == 3


def test_a_template_tells_its_uses_and_the_groups_that_it_fits(sign_in, loans):
    make_group("Chama", fields={})
    client = sign_in(Role.COMPOSER)
    client.post(reverse("template-create"), {"name": "Due", "text": "<name>, KES <balance>, <due_date|soon>"})
    template = MessageTemplate.objects.get()
    make_campaign(loans, template=template)
    make_campaign(loans, template=template, launched_at=timezone.now(), status=Campaign.Status.ACTIVE)
    page = read(client.get(reverse("template-list")))
    assert "Fits Loans." in page
    assert "Used by 1 campaign, last" in page
    edit = read(client.get(reverse("template-edit", args=[template.pk])))
    assert "Chama has no field &lt;balance&gt;" in edit


def test_a_campaign_remembers_the_template_that_it_began_with(sign_in, loans):
    template = MessageTemplate.objects.create(name="Due", text="Dear <name>", language="sw")
    campaign = make_campaign(loans)
    client, page = sign_in(Role.COMPOSER), reverse("campaign-what", args=[campaign.pk])
    shown = client.get(page, {"template": template.pk})
    assert shown.context["form"]["text"].value() == "Dear <name>"
    body = {"version": 1, "text": "Dear <name>!", "sender": campaign.sender_id, "kind": "transactional"}
    client.post(page, body | {"missing_values": "skip", "language": "sw", "template": template.pk})
    campaign.refresh_from_db()
    assert (campaign.template, campaign.text, campaign.language) == (template, "Dear <name>!", "sw")


def test_texts_to_begin_with_are_offered_in_both_languages(sign_in):
    assert {(one.trade, one.language.value) for one in starters.STARTERS} == {
        (trade, language) for trade in ("Lender", "School", "Clinic", "Shop", "Church") for language in ("en", "sw")
    }
    client = sign_in(Role.COMPOSER)
    page = client.get(reverse("template-starters")).content.decode()
    address = re.search(r'href="([^"]*starter=lender-due-sw)"', page)[1]
    form = client.get(address).context["form"]
    assert form["text"].value() == starters.BY_CODE["lender-due-sw"].text
    assert (form["name"].value(), form["language"].value()) == ("Mkopo unaodaiwa", "sw")


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_send_one_text(sign_in):
    sender = make_sender("LENDER", is_default=True)
    client = sign_in(Role.MANAGER)
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": "Your parcel is here."}
    typed["opened"] = client.post(reverse("message-create"), typed).context["opened"]
    cookies, answers = client.cookies, []

    def click():
        one = Client()
        one.cookies = cookies
        answers.append(one.post(reverse("message-create"), typed)["Location"])
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(10)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert len(answers) == 10
    assert len(set(answers)) == Message.objects.count() == 1
