"""Replies are kept as long as the rule says, and who has none left is forgotten with them."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.actions import set_rules
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.maintenance import retention
from campaigns.models import Conversation, Reply

pytestmark = pytest.mark.django_db

PHONE, OTHER = "254726770792", "254726770793"


def say(text, phone=PHONE, days=0):
    reply = receive({"mobile": phone, "message": text, "shortcode": "70700"})
    filing.file_new()
    Reply.objects.filter(pk=reply.pk).update(received_at=timezone.now() - timedelta(days=days))
    return reply


def test_old_replies_go_and_who_wrote_nothing_since(monkeypatch):
    monkeypatch.setattr(retention, "REPLIES_AT_ONCE", 2)
    for number in range(5):
        say(f"old {number}", days=70)
    say("old", phone=OTHER, days=70)
    kept = say("of last month", days=40)
    also = say("today", phone="254726770794")
    set_rules.set_rule("reply_months", "2")
    retention.keep_house(seconds=60)
    assert set(Reply.objects.values_list("pk", flat=True)) == {kept.pk, also.pk}
    assert set(Conversation.objects.values_list("phone", flat=True)) == {PHONE, "254726770794"}


def test_what_a_person_has_to_read_stays_and_so_does_what_is_not_filed():
    waits = say("please stop", days=70)
    new = receive({"mobile": OTHER, "message": "hello"})
    Reply.objects.filter(pk=new.pk).update(received_at=timezone.now() - timedelta(days=70))
    assert retention.forget_replies_before(timezone.now(), time.monotonic() + 60) == 0
    assert set(Reply.objects.values_list("pk", flat=True)) == {waits.pk, new.pk}
    Reply.objects.filter(pk=waits.pk).update(reading="no_stop")
    assert retention.forget_replies_before(timezone.now(), time.monotonic() + 60) == 1


def test_they_are_kept_for_ever_where_nobody_says_otherwise():
    say("old", days=4_000)
    retention.keep_house(seconds=60)
    assert Reply.objects.exists()
