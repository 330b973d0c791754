"""A test text: to one's own phone, as the person who is looked at would get it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from accounts.requests import Request
from campaigns.checking.estimate import SampleText
from campaigns.models import Sender
from campaigns.planning import single
from campaigns.tasks import tick
from campaigns.writing import senders
from lib import phones
from lib.nudge import nudge


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of asking for a test text, in words; `message` is its number, None where there is none."""

    words: str
    message: int | None = None


def send(request: Request, sample: SampleText | None, sender: Sender | None) -> Tested:
    """Send it to the person's phone, which is asked for once and remembered."""
    user: User = request.user
    if sample is None:
        return Tested("This person would get no text, so none was sent. Look at another one.")
    if given := request.POST.get("own_phone", "").strip():
        try:
            user.phone = phones.read_phone(given).digits
        except phones.BadNumber as error:
            return Tested(f"“{given}”: {error}.")
        user.save(update_fields=["phone"])
    if not user.phone:
        return Tested("Type your own phone number first.")
    try:
        message = single.queue_test(sample.text, sender or senders.chosen_sender(None), user)
    except (senders.NoSuchSender, single.TextCannotBeSent, single.OverLimit) as error:
        return Tested(str(error))
    nudge(tick)
    return Tested(f"Sent to {phones.local_number(user.phone)}.", message.pk)
