"""The turn of a task that posts: takes what is due, has threads post it, writes down what came of it.

Only this thread speaks to the database, and never while it waits for HTTP. Keys have threads in turns, a few each, and
let them go after some events, so that a receiver that hangs keeps nobody waiting but its own.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts.callback_address import signing_secrets
from accounts.models import ApiKey
from campaigns.callbacks import outbox, payload, receivers
from campaigns.callbacks.calling import SECONDS, CallbackAnswer, CallbackLine
from campaigns.callbacks.desk import AT_ONCE_A_KEY, CallbackDesk, Posted
from campaigns.callbacks.outbox import Outcome
from campaigns.callbacks.payload import DueCallback
from campaigns.callbacks.receivers import Health
from campaigns.callbacks.signature import HEADER, signature_of
from campaigns.models import Callback, Reply

# One answer in a hundred that never comes keeps most of a key's threads for its five seconds.
MOST_AT_ONCE = 64
# After so many events a thread serves whoever waits.
IN_A_ROW = 16
LOOK_EVERY = 0.2
# Whoever posts holds the turn by a lease, renewed each second. A post is begun only while it ends within the lease: the
# next one to post could otherwise be overtaken by it, with an earlier event of a text.
TURN_LEASE = timedelta(seconds=12)
RENEW_EVERY = 1.0
POST_WITHIN = TURN_LEASE.total_seconds() - SECONDS - 1
# What is posted in so short a time is written down together.
GATHER_SECONDS = 0.05
# Posting gives way to what sends and applies on the same processor.
NICENESS = 15

log = logging.getLogger(__name__)

STATUS = Callback.Status
ENDED = "The key has ended, or has no address any more."
GONE = "The text is gone."
NOT_SIGNED = "It cannot be signed: its secret was kept under another SECRET_KEY. Make a new one."


def are_wanted() -> bool:
    """Whether something is due and nobody posts it."""
    return outbox.is_wanted()


def post_due(seconds: float) -> bool:
    """Post what is due, for so many seconds; returns whether there is more. One turn at a time: a second one returns.

    Raises DatabaseError; what was under way then is posted again.
    """
    # In a thread of its own, which can be told to give way for as long as it lives; the process does more than this.
    with ThreadPoolExecutor(1, "callbacks-turn", initializer=_give_way) as alone:
        return alone.submit(_take_a_turn, seconds).result()


def _take_a_turn(seconds: float) -> bool:
    try:
        begun_at = time.monotonic()
        number = outbox.begin_turn(TURN_LEASE)
        if number is None:
            return False
        turn = Turn(number, begun_at, seconds)
        try:
            turn.run()
        finally:
            turn.close()
            outbox.end_turn(number)
        # What waits behind another event of its text is due as well, and is not for us yet.
        return turn.outcomes > 0 and outbox.is_wanted()
    finally:
        connections.close_all()


def headers_of(body: bytes, secrets: Sequence[str], now: datetime, *, event: str, number: int) -> dict[str, str]:
    """What is posted says beside its body: what it tells, our id of it (of a repeat the same), and the signature."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "QSMS-Portal",
        "QSMS-Event": event,
        "QSMS-Id": str(number),
        HEADER: signature_of(body, secrets, int(now.timestamp())),
    }


