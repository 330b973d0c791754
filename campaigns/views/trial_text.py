"""A test text: to one's own phone, as the person who is looked at would get it."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied

from accounts.requests import Request
from campaigns.checking.figures import SampleText
from campaigns.models import Campaign
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
    needs_phone: bool = False


def send(request: Request, sample: SampleText | None, campaign: Campaign) -> Tested:
    """Send it to the person's own phone, and to no other."""
    _refuse_others(request)
    if sample is None:
        return Tested("This person would get no text, so none was sent. Look at another one.")
    try:
        sender = campaign.sender or senders.chosen_sender(None)
        message = single.queue_test(sample.text, sender, request.user, kind=campaign.kind)
    except single.NoOwnPhone as error:
        return Tested(str(error), needs_phone=True)
    except (senders.NoSuchSender, single.TextCannotBeSent, single.OverLimit, single.QuietHours) as error:
        return Tested(str(error))
    nudge(tick)
    return Tested(f"Sent to {phones.local_number(message.phone)}.", message.pk)


def _refuse_others(request: Request) -> None:
    """No form of ours names a number; one that is named has to be the confirmed one."""
    given, own = request.POST.get("own_phone", "").strip(), request.user.confirmed_phone
    if not given or not own:
        return
    try:
        is_own = phones.read_phone(given).digits == own
    except phones.BadNumber:
        is_own = False
    if not is_own:
        raise PermissionDenied("A test goes to your own phone, as it is confirmed on your profile, and to no other.")
