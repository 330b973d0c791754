"""A single text is queued, or refused in words."""

from datetime import timedelta

import pytest

from campaigns.models import Batch
from campaigns.planning import single
from campaigns.sending.claim import claim_next
from contacts.models import OptOut
from tests.calls import CALL
from tests.makers import make_phone, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("text", ["", "  ", "a" * 919])
def test_a_single_text_that_cannot_be_sent_is_refused_before_anything_is_written(text):
    with pytest.raises(single.TextCannotBeSent):
        single.queue_single(make_phone(), text, make_sender(), source="person", kind="transactional")
    assert not Batch.objects.exists()


@pytest.mark.parametrize("source", ["person", "api", "test", "reply"])
def test_no_other_single_text_goes_to_who_has_opted_out(source):
    phone = make_phone()
    OptOut.objects.create(phone=phone)
    text = single.queue_single(phone, "hello", make_sender(), source=source, kind="transactional")
    assert claim_next(CALL) is None
    text.refresh_from_db()
    assert (text.status, text.reason) == ("skipped", "opted_out")


def test_who_said_stop_gets_no_single_text_either():
    from campaigns.sending.claim import claim_next

    OptOut.objects.create(phone="254712345678")
    message = single.queue_single("254712345678", "hello", make_sender(), source="person", kind="transactional")
    assert claim_next(timedelta(seconds=70)) is None
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "opted_out")
