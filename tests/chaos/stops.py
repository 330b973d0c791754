"""In the middle of sending somebody stops it: how many texts go out after that was committed, and is the rest right?

Three sending workers at full speed. What may go out after an act is what was in a claimed call at that moment: each
text is looked up, and what had not been claimed may not go until the act is lifted, if it ever is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns.actions.launch import launch
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message, Rules, Run
from qsms_portal.starting.processes import SENDING_THREADS
from tests.calls import Beside
from tests.chaos.moment import (
    Moment,
    accepted_after,
    message_of,
    moment,
    now,
    until_nothing_is_under_way,
    until_share_is_settled,
    until_the_tick_has_looked,
)
from tests.chaos.script import Script, page_of
from tests.chaos.stage import PATIENCE, Stage, patiently, wait_until
from tests.chaos.theatre import Theatre
from tests.chaos.verdict import Verdict, judge
from tests.makers import make_campaign, make_group, make_sender

WORKERS = 3
PEOPLE_WHO_STOP = 50
# Calls that last a little, or none would be in flight; one report in four, since they are not what is looked at here.
GATEWAY: dict[str, Any] = {
    "latency": [0.1, 0.3], "report_delay": [0.1, 0.5], "reports": {"lost": 0.75}, "rate_per_sms": 0.6
}  # fmt: skip
QUIET_SECONDS = 8.0
LAUNCHES = 100
NO_QUIET_HOURS = {"quiet_from": "00:00", "quiet_until": "00:00"}


@dataclass
class Scene:
    """One campaign, and what was seen of it; `wrongs` must all be 0."""

    name: str
    theatre: Theatre
    script: Script
    campaign: Campaign
    run: Run
    texts: int
    before: int = 0
    calls: int = 0
    in_flight: int = 0
    after: int = 0
    end: str = ""
    wrongs: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def status(self) -> str:
        return Run.objects.values_list("status", flat=True).get(pk=self.run.pk)

    def must(self, what: str, holds: object) -> None:
        self.wrongs[f"not so: {what}"] = int(not holds)

    def page_says(self, words: str) -> None:
        self.must(f"its page says: {words}", words in page_of(self.campaign))

    def judge_after(self, then: Moment, ledger: list[dict[str, Any]], until: float) -> None:
        """Of those who were texted after that moment and before `until`: all were in a claimed call."""
        after = accepted_after(then.at, [text for text in ledger if text["accepted_at"] < until])
        self.before = sum(text["accepted_at"] <= then.at for text in ledger)
        self.calls, self.in_flight, self.after = then.calls, len(then.in_flight), len(after)
        self.must("it came in time to stop something", then.waiting)
        self.must("no more went out than the workers can have in flight", self.after <= most_in_flight())
        self.wrongs["texts that went out though nobody had claimed them"] = len(then.waiting.intersection(after))
        self.wrongs["texts that went out and were not in flight"] = len(set(after) - then.in_flight)

    def see(self, then: Moment) -> None:
        """Until nothing is under way and whoever could begin something has looked."""
        until_nothing_is_under_way(self.run)
        until_the_tick_has_looked()
        self.judge_after(then, self.theatre.simulator.ledger(), now())


def most_in_flight() -> int:
    """Texts: what the threads of all workers can have claimed."""
    return WORKERS * SENDING_THREADS * settings.QSMS_BATCH_SIZE


def pause(scene: Scene) -> None:
    scene.script.steer(scene.campaign, "pause")
    then = moment(scene.run, now())
    scene.page_says("Paused")
    scene.see(then)
    scene.script.steer(scene.campaign, "resume")


def cancel(scene: Scene) -> None:
    scene.script.steer(scene.campaign, "cancel")
    then = moment(scene.run, now())
    scene.page_says("Cancelled")
    scene.see(then)
    cancelled = set(Message.objects.filter(run=scene.run, status="cancelled").values_list("pk", flat=True))
    scene.must("cancelled are those who waited", cancelled == then.waiting)


def emergency_stop(scene: Scene) -> None:
    scene.script.do("POST", "/v1/stop", {"reason": "a test"})
    then = moment(scene.run, now())
    scene.page_says("all sending is stopped")
    scene.see(then)
    scene.script.do("DELETE", "/v1/stop")


def quiet_hours(scene: Scene) -> None:
    """They begin and end by the clock, and nobody does anything."""
    begin = timezone.localtime() + timedelta(seconds=1)
    end = begin + timedelta(seconds=QUIET_SECONDS)
    Rules.objects.update(quiet_from=begin.time(), quiet_until=end.time())
    wait_until(lambda: timezone.now() > begin, "the clock goes on", 10)
    then = moment(scene.run, begin.timestamp())
    scene.page_says("marketing does not go out in quiet hours")
    until_nothing_is_under_way(scene.run)
    scene.must("the calls under way were over before the quiet hours were", timezone.now() < end)
    wait_until(lambda: scene.status == Run.Status.FINISHED, "it goes on by itself, and ends", PATIENCE)
    scene.judge_after(then, scene.theatre.simulator.ledger(), end.timestamp())


def empty_balance(scene: Scene) -> None:
    """The account ends in the middle of a call; sending halts, it is filled again, and somebody presses Resume."""
    simulator = scene.theatre.simulator
    began, left = now(), round(2.5 * settings.QSMS_BATCH_SIZE)
    simulator.chaos(credit=left)
    wait_until(lambda: scene.status == Run.Status.HALTED, "the run is halted", 60)
    halted_at = Gate.objects.get(pk=1).halted_at
    assert halted_at is not None
    then = moment(scene.run, halted_at.timestamp())
    scene.page_says("Top it up, then resume")
    scene.see(then)
    out = len(accepted_after(began, simulator.ledger()))
    # Calls that were on their way when the account was given so much are counted too.
    scene.must("as many went out as the account held", left <= out <= left + most_in_flight())
    scene.must("nothing was taken once it was empty", scene.after == 0)
    refused = simulator.summary()["refused_calls"]
    scene.must("no more calls in vain than the workers can have in flight", refused <= WORKERS * SENDING_THREADS)
    print(f"empty balance: {left} texts of credit were left; {refused} calls were refused before all was halted")
    simulator.chaos(credit=10 * scene.texts)
    scene.script.steer(scene.campaign, "resume")


def opt_out(scene: Scene) -> None:
    """Fifty people reply STOP, the last of the audience first: some in time, some in flight, some late."""
    waiting = Message.objects.filter(run=scene.run, batch__status="ready").order_by("pk").values_list("pk", "phone")
    ready = list(waiting)
    people = [ready[-1 - len(ready) * number // PEOPLE_WHO_STOP] for number in range(PEOPLE_WHO_STOP)]
    ledger = scene.theatre.simulator.ledger
    before = len(ledger())
    calls = Batch.objects.filter(run=scene.run, status="sending").count()
    said_at: dict[int, float] = {}
    unclaimed: set[int] = set()
    in_flight: set[int] = set()

    def say_stop(person: tuple[int, str]) -> None:
        pk, phone = person
        scene.script.reply(phone, "STOP", pk)
        said_at[pk] = now()
        # As in `moment`: no claim is half done, and the next one sees the opt-out.
        with transaction.atomic():
            Gate.objects.select_for_update().get(pk=1)
            batch, text = Message.objects.values_list("batch__status", "status").get(pk=pk)
        if batch == Batch.Status.READY:
            unclaimed.add(pk)
        elif (batch, text) == (Batch.Status.SENDING, Message.Status.QUEUED):
            in_flight.add(pk)

    everybody = [Beside(partial(lambda some: [say_stop(one) for one in some], people[start::8])) for start in range(8)]
    for some in everybody:
        some.join()
    wait_until(lambda: scene.status == Run.Status.FINISHED, "the run has ended", PATIENCE)
    accepted_at = {message_of(text): text["accepted_at"] for text in ledger()}
    late = {pk for pk, at in said_at.items() if accepted_at.get(pk, 0) > at}
    # Some calls were over before anybody could look.
    in_flight |= late - unclaimed
    scene.before, scene.calls, scene.in_flight, scene.after = before, calls, len(in_flight), len(late)
    scene.must("it came in time to stop something", unclaimed)
    scene.wrongs["texts that went out though nobody had claimed them"] = len(unclaimed & accepted_at.keys())
    left_out = totals(scene.run).left_out.get("opted_out", 0)
    scene.must("left out are those who were not texted", left_out == len(said_at.keys() - accepted_at.keys()))


ACTS: dict[str, tuple[Callable[[Scene], None], str]] = {
    "50 people say STOP": (opt_out, Run.Status.FINISHED),
    "pause, resume": (pause, Run.Status.FINISHED),
    "cancel": (cancel, Run.Status.CANCELLED),
    "quiet hours": (quiet_hours, Run.Status.FINISHED),
    "empty balance": (empty_balance, Run.Status.FINISHED),
    "emergency stop": (emergency_stop, Run.Status.FINISHED),
}


def play(theatre: Theatre, texts: int) -> int:
    scenes: list[tuple[Scene, Verdict]] = []
    with Stage(theatre.port, sending=WORKERS) as stage:
        script = Script(theatre.port)
        sender = make_sender()
        for name, (act, end) in ACTS.items():
            theatre.simulator.wait_for_reports(PATIENCE)
            theatre.simulator.clear()
            theatre.simulator.behave(**GATEWAY)
            Rules.objects.update(**NO_QUIET_HOURS)
            kind = "promotional" if act is quiet_hours else "transactional"
            campaign = make_campaign(make_group(contacts=texts), sender=sender, kind=kind)
            began = time.monotonic()
            run = launch(campaign.pk) if scenes else launched_by_many_at_once(script, campaign)
            scene = Scene(name, theatre, script, campaign, run, texts)
            wait_until(lambda: scene.status == Run.Status.SENDING, "the run is being sent", PATIENCE)  # noqa: B023
            until_share_is_settled(run, 0.2)
            act(scene)
            wait_until(lambda: scene.status == end, f"the run is {end}", PATIENCE)  # noqa: B023
            scene.seconds = time.monotonic() - began
            theatre.simulator.wait_for_reports(PATIENCE)
            wait_until(lambda: patiently(all_applied), "all reports are applied", PATIENCE)
            verdict = judge(run, texts, theatre.simulator.ledger(), theatre.acknowledged())
            scene.end = scene.status
            whole = {"accepted", "delivered", "undelivered", "skipped"} | ({"cancelled"} if act is cancel else set())
            scene.must("nobody is left over", not {one for one, n in verdict.outcomes.items() if n[0]} - whole)
            scenes.append((scene, verdict))
            for dead in [one for one, process in stage.running.items() if process.poll() is not None]:
                scene.must(f"{dead} has not ended", False)
    return show(texts, scenes)


def launched_by_many_at_once(script: Script, campaign: Campaign) -> Run:
    """A hundred people press Send at the same moment, over HTTP."""
    ready, answers = threading.Barrier(LAUNCHES), []

    def launch() -> None:
        ready.wait()
        answers.append(script.call("POST", f"/v1/campaigns/{campaign.pk}/launch")[0])

    threads = [threading.Thread(target=launch) for _ in range(LAUNCHES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * (LAUNCHES - 1), sorted(answers)
    print(f"{LAUNCHES} launches at once over HTTP: 1 launched, {LAUNCHES - 1} told that it was")
    return campaign.runs.get()


def all_applied() -> bool:
    """What has overtaken its answer is looked at again now, not in a minute."""
    DeliveryReport.objects.filter(state="waiting").update(next_try_at=timezone.now())
    return not DeliveryReport.objects.filter(state__in=["new", "waiting"]).exists()


def show(texts: int, scenes: list[tuple[Scene, Verdict]]) -> int:
    size, threads = settings.QSMS_BATCH_SIZE, SENDING_THREADS
    print(
        f"\n{texts:,} texts each, {WORKERS} sending workers of {threads} threads and {settings.QSMS_POSTS_AT_ONCE} ",
        end="",
    )
    print(f"posts at once, batches of {size}: at most {most_in_flight():,} texts in flight.\n")
    print(f"{'in the middle comes':<20}{'sent':>8}{'calls in':>10}{'texts in':>10}{'went out':>10}", end="")
    print(f"{'accepted':>10}{'left out':>10}{'cancelled':>10}{'twice':>7}{'ended':>11}{'seconds':>9}")
    print(f"{'':<20}{'before':>8}{'flight':>10}{'flight':>10}{'after':>10}")
    for scene, verdict in scenes:
        there = sum(count for _, count in verdict.outcomes.values())
        counted = {one: verdict.outcomes.get(one, (0, 0))[0] for one in ("skipped", "cancelled")}
        twice = verdict.wrongs["texts that the gateway accepted twice"]
        print(f"{scene.name:<20}{scene.before:>8,}{scene.calls:>10,}{scene.in_flight:>10,}{scene.after:>10,}", end="")
        print(f"{there:>10,}{counted['skipped']:>10,}{counted['cancelled']:>10,}{twice:>7,}", end="")
        print(f"{scene.end:>11}{scene.seconds:>9.1f}")
    wrong = [
        f"{scene.name}: {what}: {count}"
        for scene, verdict in scenes
        for what, count in {**scene.wrongs, **verdict.wrongs}.items()
        if count
    ]
    checks = sum(len(scene.wrongs) + len(verdict.wrongs) for scene, verdict in scenes)
    print(f"\n{checks} things were looked at, {len(wrong)} are wrong.")
    print("\n".join(wrong))
    return 1 if wrong else 0
