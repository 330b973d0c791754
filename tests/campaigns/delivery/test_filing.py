"""New replies go into the inbox: nothing is lost, nothing twice, and whoever writes again comes back from done."""

import threading

import pytest
from django.db import connection, transaction

from accounts.roles import Role
from campaigns.actions import conversations
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.models import Conversation, Reply
from campaigns.models.transitions import NotPossible
from campaigns.reporting.needing import needing_somebody
from campaigns.tasks import file_replies
from tests.approving import person
from tests.calls import until_somebody_waits_for_a_lock

PHONE = "254726770792"


def say(text="I have paid", phone=PHONE, **fields):
    return receive({"mobile": phone, "message": text, "shortcode": "70700"} | fields)


def file():
    while filing.file_new().replies:
        pass


@pytest.mark.django_db
def test_a_new_reply_makes_an_unread_conversation():
    first, second = say(), say("and again")
    assert filing.replies_are_new()
    assert needing_somebody().unread == 0
    file_replies()
    there = Conversation.objects.get()
    assert (there.phone, there.last_reply, there.last_at) == (PHONE, second.pk, second.received_at)
    assert there.is_unread and not there.is_done
    assert needing_somebody().unread == 1
    assert set(Reply.objects.values_list("state", flat=True)) == {"unread"}
    assert not filing.replies_are_new()
    assert filing.file_new().replies == 0
    assert first.pk < second.pk


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["STOP", "START", "stop 70700 thanks"])
def test_a_stop_that_was_obeyed_waits_for_nobody(text):
    say("STOP", inbox_id="1") if text == "START" else None
    say(text)
    file()
    assert needing_somebody().unread == 0
    assert Conversation.objects.get().is_done


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["please stop", "Stop by tomorrow"])
def test_what_may_be_a_stop_is_unread_and_to_be_read(text):
    say(text)
    file()
    assert needing_somebody().unread == 1
    assert Reply.objects.to_be_read().count() == 1


@pytest.mark.django_db
def test_a_reply_without_a_mobile_number_is_in_the_inbox_too():
    say(phone="Safaricom")
    say(phone="22141")
    file()
    there = Conversation.objects.get()
    assert there.phone == "" and there.is_unread
    assert Reply.objects.filter(phone="", state="unread").count() == 2


@pytest.mark.django_db
def test_who_writes_again_comes_back_from_done_and_stays_with_whom_it_was():
    mary = person("mary", Role.MANAGER)[0]
    say()
    file()
    there = Conversation.objects.get()
    conversations.assign(there, mary, mary)
    conversations.finish(there, mary, up_to=there.last_reply)
    assert needing_somebody().unread == 0
    say("one more")
    file()
    there.refresh_from_db()
    assert there.is_unread and not there.is_done and there.assigned_to == mary
    say("STOP")
    conversations.finish(there, mary, up_to=there.last_reply)
    file()
    there.refresh_from_db()
    assert there.is_done, "a STOP alone brings nobody back"


@pytest.mark.django_db
def test_what_came_since_it_was_looked_at_is_not_done_and_not_read():
    mary = person("mary", Role.MANAGER)[0]
    seen = say()
    file()
    there = Conversation.objects.get()
    say("wait, one question")
    file()
    with pytest.raises(NotPossible):
        conversations.finish(there, mary, up_to=seen.pk)
    assert conversations.mark_read(there, mary, up_to=seen.pk) == 1
    there.refresh_from_db()
    assert there.is_unread and not there.is_done


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_in_hand_is_new_again():
    say()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        assert filing.file_new().replies == 1
        raise KeyboardInterrupt
    assert filing.replies_are_new() and not Conversation.objects.exists()
    file()
    assert needing_somebody().unread == 1


@pytest.mark.django_db(transaction=True)
def test_many_file_at_once_and_each_reply_is_filed_once():
    # Each slice has all numbers, so that those who file want the same conversations.
    for _ in range(10):
        for number in range(30):
            say(phone=f"2547000000{number:02}")
    filed, failed = [], []
    begin = threading.Barrier(4)

    def work():
        begin.wait()
        try:
            while found := filing.file_new().replies:
                filed.append(found)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert not failed
    assert sum(filed) == 300
    assert Conversation.objects.count() == needing_somebody().unread == 30
    newest = {phone: max(ids) for phone, ids in _ids().items()}
    assert dict(Conversation.objects.values_list("phone", "last_reply")) == newest


def _ids():
    found = {}
    for phone, pk in Reply.objects.values_list("phone", "pk"):
        found.setdefault(phone, []).append(pk)
    return found


@pytest.mark.django_db(transaction=True)
def test_who_reads_while_another_reply_is_filed_leaves_that_one_unread():
    mary = person("mary", Role.MANAGER)[0]
    seen = say()
    file()
    there = Conversation.objects.get()
    say("meanwhile")
    read = []

    def reading():
        read.append(conversations.mark_read(there, mary, up_to=seen.pk))
        connection.close()

    with transaction.atomic():
        filing.file_new()
        reader = threading.Thread(target=reading)
        reader.start()
        until_somebody_waits_for_a_lock()
    reader.join()
    there.refresh_from_db()
    assert read == [1] and there.is_unread


@pytest.mark.django_db
def test_the_look_for_what_is_new_and_the_count_use_their_indexes():
    say()
    file()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    new = Reply.objects.new().order_by("pk")[:100].explain()
    assert "reply_new" in new and "Sort" not in new
    assert "conversation_" in Conversation.objects.unread().order_by()[:1000].explain()
    assert "conversation_open" in Conversation.objects.open().order_by("-last_reply")[:51].explain()
    assert "conversation_done" in Conversation.objects.done().order_by("-last_reply")[:51].explain()
    assert "reply_not_read" in Reply.objects.not_read().order_by("-pk")[:101].explain()
    assert "reply_to_mail" in Reply.objects.to_mail().order_by("pk")[:100].explain()
