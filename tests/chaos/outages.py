"""What the portal stands on goes away in the middle of sending, alone: PostgreSQL is restarted, Redis is stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from campaigns.actions import launch
from campaigns.models import Batch, Campaign, Run
from qsms_portal.embedded import ensure
from qsms_portal.embedded.places import places
from tests.chaos.moment import until_nothing_is_under_way
from tests.chaos.script import Script, page_of
from tests.chaos.stage import PATIENCE, Stage, patiently, wait_until
from tests.chaos.stops import GATEWAY, all_applied
from tests.chaos.theatre import Theatre
from tests.chaos.verdict import judge
from tests.makers import make_campaign, make_group, make_sender


@dataclass
class Outage:
    """One campaign and what must hold of it."""

    script: Script
    campaign: Campaign
    run: Run
    texts: int
    wrongs: dict[str, int] = field(default_factory=dict)

    def must(self, what: str, holds: object) -> None:
        self.wrongs[f"not so: {what}"] = int(not holds)

    @property
    def status(self) -> str:
        return patiently(lambda: Run.objects.values_list("status", flat=True).get(pk=self.run.pk))

    def until_settled(self, share: float) -> None:
        batches = Batch.objects.filter(run=self.run)
        settled = batches.filter(status__in=["settled", "uncertain"])
        wait_until(
            lambda: patiently(lambda: settled.count() >= share * batches.count()),
            f"{share:.0%} is sent",
            PATIENCE,
        )


def postgresql_restarted(outage: Outage) -> None:
    """Three times, as an upgrade does it; whoever connects next starts it again."""
    for share in (0.2, 0.4, 0.6):
        outage.until_settled(share)
        folder = places(settings.DATA_DIR).base / "postgresql"
        os.kill(int((folder / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGINT)
    outage.until_settled(0.7)
    page = patiently(lambda: page_of(outage.campaign))
    outage.must("its page tells how far it is", f"of {outage.texts:,}." in page)


def redis_stopped(outage: Outage) -> None:
    outage.until_settled(0.2)
    stop_redis()
    outage.until_settled(0.3)
    # Those that are sending go on. Once nobody is, nobody is told to begin, and nothing goes.
    began = time.monotonic()
    outage.script.steer(outage.campaign, "pause")
    until_nothing_is_under_way(outage.run)
    outage.script.steer(outage.campaign, "resume")
    outage.must("pause and resume are answered without Redis", time.monotonic() - began < 60)
    words = "the portal&#x27;s own workers have not been heard of"
    if outage.texts > 10_000:
        wait_until(lambda: words in page_of(outage.campaign), f"its page says that {words}", 90)
    ensure(settings.DATA_DIR, redis=True)
    outage.until_settled(0.7)
    outage.must("its page no longer says that it waits for them", words not in page_of(outage.campaign))


def stop_redis() -> None:
    with Redis.from_url(settings.REDIS_URL) as client:
        client.shutdown(nosave=True)

    def is_gone() -> bool:
        try:
            with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1) as client:
                return not client.ping()
        except RedisError:
            return True

    wait_until(is_gone, "Redis has stopped", 30)


OUTAGES: dict[str, Callable[[Outage], None]] = {
    "PostgreSQL restarted 3 times": postgresql_restarted,
    "Redis stopped for a while": redis_stopped,
}


def play(theatre: Theatre, texts: int) -> int:
    played = []
    with Stage(theatre.port, sending=3):
        script, sender = Script(theatre.port), make_sender()
        for name, strike in OUTAGES.items():
            theatre.simulator.wait_for_reports(PATIENCE)
            theatre.simulator.clear()
            theatre.simulator.behave(**GATEWAY)
            campaign = make_campaign(make_group(contacts=texts), sender=sender)
            outage = Outage(script, campaign, launch.launch(campaign.pk), texts)
            began = time.monotonic()
            wait_until(lambda outage=outage: outage.status == Run.Status.SENDING, "the run is being sent", PATIENCE)
            strike(outage)
            wait_until(lambda outage=outage: outage.status == Run.Status.FINISHED, "the run has ended", PATIENCE)
            seconds = time.monotonic() - began
            theatre.simulator.wait_for_reports(PATIENCE)
            wait_until(lambda: patiently(all_applied), "all reports are applied", PATIENCE)
            verdict = judge(outage.run, texts, theatre.simulator.ledger(), theatre.acknowledged())
            outage.must("its page says that it is finished", "Finished" in page_of(campaign))
            sent = sum(verdict.outcomes.get(one, (0, 0))[1] for one in ("accepted", "delivered", "undelivered"))
            outage.must("everybody has it, and it is known", sent == texts)
            played.append((name, sent, seconds, outage.wrongs | verdict.wrongs))
    print(f"\n{texts:,} texts each, 3 sending workers\n\n{'outage':<32}{'sent':>10}{'twice':>8}{'seconds':>10}")
    for name, sent, seconds, wrongs in played:
        print(f"{name:<32}{sent:>10,}{wrongs['texts that the gateway accepted twice']:>8,}{seconds:>10.1f}")
    wrong = [f"{name}: {what}: {count}" for name, *_, wrongs in played for what, count in wrongs.items() if count]
    print(f"\n{sum(len(wrongs) for *_, wrongs in played)} things were looked at, {len(wrong)} are wrong.")
    print("\n".join(wrong))
    return 1 if wrong else 0
