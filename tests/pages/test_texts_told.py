"""Lists and files of texts say whose each is: name, group and reference of then, and the way to mend what lacked."""

import csv
import io
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from campaigns import planning
from campaigns.models import Campaign, Message
from campaigns.planning import single
from contacts.models import Contact
from tests.api.test_api import Script
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.reading import read, words

pytestmark = pytest.mark.django_db(transaction=True)

JANE, JOHN = "254712000001", "254712000002"
MOST_QUERIES = 30


@pytest.fixture
def run():
    """Jane lacks the balance that the text needs; John has one."""
    group = make_group("Clients", fields={"balance": "money", "member_no": "text"})
    make_contact(group, JANE, "Jane Wanjiru", member_no="M 1")
    make_contact(group, JOHN, "John Otieno", balance="5.00", member_no="M 2")
    campaign = make_campaign(group, name="December balances", sender=make_sender("LENDER"), status="active")
    Campaign.objects.filter(pk=campaign.pk).update(spender=User.objects.create_user("amina", first_name="Amina"))
    run = make_run(campaign)
    planning.plan_run(run.pk)
    return run


@pytest.fixture
def script():
    return Script()


def text_to(phone, words="Your parcel is here."):
    return single.queue_single(phone, words, make_sender(), source=Message.Source.PERSON, kind="transactional")


def csv_of(response):
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_every_list_says_who_it_was_and_from_where(run, sign_in):
    Contact.objects.filter(phone=JOHN).update(name="Somebody Else")
    client = sign_in(Role.VIEWER)
    for address in (reverse("message-list"), reverse("campaign-messages", args=[run.campaign_id])):
        told = words(client.get(address))
        assert "John Otieno 0712 000 002 Clients" in told
        assert "December balances LENDER, Amina" in told
        assert "Somebody Else" not in told
    story = words(client.get(reverse("message-detail", args=[Message.objects.get(phone=JOHN).pk])))
    assert "Person John Otieno , of “Clients” then" in story
    assert "Sender ID LENDER" in story


def test_of_a_text_to_a_number_the_name_is_that_of_now_and_said_so(run, sign_in):
    text_to(JOHN)
    text_to("254712000009")
    told = words(sign_in(Role.VIEWER).get(reverse("message-list")))
    assert "John Otieno (now) 0712 000 002" in told
    assert told.count("(now)") == 1


def test_a_list_makes_as_many_queries_for_fifty_as_for_two(run, sign_in):
    client, address = sign_in(Role.VIEWER), reverse("message-list")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    make_sender(), make_sender()
    for number in range(20):
        text_to(f"2547120001{number:02}")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) <= len(few) + 1
    assert len(many) <= MOST_QUERIES


def test_whoever_was_left_out_is_mended_and_one_comes_back_to_the_list(run, sign_in):
    client = sign_in(Role.COMPOSER)
    listed = f"{reverse('campaign-messages', args=[run.campaign_id])}?status=skipped"
    jane = Contact.objects.get(phone=JANE)
    form = reverse("contact-edit", args=[jane.group_id, jane.pk])
    page = read(client.get(listed))
    assert f'href="{form}?next={quote(listed, safe="")}"' in page
    assert page.count("/people/") == page.count(f"/people/{JANE}") + 1  # nobody else's
    assert f'name="next" value="{listed}"' in read(client.get(form, {"next": listed}))
    body = {"phone": JANE, "name": "Jane Wanjiru", "field_balance": "7", "field_member_no": "M 1"}
    saved = client.post(form, body | {"next": listed})
    assert saved.headers["Location"] == listed
    assert Contact.objects.get(phone=JANE).values["balance"] == "7.00"


def test_there_is_nothing_to_mend_at_who_is_gone_nor_for_viewers(run, sign_in):
    listed = reverse("campaign-messages", args=[run.campaign_id])
    assert "Mend" not in words(sign_in(Role.VIEWER).get(listed))
    client = sign_in(Role.COMPOSER)
    assert "Mend" in words(client.get(listed))
    Contact.objects.filter(phone=JANE).delete()
    assert "Mend" not in words(client.get(listed))


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "x"]
)
def test_one_never_comes_back_to_somewhere_else(run, sign_in, elsewhere):
    jane = Contact.objects.get(phone=JANE)
    form = reverse("contact-edit", args=[jane.group_id, jane.pk])
    client = sign_in(Role.COMPOSER)
    assert 'name="next"' not in read(client.get(form, {"next": elsewhere}))
    saved = client.post(form, {"phone": JANE, "name": "J", "next": elsewhere})
    assert saved.headers["Location"] == reverse("group-detail", args=[jane.group_id])


def test_who_would_be_left_out_is_a_link(run, sign_in):
    draft = make_campaign(Contact.objects.first().group, sender=make_sender())
    page = read(sign_in(Role.COMPOSER).get(reverse("campaign-check", args=[draft.pk])))
    assert f'<a href="{reverse("person-detail", args=[JANE])}">Jane Wanjiru' in page


def test_a_file_of_a_campaign_names_people_and_has_their_fields_as_they_are_now(run, sign_in):
    Contact.objects.filter(phone=JOHN).update(values={"balance": "9.00", "member_no": "=2"})
    rows = csv_of(sign_in(Role.MANAGER).get(reverse("campaign-export", args=[run.campaign_id])))
    john = next(one for one in rows if one["phone"] == "0712 000 002")
    assert list(john)[-2:] == ["balance (now)", "member_no (now)"]
    assert (john["name"], john["group"], john["campaign"]) == ("John Otieno", "Clients", "December balances")
    assert (john["sender"], john["source"], john["who"]) == ("LENDER", "Campaign", "Amina")
    assert (john["balance (now)"], john["member_no (now)"]) == ("9.00", "'=2")
    assert "KES 5.00" in john["text"]


def test_scripts_are_told_the_person_of_then(run, script):
    make_sender("DEFAULT", is_default=True)
    Contact.objects.all().delete()
    _, told = script.call("GET", f"campaigns/{run.campaign_id}/messages")
    john = next(one for one in told["results"] if one["phone"] == "+254712000002")
    assert (john["name"], john["group"], john["reference"]) == ("John Otieno", "Clients", None)
    _, told = script.call("GET", f"messages/{john['id']}")
    assert (told["name"], told["group"], told["reference"]) == ("John Otieno", "Clients", None)
    _, made = script.call("POST", "messages", {"to": JOHN, "message": "Hello"})
    _, told = script.call("GET", f"messages/{made['id']}")
    assert (told["name"], told["group"]) == (None, None)
