"""Tests go to one's own phone only: a number that was confirmed by the code which was texted to it."""

import re
import threading
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, PhoneCode, User
from accounts.roles import Role
from campaigns import sending
from campaigns.actions import resolve_single, set_rules, stop
from campaigns.models import Batch, Gate, Message, SingleCount
from contacts.models import OptOut
from tests.api.test_api import Script
from tests.makers import confirm_phone, make_campaign, make_contact, make_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/profile/phone"
OWN, TYPED = "254712345678", "0712 345 678"


@pytest.fixture(autouse=True)
def sender(transactional_db):
    return make_sender("LENDER", is_default=True)


@pytest.fixture
def composer(sign_in):
    return sign_in(Role.COMPOSER)


def words_of(response):
    return " ".join(unescape(re.sub(r"<[^>]*>", "", read(response))).split())


def person():
    return User.objects.get(username="a composer")


def ask_code(client, gateway, simulator, phone=TYPED, **more):
    """The code that is texted to the phone."""
    assert client.post(PAGE, {"phone": phone, **more}).status_code == 302
    sending.send_while_there_is_work(gateway, seconds=5)
    return re.match(r"\d{6}", simulator.ledger()[-1]["message"])[0]


def a_minute_later():
    PhoneCode.objects.update(made_at=timezone.now() - timedelta(seconds=61))


