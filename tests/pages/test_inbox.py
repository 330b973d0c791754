"""Replies as conversations: found, read, answered once, given to somebody, done, opted out."""

import csv
import io
import threading

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.roles import Role
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.models import AnswerStarter, AnswerWord, Conversation, Message, Reply
from campaigns.planning import single
from campaigns.reporting import inbox
from campaigns.tasks import file_replies
from contacts.models import OptOut
from tests.approving import person
from tests.makers import make_contact, make_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db

PHONE, OTHER = "254726770792", "254726770793"


def say(text="I have paid", phone=PHONE, **fields):
    reply = receive({"mobile": phone, "message": text, "shortcode": "70700"} | fields)
    filing.file_new()
    return reply


def with_(phone=PHONE):
    return Conversation.objects.get(phone=phone)


def address(name, conversation=None):
    return reverse(f"conversation-{name}", args=[(conversation or with_()).pk])


def answer(client, text="Thank you.", sender=None, **more):
    typed = {"sender": sender.pk, "text": text, "up_to": with_().last_reply} | more
    looked_at = client.post(address("detail"), typed)
    return typed, looked_at


def test_the_inbox_has_names_groups_and_what_came_last(sign_in):
    make_contact(make_group("Loans"), PHONE, "Jane <b>Wanjiru</b>")
    say("first")
    say("I <i>have</i> paid")
    told = read(sign_in(Role.VIEWER).get("/replies"))
    assert "Jane &lt;b&gt;Wanjiru&lt;/b&gt;" in told
    assert "0726 770 792" in told and "Loans" in told
    assert "I &lt;i&gt;have&lt;/i&gt; paid" in told and "first" not in told


def test_the_menu_says_how_many_are_unread_and_no_more_than_999(sign_in):
    client = sign_in(Role.VIEWER)
    assert " unread" not in read(client.get("/replies"))
    say()
    say(phone=OTHER)
    say("STOP", phone="254726770794")
    assert '>2<span class="visually-hidden"> unread</span>' in read(client.get("/contacts/"))
    some = Conversation(last_reply=1, last_at=with_().last_at, is_unread=True)
    Conversation.objects.bulk_create(
        Conversation(phone=f"2547{n:08}", last_reply=n, last_at=some.last_at, is_unread=True) for n in range(1100)
    )
    assert ">999+<span" in read(client.get("/replies"))


def test_what_may_mean_stop_is_on_top_and_said_there(sign_in):
    say("please stop")
    client = sign_in(Role.MANAGER)
    told = read(client.get("/replies?show=done"))
    assert "Do these mean STOP?" in told and "please stop" in told
    reply = Reply.objects.get()
    answered = client.post(f"/replies/{reply.pk}/stop", {"next": "/replies?show=done"})
    assert answered["Location"] == "/replies?show=done"
    assert OptOut.objects.filter(phone=PHONE).exists()
    assert "Do these mean STOP?" not in read(client.get("/replies"))


def test_the_filters_show_what_they_say(sign_in):
    mary, client = person("mary", Role.COMPOSER)
    for number, text in enumerate(["one", "two", "three", "STOP"]):
        say(f"it is {text}" if text != "STOP" else text, phone=f"25472677079{number}")
    client.post(address("assign", with_("254726770790")), {"person": mary.pk})
    done = with_("254726770791")
    client.post(address("done", done), {"up_to": done.last_reply})
    seen = {
        show: [word for word in ("one", "two", "three", "STOP") if word in _lines(client, show)]
        for show in ("open", "unread", "mine", "done", "all", "nonsense")
    }
    assert seen == {
        "open": ["one", "three"], "unread": ["one", "three"], "mine": ["one"], "done": ["two", "STOP"],
        "all": ["one", "two", "three", "STOP"], "nonsense": ["one", "three"],
    }  # fmt: skip


def _lines(client, show):
    page = client.get("/replies", {"show": show}).context["page"]
    return [one.last.text.removeprefix("it is ") for one in page.rows]