class Turn:
    def __init__(self, number: int, begun_at: float, seconds: float) -> None:
        self.number, self.until = number, begun_at + seconds
        self.renewed_at = begun_at
        self.desks: dict[int, CallbackDesk] = {}
        # Without what was posted: a thread is free.
        self.done: SimpleQueue[tuple[CallbackDesk, Posted | None]] = SimpleQueue()
        self.pool = ThreadPoolExecutor(MOST_AT_ONCE, "callbacks", initializer=_give_way)
        self.is_over = threading.Event()
        self.looked_at = 0.0
        self.outcomes = 0

    def run(self) -> None:
        while time.monotonic() < self.until and self._goes_on():
            self._look()
            for desk in self.desks.values():
                self._fill(desk)
            if not any(desk.threads for desk in self.desks.values()):
                break
            self._write_down(self._finished(LOOK_EVERY))
        self.is_over.set()
        while any(desk.threads for desk in self.desks.values()):
            self._write_down(self._finished(LOOK_EVERY))
            self._goes_on()

    def close(self) -> None:
        self.is_over.set()
        self.pool.shutdown(wait=True, cancel_futures=True)
        for desk in self.desks.values():
            desk.line.close()

    def _goes_on(self) -> bool:
        if time.monotonic() - self.renewed_at < RENEW_EVERY:
            return True
        asked_at = time.monotonic()
        if not outbox.go_on(self.number, TURN_LEASE):
            self.is_over.set()
            return False
        self.renewed_at = asked_at
        return True

    @property
    def may_post(self) -> bool:
        return not self.is_over.is_set() and time.monotonic() < self.renewed_at + POST_WITHIN

    def _look(self) -> None:
        """Which keys have something due; of those that have ended nothing is posted."""
        if time.monotonic() - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = time.monotonic()
        found = outbox.keys_with_due()
        new = [one.key for one in found if one.key not in self.desks]
        keys = ApiKey.objects.in_bulk(new) if new else {}
        for one in found:
            desk = self.desks.get(one.key)
            if not one.is_told:
                outbox.drop_all(one.key, ENDED)
                if desk:
                    desk.put_back()
            elif desk is None and one.key in keys and not one.is_resting:
                self.desks[one.key] = CallbackDesk(one, signing_secrets(keys[one.key]))
            elif desk is not None and desk.line.url != one.url:
                desk.line.close()
                desk.line = CallbackLine(one.url, settings.CALLBACK_PRIVATE_HOSTS)

    def _fill(self, desk: CallbackDesk) -> None:
        """Take what there is room for, and see to it that enough threads post it."""
        if room := desk.room:
            self._prepare(desk, outbox.due(desk.key, room, desk.in_hand))
        most = 1 if desk.health.is_proving else AT_ONCE_A_KEY
        for _ in range(min(most, len(desk.taken)) - desk.threads):
            desk.threads += 1
            self.pool.submit(self._serve, desk)

    def _prepare(self, desk: CallbackDesk, taken: Sequence[DueCallback]) -> None:
        """What is to be posted of each; what cannot be posted is over, or waits, without a call."""
        replies = Reply.objects.in_bulk([one.reply for one in taken if one.reply is not None])
        outcomes = []
        for due in taken:
            reply = replies.get(due.reply) if due.reply is not None else None
            if due.phone is None and reply is None:
                outcomes.append(Outcome(due.id, STATUS.DROPPED, GONE))
            elif not desk.secrets:
                outcomes.append(Outcome(due.id, STATUS.PENDING, NOT_SIGNED))
            else:
                body = payload.body_of_reply(reply) if reply is not None else payload.body_of_text(due)
                desk.in_hand.add(due.id)
                desk.taken.append((due, body))
        self._keep(outcomes)

    def _serve(self, desk: CallbackDesk) -> None:
        """In a thread: post some of the key's events, and say what came of each; then that the thread is free."""
        try:
            for _ in range(IN_A_ROW):
                if not self.may_post or desk.strikes_now >= receivers.MOST_STRIKES:
                    break
                try:
                    due, body = desk.taken.popleft()
                except IndexError:
                    break
                headers = headers_of(body, desk.secrets, timezone.now(), event=due.event, number=due.id)
                begun_at = time.monotonic()
                self.done.put((desk, desk.noted(due, desk.line.post(body, headers), begun_at)))
        except Exception as error:
            log.exception("A callback could not be posted.", extra={"key": desk.key})
            answer = CallbackAnswer(None, f"It could not be posted: {type(error).__name__}.")
            self.done.put((desk, Posted(due, answer, counts=True)))
        finally:
            self.done.put((desk, None))

    def _finished(self, seconds: float) -> Mapping[CallbackDesk, list[Posted]]:
        """What has been posted, waiting so long for the first of it."""
        found: dict[CallbackDesk, list[Posted]] = defaultdict(list)
        with suppress(Empty):
            desk, posted = self.done.get(timeout=seconds)
            until = time.monotonic() + GATHER_SECONDS
            while True:
                if posted is None:
                    desk.threads -= 1
                else:
                    found[desk].append(posted)
                desk, posted = self.done.get(timeout=max(0.0, until - time.monotonic()))
        return found

    def _write_down(self, finished: Mapping[CallbackDesk, list[Posted]]) -> None:
        outcomes = [
            Outcome(one.due.id, STATUS.DELIVERED if one.answer.taken else STATUS.PENDING, one.answer.words)
            for posted in finished.values()
            for one in posted
        ]
        self._keep(outcomes)
        for desk, posted in finished.items():
            desk.in_hand.difference_update(one.due.id for one in posted)
        for desk, posted in finished.items():
            self._judge(desk, [one.answer for one in posted if one.counts])

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        if outcomes:
            self.outcomes += len(outcomes)
            outbox.write_down(outcomes)

    def _judge(self, desk: CallbackDesk, answers: Sequence[CallbackAnswer]) -> None:
        """How the receiver does now; one that goes to rest gets back what was taken for it."""
        before, health = desk.health, receivers.after(desk.health, answers, is_resting=desk.is_resting)
        # As they are judged: what threads noted may have been in another order.
        desk.strikes_now = 0 if health.is_proving else health.strikes
        if health == before:
            return
        desk.health = health
        rest = receivers.rest_of(health.rests) if health.rests > before.rests else None
        receivers.keep_health(desk.key, health, rest)
        if health == Health():
            desk.rests_until = 0.0
        elif rest is not None:
            desk.rests_until = time.monotonic() + rest.total_seconds()
            desk.put_back()
            outbox.give_up_what_waited(desk.key)


def _give_way() -> None:
    """On Linux threads have a niceness of their own; where they have none this is not worth an error."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
