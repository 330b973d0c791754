"""Replies are mailed on, those of some minutes together, by a real server."""

from datetime import timedelta

import pytest
from django.test import override_settings

from campaigns.actions import set_rules
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.delivery.reply_mails import MOST_SHOWN, mail_replies, mails_are_due
from campaigns.models import Reply, ReplyMail
from tests.mailbox import mailbox

pytestmark = pytest.mark.django_db

PHONE = "254726770792"


def say(text="I have paid", **fields):
    receive({"mobile": PHONE, "message": text, "shortcode": "70700"} | fields)
    filing.file_new()


def minutes_pass():
    one = ReplyMail.objects.get()
    one.tried_at -= timedelta(minutes=3)
    one.save()


def test_a_reply_is_mailed_to_each_address_with_where_to_answer():
    set_rules.set_rule("reply_mails", "Office@Example.com, boss@example.com")
    with mailbox() as box:
        say("Nitalipa <kesho> & asante")
        say("STOP")
        assert mails_are_due()
        assert mail_replies() == 1
        assert not mails_are_due()
    assert [to for to, _ in box.mails] == [["office@example.com"], ["boss@example.com"]]
    mail = box.mails[0][1]
    assert mail["Subject"] == "1 reply"
    told = mail.get_content()
    assert "0726 770 792, " in told and "Nitalipa <kesho> & asante" in told
    assert "/replies?show=unread" in told and "STOP" not in told


def test_a_flood_is_a_few_mails():
    set_rules.set_rule("reply_mails", "office@example.com")
    with mailbox() as box:
        for number in range(MOST_SHOWN + 20):
            say(f"reply {number}")
            mail_replies()
        minutes_pass()
        assert mail_replies() == MOST_SHOWN + 19
        minutes_pass()
        assert mail_replies() == 0
    first, second = (mail for _, mail in box.mails)
    assert (first["Subject"], second["Subject"]) == ("1 reply", f"{MOST_SHOWN + 19} replies")
    assert "And 19 more." in second.get_content()
    assert not Reply.objects.to_mail().exists()


def test_where_no_server_takes_it_it_is_tried_again():
    set_rules.set_rule("reply_mails", "office@example.com")
    with mailbox() as box:
        backend = "django.core.mail.backends.smtp.EmailBackend"
        with override_settings(EMAIL_PORT=1, EMAIL_BACKEND=backend):
            say()
            assert mail_replies() == 0
        assert not mails_are_due() and Reply.objects.to_mail().exists()
        minutes_pass()
        assert mails_are_due() and mail_replies() == 1
    assert len(box.mails) == 1


def test_nothing_is_mailed_where_the_rule_is_off_or_no_server_is_named():
    with mailbox():
        say()
    assert not Reply.objects.to_mail().exists()
    set_rules.set_rule("reply_mails", "office@example.com")
    with override_settings(EMAIL_URL=""):
        say("two")
        assert not mails_are_due()
    assert not Reply.objects.to_mail().exists()


def test_what_waited_is_not_mailed_when_the_rule_is_off_since():
    set_rules.set_rule("reply_mails", "office@example.com")
    with mailbox() as box:
        say()
        set_rules.set_rule("reply_mails", "off")
        assert mail_replies() == 0
        assert not Reply.objects.to_mail().exists()
    assert not box.mails


@pytest.mark.parametrize("written", ["nobody", "a@example.com; b@example.com", "", "a@b.co,,", ",".join(
    f"a{number}@example.com" for number in range(6)
)])  # fmt: skip
def test_what_is_no_address_is_refused(written):
    with pytest.raises(set_rules.BadRule):
        set_rules.set_rule("reply_mails", written)