def not_the(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_number_is_one_s_own_once_the_code_that_was_texted_to_it_comes_back(composer, gateway, simulator):
    code = ask_code(composer, gateway, simulator, next="/templates/")
    assert simulator.ledger()[-1]["mobile"] == OWN
    assert person().phone == "", "a number that was only typed is nobody's"
    page = words_of(composer.get(PAGE))
    assert f"A code is texted to {TYPED}." in page
    assert "The text: Sent." in page
    assert f'value="{TYPED}"' in composer.get(PAGE).content.decode(), "another code is one click away"
    done = composer.post(PAGE, {"code": f" {code[:3]} {code[3:]} ", "next": "/templates/"})
    assert done["Location"] == "/templates/"
    assert (person().phone, person().confirmed_phone) == (OWN, OWN)
    assert f"{TYPED}, confirmed" in words_of(composer.get("/profile"))
    entry = AuditEntry.objects.get(act="own phone confirmed")
    assert (entry.user, entry.about) == (person(), f"person {person().pk}")
    assert entry.detail == {}


def test_the_code_stands_nowhere_but_in_what_the_gateway_was_given(composer, gateway, simulator, sign_in):
    code = ask_code(composer, gateway, simulator)
    message = Message.objects.get()
    assert message.text.startswith("****** is your code")
    assert (message.source, message.parts, message.created_by) == ("code", 1, person())
    admin = sign_in(Role.ADMINISTRATOR)
    shown = [f"/messages/{message.pk}", "/messages/", f"/people/{OWN}", PAGE]
    for address in shown:
        page = words_of(admin.get(address))
        assert code not in page, address
    assert "Code for one's own phone" in words_of(admin.get(shown[0]))
    status, told = Script().call("GET", f"messages/{message.pk}")
    assert (status, code in str(told)) == (200, False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_phonecode t UNION ALL SELECT t::text FROM campaigns_message t")
        assert not [row for (row,) in cursor.fetchall() if code in row]


def test_a_text_that_only_looks_like_one_with_a_code_goes_as_it_is(gateway, simulator):
    PhoneCode.objects.create(user=User.objects.create(username="mary"), phone=OWN)
    sent = Script().call("POST", "messages", {"to": TYPED, "message": "****** is hidden"})
    assert sent[0] == 201
    sending.send_while_there_is_work(gateway, seconds=5)
    assert simulator.ledger()[-1]["message"] == "****** is hidden"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "This field is required."), ("landline", "letters"), ("020 234 5678", "Not a mobile number."),
        ("0712 345 67", "Has 8 digits after the 0 or 254, a mobile number has 9."),
        ("0712345678 or 0733000001", "More than one number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_told_and_nothing_is_sent(composer, typed, words):
    assert words in words_of(composer.post(PAGE, {"phone": typed}))
    assert not Message.objects.exists()
    assert not PhoneCode.objects.exists()


def test_five_wrong_codes_end_it(composer, gateway, simulator):
    code = ask_code(composer, gateway, simulator)
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try"):
        assert f"That is not the code. {left}." in words_of(composer.post(PAGE, {"code": not_the(code)}))
    assert "for the 5th time, so it is over" in words_of(composer.post(PAGE, {"code": not_the(code)}))
    assert "This code is over" in words_of(composer.post(PAGE, {"code": code}))
    assert person().phone == ""
    a_minute_later()
    another = ask_code(composer, gateway, simulator)
    assert composer.post(PAGE, {"code": another})["Location"] == "/profile"


def test_a_code_is_over_after_ten_minutes_and_when_another_one_was_sent(composer, gateway, simulator):
    first = ask_code(composer, gateway, simulator)
    PhoneCode.objects.update(made_at=timezone.now() - timedelta(minutes=10))
    assert "This code is over" in words_of(composer.post(PAGE, {"code": first}))
    second = ask_code(composer, gateway, simulator, "0733 000 001")
    assert second != first
    assert "That is not the code" in words_of(composer.post(PAGE, {"code": first}))
    assert composer.post(PAGE, {"code": second}).status_code == 302
    assert person().phone == "254733000001"


def test_a_code_is_used_once_also_by_many_at_once(composer, gateway, simulator):
    code, answers = ask_code(composer, gateway, simulator), []

    def type_it():
        one = Client()
        one.cookies = composer.cookies
        answers.append(one.post(PAGE, {"code": code}).status_code)
        connection.close()

    at_once(type_it)
    assert sorted(answers) == [200] * 7 + [302]
    assert AuditEntry.objects.filter(act="own phone confirmed").count() == 1


def test_wrong_codes_at_once_are_all_counted(composer, gateway, simulator):
    code = ask_code(composer, gateway, simulator)

    def guess():
        one = Client()
        one.cookies = composer.cookies
        one.post(PAGE, {"code": not_the(code)})
        connection.close()

    at_once(guess)
    assert PhoneCode.objects.get().wrong == 5
    assert "This code is over" in words_of(composer.post(PAGE, {"code": code}))


def test_a_minute_lies_between_two_codes_and_five_are_sent_a_day(composer):
    def click():
        one = Client()
        one.cookies = composer.cookies
        one.post(PAGE, {"phone": TYPED})
        connection.close()

    at_once(click)
    assert Message.objects.count() == Batch.objects.count() == 1
    assert "less than a minute ago" in words_of(composer.post(PAGE, {"phone": TYPED}))
    for _ in range(4):
        a_minute_later()
        assert composer.post(PAGE, {"phone": TYPED}).status_code == 302
    a_minute_later()
    made = PhoneCode.objects.values().get()
    assert "You may have 5 codes sent a day" in words_of(composer.post(PAGE, {"phone": "0733000001"}))
    assert (Message.objects.count(), PhoneCode.objects.values().get()) == (5, made)
    SingleCount.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert composer.post(PAGE, {"phone": TYPED}).status_code == 302


def at_once(act):
    threads = [threading.Thread(target=act) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def test_a_code_goes_the_way_of_all_texts_and_also_in_quiet_hours(composer, gateway, simulator):
    stop.stop_all_sending("a fire")
    composer.post(PAGE, {"phone": TYPED})
    sending.send_while_there_is_work(gateway, seconds=2)
    assert not simulator.ledger()
    assert "The text: Waiting." in words_of(composer.get(PAGE))
    Gate.objects.update(stopped_at=None)
    OptOut.objects.create(phone=OWN, scope="all", source="reply")
    sending.send_while_there_is_work(gateway, seconds=2)
    assert not simulator.ledger()
    assert "The text: Left out: said STOP on " in words_of(composer.get(PAGE))
    OptOut.objects.all().delete()
    set_rules.set_rule("quiet_hours", "00:00-23:59")
    a_minute_later()
    assert ask_code(composer, gateway, simulator)


@pytest.mark.parametrize("ended", ["too old", "another number", "used up"])
def test_a_code_that_is_over_is_not_sent(composer, gateway, simulator, ended):
    composer.post(PAGE, {"phone": TYPED})
    first = Message.objects.get()
    changes = {"too old": {"made_at": timezone.now() - timedelta(minutes=10)}, "used up": {"wrong": 5}}
    PhoneCode.objects.update(**changes.get(ended, {"phone": "254733000001"}))
    sending.send_while_there_is_work(gateway, seconds=2)
    first.refresh_from_db()
    assert (first.status, first.reason, first.batch.status) == ("skipped", "code_over", "settled")
    assert first.batch.tally == {"skipped": 1}
    assert not simulator.ledger()
    assert "the code was over before it could go" in words_of(composer.get(reverse("message-detail", args=[first.pk])))


def test_a_code_in_doubt_that_somebody_sends_again_is_left_out(composer, gateway, simulator):
    simulator.behave(drop={"when": "after_accepting", "next_n": 1})
    composer.post(PAGE, {"phone": TYPED})
    sending.send_while_there_is_work(gateway, seconds=5)
    message = Message.objects.get()
    assert message.status == "uncertain"
    PhoneCode.objects.update(made_at=timezone.now() - timedelta(minutes=20))
    Gate.objects.update(doubt_clock=10_000)
    resolve_single.resend_single(message, person())
    sending.send_while_there_is_work(gateway, seconds=5)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "code_over")
    assert len(simulator.ledger()) == 1


def test_a_confirmed_number_stays_until_another_one_is_confirmed_and_is_taken_away_by_its_owner(
    composer, gateway, simulator, sign_in
):
    confirm_phone("a composer", OWN)
    code = ask_code(composer, gateway, simulator, "0733 000 001")
    assert person().confirmed_phone == OWN
    composer.post(PAGE, {"code": code})
    assert person().confirmed_phone == "254733000001"
    assert AuditEntry.objects.get(act="own phone confirmed").detail == {}
    assert composer.get("/profile/phone/remove").status_code == 405
    composer.post("/profile/phone/remove")
    composer.post("/profile/phone/remove")
    assert (person().phone, person().phone_confirmed_at) == ("", None)
    assert AuditEntry.objects.get(act="own phone removed").detail == {}


def test_no_other_page_sets_the_number(composer, sign_in):
    composer.post("/profile", {"first_name": "A", "last_name": "B", "email": "", "phone": TYPED})
    assert (person().first_name, person().phone) == ("A", "")
    for role in (None, Role.VIEWER):
        assert sign_in(role).post(PAGE, {"phone": TYPED}).status_code == (302 if role is None else 403)
    assert not Message.objects.exists()


def test_a_number_that_an_administrator_types_is_not_confirmed(db):
    mary, root = User.objects.create(username="mary"), User.objects.create_superuser("root")
    confirm_phone("mary", OWN)
    client = Client()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:accounts_user_change", args=[mary.pk])
    form = client.get(page).context["adminform"].form
    typed = {name: value for name, value in form.initial.items() if isinstance(value, str)}
    typed |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
    assert client.post(page, typed | {"first_name": "Mary"}).status_code == 302
    mary.refresh_from_db()
    assert (mary.first_name, mary.confirmed_phone) == ("Mary", OWN)
    assert client.post(page, typed | {"phone": "254733000001"}).status_code == 302
    mary.refresh_from_db()
    assert (mary.phone, mary.confirmed_phone) == ("254733000001", "")
    entry = AuditEntry.objects.get(act="phone of a person changed")
    assert (entry.user, entry.about) == (root, f"person {mary.pk}")
    assert entry.detail == {}


@pytest.mark.parametrize("away", ["https://example.com/", "//example.com", "javascript:alert(1)", "/\\example.com"])
def test_one_is_led_back_to_pages_of_the_portal_only(composer, gateway, simulator, away):
    code = ask_code(composer, gateway, simulator, next=away)
    assert "example.com" not in words_of(composer.get(PAGE, {"next": away}))
    assert composer.post(PAGE, {"code": code, "next": away})["Location"] == "/profile"


# Tests of texts.


@pytest.fixture
def campaign(sender):
    group = make_group("Loans")
    make_contact(group, name="Ann", balance="1.00")
    return make_campaign(group, text="Dear <name>", sender=sender)


def test_from_a_campaign_to_the_phone_s_page_and_back_to_a_test(composer, gateway, simulator, campaign):
    check = reverse("campaign-check", args=[campaign.pk])
    page = words_of(composer.get(check))
    assert "A test goes to your own phone, which is not known yet." in page
    assert f"{PAGE}?next={check}" in composer.get(check).content.decode()
    assert "Send a test to my phone" not in page
    led = composer.post(reverse("campaign-test", args=[campaign.pk]), {"test": "1"})["Location"]
    assert led == f"{PAGE}?next=%2Fcampaigns%2F{campaign.pk}%2Fcheck"
    assert not Message.objects.exists()
    back = composer.get(led).context["back"]
    code = ask_code(composer, gateway, simulator, next=back)
    assert composer.post(PAGE, {"code": code, "next": back})["Location"] == check
    assert f"A test goes to {TYPED}, your own phone." in words_of(composer.get(check))
    composer.post(reverse("campaign-test", args=[campaign.pk]), {"test": "1"})
    sending.send_while_there_is_work(gateway, seconds=5)
    assert (simulator.ledger()[-1]["mobile"], simulator.ledger()[-1]["message"]) == (OWN, "Dear Ann")


def test_a_number_from_before_that_was_only_typed_gets_no_test(composer, campaign):
    User.objects.update(phone=OWN)
    check = reverse("campaign-check", args=[campaign.pk])
    assert f"{TYPED} is not confirmed yet." in words_of(composer.get(check))
    assert f"{TYPED} is not confirmed yet" in words_of(composer.get("/profile"))
    assert f'value="{TYPED}"' in composer.get(PAGE).content.decode()
    assert PAGE in composer.post(reverse("campaign-test", args=[campaign.pk]), {"test": "1"})["Location"]
    shown = composer.post(reverse("template-preview"), {"text": "Hi <name>", "test": "1"}).content.decode()
    assert "A test goes to your own phone, which is not confirmed yet." in shown
    assert f'href="{PAGE}"' in shown
    assert not Message.objects.exists()


@pytest.mark.parametrize("posted", ["0733 000 001", "landline", "254712345679"])
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_posted_number_gets_no_test_and_is_written_nowhere(composer, campaign, posted, is_confirmed):
    if is_confirmed:
        confirm_phone("a composer", OWN)
    kept = User.objects.filter(username="a composer").values("phone", "phone_confirmed_at")
    before = kept.get()
    asked = {"text": "Hi <name>", "test": "1", "own_phone": posted}
    for address in (reverse("campaign-test", args=[campaign.pk]), reverse("template-preview")):
        response = composer.post(address, asked)
        if is_confirmed:
            assert response.status_code == 403
            assert "A test goes to your own phone" in response.content.decode()
    assert kept.get() == before
    assert not Message.objects.exists()
    if is_confirmed:
        composer.post(reverse("template-preview"), asked | {"own_phone": "+254 712 345 678"})
        assert Message.objects.get().phone == OWN


@pytest.mark.parametrize(
    ("kind", "use", "may"),
    [("promotional", "both", False), ("transactional", "both", True), ("transactional", "promotional", False)],
)
def test_a_test_of_marketing_keeps_the_quiet_hours(composer, campaign, sender, kind, use, may):
    confirm_phone("a composer", OWN)
    sender.use, sender.opt_out_text = use, "STOP*456*9*5#"
    sender.save()
    campaign.kind = kind
    campaign.save()
    hour = timezone.localtime().hour
    ends = f"{(hour + 2) % 24:02}:00"
    set_rules.set_rule("quiet_hours", f"{hour:02}:00-{ends}")
    test = reverse("campaign-test", args=[campaign.pk])
    composer.post(test, {"test": "1"})
    said = words_of(composer.get("/"))
    assert Message.objects.exists() is may
    assert SingleCount.objects.exists() is may
    if not may:
        assert "nor does a test of it. It may go from" in said
        assert f"at {ends}." in said
        set_rules.set_rule("quiet_hours", "off")
        composer.post(test, {"test": "1"})
        message = Message.objects.get()
        assert message.batch.kind == "promotional"
        assert message.text == ("Dear Ann STOP*456*9*5#" if kind == "promotional" else "Dear Ann")


def test_the_twenty_first_test_of_a_day_is_refused_in_words(composer, campaign):
    confirm_phone("a composer", OWN)
    SingleCount.objects.create(who=f"user:{person().pk}", source="test", day=timezone.localdate(), texts=20)
    composer.post(reverse("campaign-test", args=[campaign.pk]), {"test": "1"})
    assert "You may have 20 tests sent a day" in words_of(composer.get("/"))
    assert not Message.objects.exists()
