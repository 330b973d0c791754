"""What has happened that people want to know without looking: found by its mark, and written into the outbox of mails.

The mark is moved in the transaction that writes the mails, so that of each thing one is written, whatever dies when.
What nobody can be mailed is marked too: who sets a mail server later is not told of a month.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from accounts.mails import About, Whose, people_with_an_address, whose
from accounts.models import User
from accounts.roles import Role
from campaigns.maintenance.one_at_a_time import SLICE, only_tick
from campaigns.models import Gate, Notice, Rules, Run
from campaigns.models.run import TOLD
from campaigns.reporting import notice_words as words


@dataclass
class Outbox:
    """The mails of one transaction."""

    notices: list[Notice] = field(default_factory=list)

    @cached_property
    def people(self) -> list[User]:
        return people_with_an_address() if settings.EMAIL_URL else []

    def tell(self, people: Iterable[User], told: words.Told) -> None:
        self.notices += [Notice(person=one, subject=told.subject[:300], body=told.body) for one in people]

    def write(self) -> None:
        Notice.objects.bulk_create(self.notices)


def note_what_happened() -> None:
    """Of runs, of the account, of the balance. Waits for nothing that is locked: the next tick finds it again."""
    with only_tick() as mine:
        if mine:
            _of_runs()
    with only_tick() as mine:
        if mine:
            _of_the_account()
            _of_the_balance()


def _of_runs() -> None:
    outbox = Outbox()
    gate = Gate.objects.filter(pk=1).first()
    untold = Run.objects.untold().select_related("campaign").select_for_update(of=("self",), skip_locked=True)
    for run in untold.order_by("pk")[:SLICE]:
        Run.objects.filter(pk=run.pk).update(told_as=run.status if run.status in TOLD else "")
        if run.is_halted:
            everybody_knows = gate is not None and gate.halted_at is not None and run.reason == gate.halt_reason
            people = _concerned(outbox.people, run, About.HALTED, unless_all=everybody_knows)
        elif run.is_held:
            people = _concerned(outbox.people, run, About.WAITS)
        elif run.is_finished and run.audience:
            people = _concerned(outbox.people, run, About.ENDED)
        else:
            continue
        if people:
            outbox.tell(people, words.of_run(run))
    outbox.write()


def _concerned(people: list[User], run: Run, about: About, *, unless_all: bool = False) -> list[User]:
    """Who wants to know it of this run; `unless_all`: not those who are told of all campaigns in one mail."""
    chosen = [(one, whose(one, about)) for one in people]
    return [
        one
        for one, of in chosen
        if (of == Whose.ALL and not unless_all) or (of == Whose.OWN and _is_their_own(one, run))
    ]


def _is_their_own(person: User, run: Run) -> bool:
    """Who made it or sent it, and where it waits to be approved who may do that."""
    if run.is_held_for_approval and person.may_act_as(Role.MANAGER):
        return True
    return person.pk in (run.campaign.spender_id, run.campaign.created_by_id)


def _of_the_account() -> None:
    stops = Gate.objects.filter(pk=1, halted_at__isnull=False)
    new = stops.filter(Q(told_halted_at=None) | ~Q(told_halted_at=F("halted_at")))
    if new.update(told_halted_at=F("halted_at")):
        outbox = Outbox()
        wanting = [one for one in outbox.people if whose(one, About.HALTED) == Whose.ALL]
        outbox.tell(wanting, words.of_the_account(Gate.objects.get(pk=1)))
        outbox.write()


def _of_the_balance() -> None:
    """Once for each fall below the sum. Unknown, or below zero on an account that is billed later, is never low."""
    least = Rules.objects.get(pk=1).low_balance
    gate = Gate.objects.filter(pk=1)
    if least is None:
        gate.filter(low_since__isnull=False).update(low_since=None)
        return
    gate.filter(low_since__isnull=False, balance__gte=least).update(low_since=None)
    fell = gate.filter(low_since=None, balance__gte=0, balance__lt=least)
    if fell.update(low_since=timezone.now()):
        outbox = Outbox()
        wanting = [one for one in outbox.people if whose(one, About.BALANCE) != Whose.OFF]
        outbox.tell(wanting, words.of_the_balance(Gate.objects.get(pk=1), least))
        outbox.write()