@pytest.mark.parametrize(
    ("written", "is_found"),
    [
        ("0726770792", True), ("+254 726 770 792", True), ("770792", True), ("wanjiru", True), ("Jane", True),
        ("QGH7X1", True), ("paid", True), ("42", False), ("4711", True), ("nobody", False), ("0712000000", False),
        ("!!!", False), ("a & | b :*", False),
    ],
)  # fmt: skip
def test_people_are_found_by_number_name_and_text(sign_in, written, is_found):
    make_contact(make_group("Loans"), PHONE, "Jane Wanjirũ")
    say("I have paid, see QGH7X1 for 4711")
    say("good morning", phone=OTHER)
    page = sign_in(Role.VIEWER).get("/replies", {"q": written, "show": "all"}).context["page"]
    assert [one.conversation.phone for one in page.rows] == ([PHONE] if is_found else [])


def test_where_a_word_is_too_common_the_latest_are_looked_at(monkeypatch):
    for number in range(3):
        say("paid", phone=f"25472677079{number}")
    someone = User.objects.create(username="someone")
    monkeypatch.setattr(inbox, "LATEST_REPLIES", 2)
    found = inbox.conversations("all", someone, "paid", latest_alone=True)
    assert [one.phone for one in found] == ["254726770792", "254726770791"]
    assert inbox.conversations("all", someone, "paid").count() == 3


def test_pages_go_on_where_the_last_one_ended(sign_in):
    for number in range(120):
        receive({"mobile": f"2547000001{number:02}" if number < 100 else f"254700002{number}", "message": "hi"})
    while filing.file_new().replies:
        pass
    client, url, seen = sign_in(Role.VIEWER), "/replies?show=unread", []
    while url:
        page = client.get(url).context["page"]
        seen += [one.conversation.pk for one in page.rows]
        url = page.next_url and "/replies" + page.next_url
    assert len(seen) == len(set(seen)) == 120


def test_a_thread_has_what_was_sent_and_what_came_in_order(sign_in):
    sender = make_sender("70700")
    single.queue_single(PHONE, "Your loan is due.", sender, source="person", kind="transactional")
    say("I have paid")
    single.queue_single(PHONE, "Thank you.", sender, source="reply", kind="transactional")
    told = read(sign_in(Role.VIEWER).get(address("detail")))
    assert told.index("Your loan is due.") < told.index("I have paid") < told.index("Thank you.")


def test_the_page_of_a_person_leads_to_what_was_written(sign_in):
    say()
    assert f'href="{address("detail")}"' in read(sign_in(Role.VIEWER).get(f"/people/{PHONE}"))


def test_a_long_thread_is_told_page_by_page_with_nothing_twice(sign_in):
    sender = make_sender("70700")
    for number in range(60):
        say(f"reply {number}.")
        single.queue_single(PHONE, f"text {number}.", sender, source="reply", kind="transactional")
    client, url, seen = sign_in(Role.VIEWER), address("detail"), []
    while url:
        thread = client.get(url).context["thread"]
        seen = [one.reply.text if one.reply else one.told.message.text for one in thread.pieces] + seen
        place = thread.earlier
        url = place and f"{address('detail')}?replies={place.replies}&texts={place.texts}"
    assert seen == [f"{what} {number}." for number in range(60) for what in ("reply", "text")]


def test_looking_changes_nothing_and_the_page_says_that_it_was_read(sign_in):
    reply = say()
    client = sign_in(Role.COMPOSER)
    page = read(client.get(address("detail")))
    assert with_().is_unread
    assert f'hx-post="{address("read")}"' in page
    answered = client.post(address("read"), {"up_to": reply.pk}, headers={"HX-Request": "true"})
    assert answered.status_code == 204
    assert not with_().is_unread
    assert "hx-post" not in read(client.get(address("detail")))
    viewer = sign_in(Role.VIEWER)
    say("again")
    assert f'hx-post="{address("read")}"' not in read(viewer.get(address("detail")))


