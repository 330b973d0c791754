"""Whoever wrote before there was an inbox stands in it, read; nothing that came since is taken for old."""

from importlib import import_module

import pytest
from django.db import connection

from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.models import Conversation, Reply

pytestmark = pytest.mark.django_db

OLD = import_module("campaigns.migrations.0049_old_conversations").OLD


def say(text, phone):
    return receive({"mobile": phone, "message": text, "shortcode": "70700"})


def test_old_replies_have_conversations_that_are_done_but_for_what_is_to_be_read():
    first, last = say("one", "254726770790"), say("two", "254726770790")
    say("please stop", "254726770791")
    Reply.objects.update(state="read")
    new = say("I am new", "254726770792")
    again = say("and again", "254726770790")
    with connection.cursor() as cursor:
        cursor.execute(OLD)
        cursor.execute(OLD)
    there = {one.phone: one for one in Conversation.objects.all()}
    assert there.keys() == {"254726770790", "254726770791"}
    assert there["254726770790"].last_reply == last.pk > first.pk
    assert there["254726770790"].is_done and not there["254726770791"].is_done
    assert not any(one.is_unread for one in there.values())
    filing.file_new()
    now = dict(Conversation.objects.unread().values_list("phone", "last_reply"))
    assert now == {"254726770790": again.pk, "254726770792": new.pk}


def test_what_a_release_before_writes_is_new():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_reply (received_at, phone, shortcode, text, inbox_id, network, link_id, body, did) "
            "VALUES (now(), '254726770790', '', 'hello', '', '', '', '{}', 'kept')"
        )
    assert Reply.objects.new().count() == 1
