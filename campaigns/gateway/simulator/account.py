"""The sending account that the simulator plays: what it takes, what that costs, and the reports it leads to."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.gateway.simulator.address_book import AddressBook
from campaigns.gateway.simulator.chaos import Chaos
from campaigns.gateway.simulator.fates import Chances, chances, fate_of, tellings
from campaigns.gateway.simulator.judging import judge_number, judge_text
from campaigns.gateway.simulator.ledger import AcceptedText, Ledger
from campaigns.gateway.simulator.mischief import Mischief
from campaigns.gateway.simulator.posting import Poster
from campaigns.gateway.simulator.report import Report
from campaigns.gateway.simulator.shapes import Answered
from campaigns.gateway.vendor_codes import NO_CREDIT, SUCCESS

BILLED_LATER = -100.0  # the balance on the vendor's page
TEXT_ID_PREFIX = "sms."


@dataclass(slots=True)
class CallCounts:
    """`calls` are sending calls, `refused_calls` those with a status code for the whole, the others count texts."""

    calls: int = 0
    refused_calls: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """The answers to the texts of a call, in their order, and first tries of reports that go before the answer."""

    answers: list[Answered]
    early: list[asyncio.Future[None]] = field(default_factory=list)


class Account:
    def __init__(self, poster: Poster, chaos: Chaos, api_key: str = "") -> None:
        self.poster = poster
        self.mischief = Mischief(chaos)
        self.api_key = api_key
        self.ledger = Ledger()
        self.address_book = AddressBook()
        self.counts = CallCounts()
        self.spent = 0.0
        self.salt = os.urandom(8).hex()
        self.chaos_changed()

    @property
    def chaos(self) -> Chaos:
        return self.mischief.chaos

    @property
    def balance(self) -> float:
        start = BILLED_LATER if self.chaos.credit is None else self.chaos.credit
        left = start - self.spent
        return int(left) if left == int(left) else round(left, 4)

    @property
    def can_pay(self) -> bool:
        credit = self.chaos.credit
        return credit is None or credit < 0 or credit - self.spent >= self.chaos.message_cost

    def chaos_changed(self, credit_given: bool = False) -> None:
        self.poster.retry_for = self.chaos.reports.retry_for
        if credit_given:
            self.spent = 0.0

    def take(self, texts: Sequence[object], sender: str, held: float) -> Taken:
        """Judge each text and record the good ones. Runs without a pause, so a call is in the ledger whole or not."""
        now = time.time()
        sender = sys.intern(sender)
        taken = Taken([])
        for place, text in enumerate(texts):
            mobile, client_ref, message = plain(text)
            chance = chances(f"{self.chaos.seed or f'{self.salt}{self.counts.calls}.{place}'}:{mobile}")
            code = self.judge(text, mobile, chance)
            if code != SUCCESS:
                self.counts.rejected += 1
                taken.answers.append(Answered(code, "0", mobile, client_ref, 0))
                continue
            accepted = self.accept(taken, chance, mobile, message, client_ref, sender, now, held)
            cost = self.chaos.message_cost
            taken.answers.append(Answered(SUCCESS, self.told_id(accepted), mobile, client_ref, cost))
        return taken

    def judge(self, text: object, mobile: str, chance: Chances) -> int:
        code = self.refused_anyway(judge_text(text), mobile, chance)
        return NO_CREDIT if code == SUCCESS and not self.can_pay else code

    def refused_anyway(self, code: int, mobile: str, chance: Chances) -> int:
        refused = self.chaos.refuse_item
        if code == SUCCESS and refused:
            named = mobile in refused.phones if refused.phones else True
            if named and chance.refused < refused.share:
                return refused.code
        return code

    def keep_contacts(self, group: str, contacts: list[Any]) -> dict[str, Any]:
        """What the group's answer tells; refusals strike a number as they do its texts."""

        def judge(number: str) -> int:
            chance = chances(f"{self.chaos.seed or self.salt}:{number}")
            return self.refused_anyway(judge_number(number), number, chance)

        return self.address_book.keep(group, contacts, judge)

    def accept(self, taken: Taken, chance: Chances, mobile: str, message: str, client_ref: str, sender: str,
               now: float, held: float) -> AcceptedText:  # fmt: skip
        chaos = self.chaos
        fate = fate_of(chaos, chance, held)
        self.spent += chaos.message_cost
        self.counts.accepted += 1
        ends_at = now + fate.after
        text = self.ledger.record(
            mobile, message, client_ref, sender, now, self.counts.calls, fate.description, ends_at
        )
        shown = str(self.told_id(text))
        for telling in tellings(chaos, chance, fate):
            report = Report(shown, mobile, sender, telling.description, now + telling.of, round(telling.of))
            if fate.told_early and telling.after == 0:
                report.waited_for = asyncio.get_running_loop().create_future()
                taken.early.append(report.waited_for)
            self.poster.schedule(report, telling.after)
        return text

    def told_id(self, text: AcceptedText) -> int | str:
        return f"{TEXT_ID_PREFIX}{text.id}" if self.chaos.message_ids == "text" else text.id

    def find(self, told_id: str) -> AcceptedText | None:
        digits = told_id.removeprefix(TEXT_ID_PREFIX)
        return self.ledger.find(int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None

    def clear(self) -> None:
        """An empty ledger, no contacts, no reports on their way, counts from zero; the chaos stays and ids go on."""
        self.ledger.clear()
        self.address_book.clear()
        self.poster.clear()
        self.counts = CallCounts()
        self.mischief.struck.clear()
        self.spent = 0.0


def plain(text: object) -> tuple[str, str, str]:
    """Number, our reference and words of a text as it came, as strings."""
    if not isinstance(text, Mapping):
        return "", "", ""
    number, reference, words = ("" if value is None else str(value) for value in values_of(text))
    return number, reference, words


def values_of(text: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return text.get("mobile"), text.get("client_ref"), text.get("message")