def test_an_answer_says_its_price_and_goes_once(sign_in):
    own = make_sender("70700", price="0.60")
    make_sender("LENDER", is_default=True)
    say()
    client = sign_in(Role.MANAGER)
    assert client.get(address("detail")).context["form"].fields["sender"].initial == own
    typed, looked_at = answer(client, "Thank you." * 20, own)
    told = read(looked_at)
    assert "Send this answer to 0726 770 792 from 70700 for about KES 1.20?" in told and "2 parts" in told
    assert not Message.objects.exists()
    for _ in range(2):
        sent = client.post(address("detail"), typed | {"opened": looked_at.context["opened"]})
        assert sent.status_code == 302
    message = Message.objects.get()
    assert (message.phone, message.source, message.batch.sender) == (PHONE, "reply", own)
    assert not with_().is_unread
    assert AuditEntry.objects.filter(act="text sent", about=f"message {message.pk}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_send_once():
    sender = make_sender("70700")
    mary, client = person("mary", Role.MANAGER)
    say()
    typed, looked_at = answer(client, sender=sender)
    typed["opened"] = looked_at.context["opened"]

    def click():
        one = Client()
        one.force_login(mary, backend="django.contrib.auth.backends.ModelBackend")
        one.post(address("detail"), typed)
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(5)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(30)
    assert Message.objects.count() == 1


def test_whoever_said_stop_is_not_answered(sign_in):
    sender = make_sender("70700")
    client = sign_in(Role.MANAGER)
    say("hello")
    typed, looked_at = answer(client, sender=sender)
    say("STOP")
    confirmed = Message.objects.get()
    assert confirmed.source == "answer"
    sent = read(client.post(address("detail"), typed | {"opened": looked_at.context["opened"]}))
    assert "It gets no text: said STOP" in sent
    page = client.get(address("detail"))
    assert page.context["form"] is None
    assert "It cannot be answered." in read(page)
    assert Message.objects.count() == 1


def test_what_is_typed_badly_is_said_and_kept(sign_in):
    sender = make_sender("70700")
    say()
    client = sign_in(Role.MANAGER)
    _, told = answer(client, "Dear <name>", sender)
    assert "&lt;name&gt; would be sent as it stands" in read(told)
    _, told = answer(client, "Thank you", sender, change="1")
    assert "Thank you</textarea>" in read(told).replace("\n", "")


def test_a_ready_answer_begins_the_text(sign_in):
    make_sender("70700")
    say()
    starter = AnswerStarter.objects.create(name="Thanks", text="Thank you for paying.")
    client = sign_in(Role.MANAGER)
    assert "Thanks" in read(client.get(address("detail")))
    assert "Thank you for paying." in read(client.get(f"{address('detail')}?starter={starter.pk}"))


def test_a_person_is_opted_out_by_a_click(sign_in):
    say("please stop")
    client = sign_in(Role.MANAGER)
    assert "This number gets no texts from now on." in read(client.post(address("opt-out"), follow=True))
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source) == (PHONE, "all", "person")
    assert not Reply.objects.to_be_read().exists()


def test_done_comes_back_and_is_opened_again(sign_in):
    reply = say()
    client = sign_in(Role.COMPOSER)
    client.post(address("done"), {"up_to": reply.pk})
    assert with_().is_done and not with_().is_unread
    client.post(address("open"))
    assert not with_().is_done
    say("another")
    told = read(client.post(address("done"), {"up_to": reply.pk}, follow=True))
    assert "another reply came meanwhile" in told
    assert with_().is_unread and not with_().is_done


def test_only_who_may_see_to_it_is_given_it():
    _, client = person("mary", Role.COMPOSER)
    viewer = person("victor", Role.VIEWER)[0]
    say()
    assert "may not see to replies" in read(client.post(address("assign"), {"person": viewer.pk}, follow=True))
    assert with_().assigned_to is None
    assert "victor" not in [one.username for one in client.get(address("detail")).context["people"]]


def test_a_composer_reads_and_does_not_answer(sign_in):
    make_sender("70700", is_default=True)
    say()
    client = sign_in(Role.COMPOSER)
    assert client.get(address("detail")).context["form"] is None
    assert client.post(address("detail"), {}).status_code == 403
    assert client.post(address("opt-out")).status_code == 403


def test_whoever_has_no_number_is_read_and_not_answered(sign_in):
    say("balance?", phone="Safaricom")
    client = sign_in(Role.MANAGER)
    conversation = with_("")
    assert "cannot be answered" in read(client.get(address("detail", conversation)))
    answered = client.post(address("detail", conversation), {"text": "hi"}, follow=True)
    assert "There is no mobile number" in read(answered)
    assert "There is no mobile number" in read(client.post(address("opt-out", conversation), follow=True))


