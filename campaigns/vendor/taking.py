"""A call written down: looked at as a whole, then text by text, key and rows in one transaction.

A failure is answered only for what was not written. Repeats with an `Idempotency-Key` are told of the first one's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts.models import ApiKey
from accounts.repeats import LONGEST_KEY, RepeatKey
from accounts.roles import Role
from campaigns.audience.kept_out import scopes_of
from campaigns.gateway import vendor_codes
from campaigns.ledger.whys import opt_outs_in_words
from campaigns.models import Gate, Kind, Rules, Sender
from campaigns.planning import single
from campaigns.planning.script_call import CallText, cost_of, queue_call
from campaigns.tasks import ask_balance
from campaigns.vendor.asked import AskedCall, AskedText, Refused
from campaigns.writing.senders import NoSuchSender, chosen_sender
from contacts.models import OptOut
from lib.nudge import nudge


@dataclass(frozen=True, slots=True)
class TakenText:
    """A text of a call: the message that it became, or the code and words with which it was refused."""

    mobile: str
    client_ref: str
    message: int | None = None
    code: int = vendor_codes.SUCCESS
    words: str = ""


@dataclass(frozen=True, slots=True)
class TakenCall:
    """`call` None: every text was refused, nothing was written. `waits`: for its date."""

    call: int | None
    waits: bool
    texts: list[TakenText]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, kept: dict[str, Any]) -> TakenCall:
        return cls(kept["call"], kept["waits"], [TakenText(**one) for one in kept["texts"]])


@dataclass
class Commit:
    """Whether the database was asked to commit: from then on nobody knows what an error of its means."""

    asked: bool = False


def take(request: HttpRequest, key: ApiKey, asked: AskedCall, commit: Commit) -> TakenCall:
    """Write the call down, or find what it was the first time. Raises Refused where nothing of it was written."""
    if "Idempotency-Key" not in request.headers:
        with transaction.atomic():
            taken = _take(key, asked)
            commit.asked = True
        return taken
    if len(request.headers["Idempotency-Key"]) > LONGEST_KEY:
        raise Refused(vendor_codes.UNSUPPORTED_DATA, f"An Idempotency-Key has at most {LONGEST_KEY} characters.")
    repeat = RepeatKey(request, key)
    with transaction.atomic():
        if first := repeat.first_answer():
            if not repeat.is_of(first):
                words = "This Idempotency-Key came before with another request."
                raise Refused(vendor_codes.UNSUPPORTED_REQUEST, words, status=409)
            return TakenCall.read(first.body)
        taken = _take(key, asked)
        # Where nothing was written a repeat is judged anew.
        if taken.call is not None:
            repeat.keep(200, taken.as_json())
        commit.asked = True
    return taken


def _take(key: ApiKey, asked: AskedCall) -> TakenCall:
    sender = _sender(asked.sender)
    texts = _without_opted_out(asked.texts)
    going = [one.text for one in texts if one.text is not None]
    _see_that_it_may(key, len(going))
    if not going:
        return TakenCall(None, False, [_refused(one) for one in texts])
    _see_that_it_can_be_paid(going, sender)
    try:
        queued = queue_call(going, sender, key, due_at=asked.due_at, service_id=asked.service_id)
    except single.OverLimit as error:
        raise Refused(vendor_codes.LIMIT_REACHED, str(error)) from error
    ids = iter(queued.messages)
    taken = [_refused(one) if one.text is None else TakenText(one.mobile, one.client_ref, next(ids)) for one in texts]
    return TakenCall(queued.call.pk, asked.due_at is not None, taken)


def _sender(name: str) -> Sender:
    if not name:
        raise Refused(vendor_codes.WRONG_SENDER, "No sender ID is named.")
    try:
        sender = chosen_sender(name)
    except NoSuchSender as error:
        raise Refused(vendor_codes.WRONG_SENDER, str(error)) from error
    if not sender.may_send(Kind.TRANSACTIONAL):
        raise Refused(vendor_codes.WRONG_SENDER, f"The sender ID “{name}” is for marketing alone.")
    return sender


def _see_that_it_may(key: ApiKey, texts: int) -> None:
    """Whether the key may send, and so many without somebody else's approval."""
    role = key.acts_as
    if role is None or not role.includes(Role.MANAGER):
        acts = "may do nothing" if role is None else f"acts as {role.with_article}"
        raise Refused(vendor_codes.MAY_NOT, f"This key {acts}; to send needs {Role.MANAGER.with_article}.")
    rules = Rules.objects.get(pk=1)
    most = {Rules.Approval.ALWAYS: 1, Rules.Approval.ABOVE: rules.approval_people}.get(Rules.Approval(rules.approval))
    if most is not None and texts > most:
        raise Refused(
            vendor_codes.MAY_NOT,
            f"More than {most:,} {'text' if most == 1 else 'texts'} at once have to be approved: make a campaign.",
        )


def _without_opted_out(texts: Sequence[AskedText]) -> list[AskedText]:
    """The same, those refused whose number may not be texted."""
    numbers = {one.text.phone for one in texts if one.text is not None}
    kept_out = set(
        OptOut.objects.filter(phone__in=numbers, scope__in=scopes_of(Kind.TRANSACTIONAL)).values_list(
            "phone", flat=True
        )
    )
    words = opt_outs_in_words(kept_out)
    return [
        replace(one, text=None, refused=Refused(vendor_codes.NOT_WANTED, words[one.text.phone]))
        if one.text is not None and one.text.phone in kept_out
        else one
        for one in texts
    ]


def _see_that_it_can_be_paid(texts: Sequence[CallText], sender: Sender) -> None:
    """By what was last known of the balance; of an account that is billed later, or of none, nothing is known."""
    if settings.QSMS_BALANCE_GUARD == "off":
        return
    gate = Gate.objects.get(pk=1)
    if gate.balance is not None and gate.balance >= 0 and gate.balance - gate.spent_since < cost_of(texts, sender):
        nudge(ask_balance)
        raise Refused(vendor_codes.NO_CREDIT, "The balance is too little for this call. Top up with Q SMS.")


def _refused(one: AskedText) -> TakenText:
    assert one.refused is not None
    return TakenText(one.mobile, one.client_ref, None, one.refused.code, one.refused.words)
