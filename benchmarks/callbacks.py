"""Sending and applying of texts that nobody is told of, without the triggers and with them; and of texts that are told.

In turns, several rounds of each, so that what else the machine does meets all. The receiver, which stands on this
computer too, is as small as can be; posting is a process of its own, as the worker's is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from accounts.models import ApiKey
from accounts.secrets import CALLBACKS, sealed
from benchmarks.drain import drained
from benchmarks.machine import servers
from benchmarks.measuring import Table, timed
from benchmarks.planning import planned_again
from campaigns import delivery
from campaigns.models import Callback, CallbackPoster, Campaign, Message, Run

ROUNDS = 8
LATENCY, IN_FLIGHT = 0.05, 16
TRIGGERS = "ALTER TABLE campaigns_message {0} TRIGGER note_callbacks, {0} TRIGGER note_new_callback"
BARE, NOBODY = "without triggers", "nobody is told"
FINAL, SENT = "a key is told of the end", "a key is told of sending too"
WAYS = (BARE, NOBODY, FINAL, SENT)
TOLD_WITHIN = 300.0


def measure(table: Table, texts: int, out: TextIO) -> None:
    """`texts` in each round and way. Adds lines: with the triggers beside without, and what is told beside that."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    processor: dict[tuple[str, str], float] = defaultdict(float)
    meanwhile = posted = 0
    took = 0.0
    with receiver() as url, posting() as poster:
        key = ApiKey.make("bench")[0]
        mine = ApiKey.objects.filter(pk=key.pk)
        mine.update(callback_url=url, callback_secret=sealed("bench", CALLBACKS))
        for number in range(ROUNDS):
            for way in WAYS[number % 4 :] + WAYS[: number % 4]:
                is_told = way in (FINAL, SENT)
                mine.update(callback_sent=way == SENT)
                run = _planned(texts, key if is_told else None)
                _triggers(way != BARE)
                poster.go_on(is_told)
                with _spent("sending", way, seconds, processor):
                    drained(run, LATENCY, IN_FLIGHT)
                delivery.store(_reports(run))
                with _spent("applying", way, seconds, processor):
                    while delivery.apply_waiting():
                        pass
                _triggers(True)
                meanwhile += _posted()
                poster.go_on(False)
                if number == ROUNDS - 1 and way == SENT:
                    posted, took = _post_the_rest(poster)
                _forget()
    rows = ROUNDS * texts
    for what in ("sending", "applying"):
        table.add(
            f"{what} {texts:,}, nobody told, beside no triggers", rows, seconds[what, NOBODY], seconds[what, BARE]
        )
        for way in (FINAL, SENT):
            table.add(f"{what} {texts:,}, {way}", rows, seconds[what, way], seconds[what, NOBODY])
    out.write(f"\nof {3 * rows:,} events {meanwhile:,} were posted meanwhile")
    out.write(f"\nthe rest of a round alone: {posted:,} in {took:.1f} s, {posted / max(took, 0.001):,.0f} a second\n")
    out.write(f"\nprocessor of this process and the servers, {rows:,} texts each\n")
    for (what, way), spent in processor.items():
        out.write(f"{what + ', ' + way:<44}{spent:>12.2f} s{spent / processor[what, BARE]:>8.3f}\n")


def _planned(texts: int, key: ApiKey | None) -> Run:
    """As many texts as the bench's group has."""
    run = planned_again(texts)
    if key is not None:
        Message.objects.filter(run=run).update(calls_back=True)
        run.batches.update(api_key=key)
        Campaign.objects.filter(pk=run.campaign_id).update(made_by_key=key)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE campaigns_message, campaigns_batch, campaigns_callback")
    return run


def _triggers(on: bool) -> None:
    word = "ENABLE" if on else "DISABLE"
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS.format(word))


@contextmanager
def _spent(
    what: str, way: str, seconds: dict[tuple[str, str], float], processor: dict[tuple[str, str], float]
) -> Iterator[None]:
    before, mine = _of_servers(), time.process_time()
    with timed() as taken:
        yield
    seconds[what, way] += taken.seconds
    processor[what, way] += time.process_time() - mine + _of_servers() - before


def _of_servers() -> float:
    times = [one.cpu_times() for one in servers(settings.DATA_DIR)]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def _reports(run: Run) -> list[dict[str, str]]:
    return [
        {"messageId": gateway_id, "destaddr": phone, "dlrDesc": "DeliveredToTerminal", "origin": "Safaricom"}
        for gateway_id, phone in Message.objects.filter(run=run).values_list("gateway_id", "phone")
    ]


def _posted() -> int:
    return Callback.objects.filter(status=Callback.Status.DELIVERED).count()


def _post_the_rest(poster: Poster) -> tuple[int, float]:
    """How many events waited, and the seconds in which they were posted with nothing else under way."""
    waiting = Callback.objects.filter(status=Callback.Status.PENDING)
    number, until = waiting.count(), time.monotonic() + TOLD_WITHIN
    poster.go_on(True)
    with timed() as taken:
        while waiting.exists():
            assert time.monotonic() < until, "callbacks wait still"
            time.sleep(0.1)
    return number, taken.seconds


def _forget() -> None:
    """The next round is to begin with nothing to be posted; a turn that is under way ends first."""
    until = time.monotonic() + TOLD_WITHIN
    while CallbackPoster.objects.filter(until__gt=Now()).exists():
        assert time.monotonic() < until, "the turn does not end"
        time.sleep(0.1)
    Callback.objects.all().delete()


@contextmanager
def receiver() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.receiver"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.wait()


class Poster:
    """Posts what is due whenever it is told to go on, by a word on its standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def go_on(self, on: bool) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("on\n" if on else "off\n")
        self.process.stdin.flush()


@contextmanager
def posting() -> Iterator[Poster]:
    environment = {**os.environ, "CALLBACK_PRIVATE_HOSTS": "127.0.0.1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.posting_callbacks"], env=environment, stdin=subprocess.PIPE, text=True
    )
    try:
        yield Poster(process)
    finally:
        process.kill()
        process.wait()