def test_the_file_has_what_the_list_shows_and_no_formula(sign_in):
    make_contact(make_group("Loans"), PHONE, "Jane")
    say("=1+1")
    say("later")
    say("other", phone=OTHER)
    say("STOP", phone="254726770794")
    lines = b"".join(sign_in(Role.MANAGER).get("/replies/export?show=open").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [(row["phone"], row["text"], row["name"], row["read"]) for row in rows] == [
        ("0726 770 793", "other", "", "no"), ("0726 770 792", "'=1+1", "Jane", "no"),
        ("0726 770 792", "later", "Jane", "no"),
    ]  # fmt: skip
    assert AuditEntry.objects.get(act="replies exported").detail == {"show": "open"}


def test_a_word_is_saved_off_and_put_on(sign_in):
    client = sign_in(Role.MANAGER)
    client.post("/replies/words/new", {"word": " info! ", "text": "Call us."})
    word = AnswerWord.objects.get()
    assert (word.word, word.is_on) == ("INFO", False)
    client.post(f"/replies/words/{word.pk}", {"word": "INFO", "text": "Call us.", "is_on": "on"})
    word.refresh_from_db()
    assert word.is_on and word.changed_by.username
    client.post(f"/replies/words/{word.pk}/delete")
    assert not AnswerWord.objects.exists()


@pytest.mark.parametrize(
    ("word", "text", "why"),
    [
        ("STOP", "Bye.", "about stopping texts"), ("acha", "Bye.", "about stopping texts"),
        ("start", "Hello.", "about stopping texts"), ("!!", "Hello.", "a word of letters or digits"),
        ("HELP", "Hello.", "an answer to HELP already"), ("INFO", "Dear <nam", "Close it with"),
        ("INFO", "Dear <nobody_has_it>", "No group has a field"), ("INFO", "help", "a word that has an answer itself"),
        ("INFO", "Info.", "a word that has an answer itself"), ("INFO", "x" * 919, "longer than 918"),
    ],
)  # fmt: skip
def test_a_word_that_cannot_be_is_said(sign_in, word, text, why):
    AnswerWord.objects.create(word="HELP", text="Call us.")
    told = read(sign_in(Role.MANAGER).post("/replies/words/new", {"word": word, "text": text}))
    assert why in told
    assert AnswerWord.objects.count() == 1


def test_what_most_begin_with_is_offered(sign_in):
    make_group(fields={"balance": "money"})
    client = sign_in(Role.MANAGER)
    assert "?word=BALANCE" in read(client.get("/replies/words"))
    form = client.get("/replies/words/new?word=BALANCE").context["form"]
    assert form.initial["text"].startswith("Dear <name>")


def test_ready_answers_are_kept_by_managers(sign_in):
    client = sign_in(Role.MANAGER)
    client.post("/replies/ready/new", {"name": "Thanks", "text": "Thank you."})
    starter = AnswerStarter.objects.get()
    assert "Leave a gap" in read(client.post(f"/replies/ready/{starter.pk}", {"name": "Thanks", "text": "Hi <name>"}))
    client.post(f"/replies/ready/{starter.pk}/delete")
    assert not AnswerStarter.objects.exists()


def test_a_page_asks_the_same_number_of_queries_however_many_wrote(sign_in, django_assert_max_num_queries):
    client = sign_in(Role.VIEWER)
    for number in range(40):
        say(phone=f"2547000000{number:02}")
    with django_assert_max_num_queries(16):
        client.get("/replies")


@override_settings(QSMS_DLR_TOKENS=["secret"])
def test_a_reply_that_comes_by_its_address_is_in_the_inbox_after_a_tick(sign_in):
    body = {"message": "I have paid", "shortcode": "70700", "mobile": PHONE}
    assert Client().post("/inbound/secret", body, content_type="application/json").status_code == 200
    file_replies()
    assert "I have paid" in read(sign_in(Role.VIEWER).get("/replies"))
