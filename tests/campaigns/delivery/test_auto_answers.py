"""Words that are answered without a person: only where that is right, never twice an hour, never in a circle."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.delivery import filing
from campaigns.delivery.auto_answers import MOST_A_DAY, text_for
from campaigns.delivery.replies import receive
from campaigns.ledger.allowance import spent_by
from campaigns.models import AnswerWord, Batch, Conversation, Message, Reply
from campaigns.sending.claim import claim_next
from campaigns.tasks import file_replies
from contacts.models import ContactField, OptOut
from tests.approving import person
from tests.makers import make_contact, make_group, make_sender

pytestmark = pytest.mark.django_db

PHONE = "254726770792"
INFO = "Our office is open from 8 to 5."
BALANCE = "Dear <name:first>, your balance is KES <balance>."


@pytest.fixture(autouse=True)
def short_code():
    return make_sender("70700", is_default=True)


def put_on(word="INFO", text=INFO, **fields):
    return AnswerWord.objects.create(word=word, text=text, is_on=fields.pop("is_on", True), **fields)


def say(text, phone=PHONE, **fields):
    reply = receive({"mobile": phone, "message": text, "shortcode": "70700"} | fields)
    filing.file_new()
    reply.refresh_from_db()
    return reply


def sent(phone=PHONE):
    return list(Message.objects.filter(phone=phone, source="reply").order_by("pk").values_list("text", flat=True))


def hours_pass(hours):
    for one in Conversation.objects.exclude(auto_answered_at=None):
        one.auto_answered_at -= timedelta(hours=hours)
        one.save()


@pytest.mark.parametrize("text", ["INFO", " info. ", "Info please 🙏", "INFO 70700", "Info, asante"])
def test_a_word_is_answered_once_and_needs_nobody(text):
    put_on()
    reply = say(text)
    assert sent() == [INFO]
    assert reply.is_read and reply.answer.text == INFO and reply.answer.created_by is None
    assert reply.answer.batch.sender.name == "70700"
    assert Conversation.objects.get().is_done


@pytest.mark.parametrize("text", ["INFO about my loan", "information", "no info", "", "STOP INFO", "please stop"])
def test_what_says_more_is_for_a_person(text):
    put_on()
    say(text)
    assert sent() == []


def test_a_word_is_off_until_it_is_put_on():
    AnswerWord.objects.create(word="INFO", text=INFO)
    assert not say("INFO").is_read
    assert sent() == []


def test_there_is_one_answer_an_hour_over_all_words():
    put_on()
    put_on("HOURS", "From 8 to 5.")
    say("INFO")
    assert not say("HOURS").is_read
    assert not say("INFO").is_read
    assert sent() == [INFO]
    hours_pass(1)
    say("HOURS")
    assert sent() == [INFO, "From 8 to 5."]


def test_of_two_in_one_slice_one_is_answered():
    put_on()
    for _ in range(2):
        receive({"mobile": PHONE, "message": "INFO", "shortcode": "70700"})
    assert filing.file_new().answered == 1
    assert sent() == [INFO]


def test_a_confirmed_stop_counts_as_the_answer_of_the_hour():
    put_on()
    say("STOP")
    say("START")
    say("INFO")
    assert sent() == []
    assert Message.objects.filter(source="answer").count() == 1


def test_an_answer_leaves_the_confirmation_of_stop_alone():
    put_on()
    say("INFO")
    say("STOP")
    assert Message.objects.filter(source="answer").count() == 1


def test_there_are_few_answers_a_day():
    put_on()
    for _ in range(MOST_A_DAY + 3):
        say("INFO")
        hours_pass(2)
    assert len(sent()) == MOST_A_DAY
    hours_pass(24)
    say("INFO")
    assert len(sent()) == MOST_A_DAY + 1


@pytest.mark.parametrize("phone", ["Safaricom", "22141", "254202712345"])
def test_what_is_no_mobile_number_is_not_answered(phone):
    put_on()
    say("INFO", phone=phone)
    assert not Message.objects.filter(source="reply").exists()


def test_what_we_had_just_sent_there_is_not_answered():
    put_on(text="Send HELP or call us.")
    put_on("SEND HELP OR CALL US", INFO)
    say("INFO")
    hours_pass(2)
    assert not say("send help or call us").answer
    say("Send HELP or call us.")
    assert sent() == ["Send HELP or call us."]


@pytest.mark.parametrize(
    "said", ["gives it back", "says a word", "is a portal with the same words", "answers anything"]
)
def test_two_machines_end_soon(said):
    """A machine that answers each text it gets, for as long as it gets any, with a day between."""
    put_on()
    put_on("HELP", "Send INFO for our hours.")
    answers = {
        "gives it back": lambda text: text,
        "says a word": lambda _text: "HELP",
        "is a portal with the same words": lambda text: {INFO: "INFO", "Send INFO for our hours.": "HELP"}[text],
        "answers anything": lambda text: "INFO" if "INFO" in text else "HELP",
    }[said]
    say("HELP")
    answered = 0
    while len(sent()) > answered:
        answered = len(sent())
        assert answered < 5, "it goes on for ever"
        say(answers(sent()[-1]))
    assert len(sent()) == 1


def test_a_machine_that_takes_its_time_gets_a_few_a_day_at_most():
    put_on()
    for _ in range(24):
        say("INFO")
        hours_pass(1)
    assert len(sent()) == MOST_A_DAY


def test_an_answer_has_the_values_of_the_one_row_of_the_number():
    put_on("BALANCE", BALANCE)
    group = make_group(fields={"balance": "money"})
    make_contact(group, PHONE, "Jane Wanjiru", balance="5000.00")
    say("balance")
    assert sent() == ["Dear Jane, your balance is KES 5,000.00."]


def _rows(case):
    group, other = make_group(fields={"balance": "money"}), make_group(fields={"town": "text"})
    match case:
        case "no value":
            make_contact(group, PHONE, "Jane")
        case "no such field":
            make_contact(other, PHONE, "Jane", town="Nakuru")
        case "two rows":
            make_contact(group, PHONE, "Jane", balance="5000.00")
            make_contact(other, PHONE, "Jane", town="Nakuru")
        case "not updated":
            row = make_contact(group, PHONE, "Jane", balance="5000.00")
            row.not_updated = ["balance"]
            row.save()
        case "no name":
            make_contact(group, PHONE, "", balance="5000.00")


def test_it_means_the_field_by_the_name_that_it_has_now_and_those_it_had():
    """A heading made <loan_balance_kes>, which is called <balance> since."""
    group = make_group(fields={"loan_balance_kes": "money"})
    ContactField.objects.filter(group=group).update(chosen_name="balance")
    make_contact(group, PHONE, "Jane Wanjiru", loan_balance_kes="5000.00")
    for text in (BALANCE, BALANCE.replace("<balance>", "<Loan Balance KES>")):
        assert text_for(text, PHONE, make_sender()) == "Dear Jane, your balance is KES 5,000.00."


@pytest.mark.parametrize("case", ["no row", "no value", "no such field", "two rows", "not updated", "no name"])
def test_where_it_is_not_clear_whose_value_it_is_a_person_answers(case):
    put_on("BALANCE", BALANCE)
    _rows(case)
    assert not say("BALANCE").is_read
    assert sent() == []
    assert Conversation.objects.get().auto_answered_at is None


def test_who_gets_no_texts_gets_no_answer():
    put_on()
    OptOut.objects.create(phone=PHONE, scope="all", source="person")
    assert not say("INFO").is_read
    assert sent() == []


def test_an_old_reply_is_left_to_a_person():
    put_on()
    receive({"mobile": PHONE, "message": "INFO", "shortcode": "70700"})
    Reply.objects.update(received_at=timezone.now() - timedelta(hours=2))
    filing.file_new()
    assert sent() == []
    assert Conversation.objects.get().is_unread


def test_a_word_that_cannot_be_answered_keeps_no_reply_from_the_inbox():
    put_on(text="Dear <nam")
    receive({"mobile": PHONE, "message": "INFO", "shortcode": "70700"})
    receive({"mobile": "254726770793", "message": "hello"})
    file_replies()
    assert not Reply.objects.new().exists()
    assert Conversation.objects.unread().count() == 2


def test_an_answer_that_had_to_wait_for_an_hour_is_left_out():
    put_on()
    say("INFO")
    Batch.objects.update(not_after=Batch.objects.get().not_after - timedelta(hours=1))
    assert claim_next(timedelta(seconds=60)) is None
    message = Message.objects.get()
    assert (message.status, message.reason) == ("skipped", "too_late")


def test_an_answer_counts_against_the_limit_of_who_set_the_word_up():
    mary = person("mary", Role.MANAGER)[0]
    User.objects.filter(pk=mary.pk).update(monthly_limit="1.00")
    put_on(changed_by=mary)
    say("INFO")
    assert sent() == [INFO]
    assert spent_by(mary, timezone.now()) == Message.objects.get().cost > 0
    assert not say("INFO", phone="254726770793").is_read, "a second one would pass her limit"
    assert Message.objects.count() == 1


def test_without_a_sender_that_may_send_a_person_answers(short_code):
    put_on()
    short_code.halted_at = timezone.now()
    short_code.save()
    assert not say("INFO").is_read
    assert sent() == []
