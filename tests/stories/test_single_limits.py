"""Single texts and tests need no approval, so their number a day is limited, of a person and of a key."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import PhoneCode, User
from accounts.roles import Role
from campaigns.actions import set_rules
from campaigns.maintenance.retention import keep_house
from campaigns.models import Batch, Message, Rules, SingleCount
from campaigns.planning import single
from tests.api.test_api import Script
from tests.makers import make_phone, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mary(transactional_db):
    return User.objects.create(username="mary", phone="254712345678", phone_confirmed_at=timezone.now())


def send_test(text, sender, user):
    return single.queue_test(text, sender, user, kind="transactional")


def send_one(client, text="Your parcel is here."):
    """As the page does: typed, looked at, sent."""
    sender = make_sender(is_default=False)
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": text}
    opened = client.post(reverse("message-create"), typed).context["opened"]
    return client.post(reverse("message-create"), typed | {"opened": opened})


def test_a_person_sends_as_many_a_day_as_the_rules_say_and_nothing_of_more_is_written(sign_in):
    assert Rules.objects.get().person_texts == 200
    set_rules.set_rule("person_texts", "2")
    client = sign_in(Role.MANAGER)
    assert [send_one(client, f"text {n}").status_code for n in range(2)] == [302, 302]
    refused = send_one(client, "one more")
    assert "A person may have 2 single texts sent a day" in refused.content.decode()
    assert "one more" in refused.content.decode(), "what was typed is not lost"
    assert Message.objects.count() == Batch.objects.count() == 2
    # Somebody else has a count of their own, and tomorrow is another day.
    assert send_one(sign_in(Role.ADMINISTRATOR)).status_code == 302
    SingleCount.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert send_one(client).status_code == 302


def test_a_key_has_no_limit_until_the_rules_set_one(db):
    make_sender("LENDER", is_default=True)
    script, other = Script(), Script()
    body = {"to": "0712345678", "message": "Your parcel is here."}
    first = script.call("POST", "messages", body, **{"Idempotency-Key": "a"})
    assert first[0] == 201
    set_rules.set_rule("key_texts", "1")
    status, told = script.call("POST", "messages", body)
    assert (status, told["error"]["code"]) == (422, "over_limit")
    assert "Make a campaign" in told["error"]["message"]
    assert script.call("POST", "messages", body, **{"Idempotency-Key": "a"}) == first
    assert other.call("POST", "messages", body)[0] == 201
    assert Message.objects.count() == 2
    set_rules.set_rule("key_texts", "off")
    assert script.call("POST", "messages", body)[0] == 201
    set_rules.set_rule("key_texts", "0")
    assert other.call("POST", "messages", body)[0] == 422


def test_of_many_at_once_no_more_go_than_the_rules_say():
    set_rules.set_rule("person_texts", "3")
    user, sender = User.objects.create(username="mary"), make_sender()
    refused = []

    def send():
        try:
            single.queue_single(make_phone(), "hello", sender, source="person", kind="transactional", created_by=user)
        except single.OverLimit:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (Message.objects.count(), len(refused)) == (3, 5)


def test_of_tests_a_person_has_twenty_a_day_and_they_are_texts_of_that_person(mary):
    sender = make_sender()
    for number in range(20):
        send_test(f"test {number}", sender, mary)
    with pytest.raises(single.OverLimit, match="You may have 20 tests sent a day"):
        send_test("test 20", sender, mary)
    # The same one again within half a minute is the same one, and counts no more.
    assert send_test("test 19", sender, mary).text == "test 19"
    assert Message.objects.count() == 20
    set_rules.set_rule("person_texts", "20")
    with pytest.raises(single.OverLimit, match="A person may have 20 single texts"):
        single.queue_single(make_phone(), "hello", sender, source="person", kind="transactional", created_by=mary)
    assert not SingleCount.objects.filter(source="person").exclude(texts=20).exists(), "what was refused counts nowhere"


def test_where_a_person_may_have_no_single_texts_no_test_goes_either(mary):
    set_rules.set_rule("person_texts", "0")
    with pytest.raises(single.OverLimit, match="A person may have 0 single texts"):
        send_test("test", make_sender(), mary)
    assert not Message.objects.exists()


def test_a_number_that_was_taken_away_meanwhile_gets_no_test(mary):
    User.objects.update(phone="", phone_confirmed_at=None)
    with pytest.raises(single.NoOwnPhone):
        send_test("test", make_sender(), mary)


def test_of_many_tests_at_once_no_more_go_than_may(mary):
    sender, refused = make_sender(), []
    for number in range(17):
        send_test(f"test {number}", sender, mary)

    def send(number):
        try:
            send_test(f"at once {number}", sender, mary)
        except single.OverLimit:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (Message.objects.count(), len(refused)) == (20, 5)
    assert dict(SingleCount.objects.values_list("source", "texts")) == {"person": 20, "test": 20}


def test_counts_and_codes_of_long_ago_are_not_kept(mary):
    day = timezone.localdate()
    for old in (0, 30, 40):
        SingleCount.objects.create(who="user:1", source="person", day=day - timedelta(days=old), texts=1)
    jane = User.objects.create(username="jane")
    for user, hours in ((mary, 1), (jane, 25)):
        PhoneCode.objects.create(user=user, phone="254712345678", made_at=timezone.now() - timedelta(hours=hours))
    keep_house(seconds=5)
    assert SingleCount.objects.count() == 2
    assert PhoneCode.objects.get().user == mary


@pytest.mark.parametrize(
    ("name", "text", "shown"), [("person_texts", "1,000 texts", "1000"), ("key_texts", "OFF", "off")]
)
def test_the_rules_are_read_and_shown(db, name, text, shown):
    assert set_rules.set_rule(name, text) == shown
    for wrong in ("-1", "many", "1.5", "99999999999"):
        with pytest.raises(set_rules.BadRule):
            set_rules.set_rule(name, wrong)
