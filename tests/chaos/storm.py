"""Everything at once: a gateway with all its faults, and a villain among our processes. Nobody may get a text twice."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from typing import Any

from django.conf import settings

from campaigns.gateway.client import SLACK_SECONDS
from campaigns.gateway.simulator.outcomes import INTERIM
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.models import Batch, DeliveryReport, Message, Run
from contacts.models import OptOut
from tests.chaos.moment import message_of
from tests.chaos.reader import Reader, all_counted, figures_apart
from tests.chaos.stage import PATIENCE, Stage, TooLong, launched, patiently, wait_until
from tests.chaos.theatre import Theatre
from tests.chaos.verdict import judge, of_several_unknown, reports_left
from tests.chaos.villain import Villain

SHARE = 0.02
FAULTS: dict[str, Any] = {
    "latency": [0.1, 1.0],
    "http_status": [
        {"status": 503, "share": SHARE / 2},
        {"status": 503, "share": SHARE / 2, "retry_after": 1, "body": "json"},
        {"status": 429, "share": SHARE, "retry_after": 1},
    ],
    "drop": [{"share": SHARE, "when": "before_accepting"}, {"share": SHARE, "when": "after_accepting", "reset": True}],
    "hang": {"share": SHARE, "seconds": 4, "when": "after_accepting"},
    "body": {"share": SHARE, "kind": "html"},
    "missing_items": {"share": SHARE},
    "refuse_item": {"share": SHARE, "code": 1003},
    "report_delay": [0.5, 4],
    "reports": {
        "early": 0.05, "repeat": 2, "late": {"seconds": 10, "share": 0.1}, "lost": 0.05, "interim": 0.3,
        "out_of_order": 0.1,
    },
}  # fmt: skip


# What of its faults the simulator counts, each by what it is told of it.
KINDS = {
    "http_status 503": "http_status",
    "http_status 429": "http_status",
    "drop before_accepting": "drop",
    "drop after_accepting": "drop",
    "hang": "hang",
    "body": "body",
    "missing_items": "missing_items",
}
OPTED_OUT_BEFORE = 0.01
# Of the texts, those that are two to a number.
SIBLINGS = 1 / 3


def play(theatre: Theatre, texts: int) -> int:
    large = texts > 10_000
    simulator = theatre.simulator
    simulator.behave(**FAULTS)
    with Stage(theatre.port, sending=3, beats=2) as stage:
        campaign, run = launched(texts, opted_out=OPTED_OUT_BEFORE, siblings=SIBLINGS)
        before = set(OptOut.objects.values_list("phone", flat=True))
        wait_until(lambda: status(run) == Run.Status.SENDING, "the run is being sent", PATIENCE)
        began = time.monotonic()
        villain = Villain(stage, campaign, every=4.0 if large else 2.0, rounds=1_000 if large else 1)
        reader = Reader(texts)
        villain.start()
        reader.start()
        try:
            wait_until(lambda: half_is_sent(run) or over(run), "half is sent", 600 if large else PATIENCE)
            bring_about(simulator, [kind for kind in KINDS if not simulator.summary()["struck"].get(kind)])
            wait_until(lambda: over(run), "the run has ended", 900 if large else PATIENCE)
        except TooLong as error:
            print(error, status(run), simulator.summary())
            raise
        finally:
            villain.stop()
        ended = time.monotonic()
        simulator.wait_for_reports(PATIENCE)
        wait_until(lambda: all_applied(run), "all reports are applied", PATIENCE)
        wait_until(all_counted, "the figures of reports are up to date", PATIENCE)
        reader.stop()
        figures = figures_apart(run) | {"reports that cannot have been right": reader.wrong}
        summary = simulator.summary()
        ledger = simulator.ledger()
        acknowledged = theatre.acknowledged()
        verdict = judge(run, texts, ledger, acknowledged)
        reports = reports_seen(run, ledger, acknowledged)
        unclear = {
            "reports bound as one of as many as texts": DeliveryReport.objects.filter(bound="among").count(),
            "numbers of which either text may be meant": len(of_several_unknown(run)),
        }
    print(f"{texts:,} texts, {summary['calls']:,} calls; the run ended by itself after {ended - began:.0f} s", end="")
    print(f", all was known {time.monotonic() - ended:.0f} s later.\n\n{'fault':<44}{'times':>10}")
    struck = {kind: summary["struck"].get(kind, 0) for kind in KINDS} | {
        "refuse_item 1003 (texts)": summary["rejected"]
    }
    done = {act: villain.done[act] for act in Villain.ACTS}
    people = {
        "people who had opted out before": len(before),
        "people who said STOP meanwhile": villain.done["people who said STOP"],
        "numbers with two texts": texts - run.reached,
    }
    counts = {f"reports {what}": summary["reports"][what] for what in ("made", "posted", "refused", "failed")}
    must_happen = {**struck, **done, **people, **reports, **reader.read}
    for what, count in {**must_happen, **counts, **unclear}.items():
        print(f"{what:<44}{count:>10,}")
    verdict.wrongs["kinds of fault, or acts, that did not happen"] = sum(not count for count in must_happen.values())
    verdict.wrongs.update(figures)
    verdict.wrongs.update(texted_all_the_same(ledger, before, villain.stopped))
    verdict.show()
    return 0 if verdict.is_good and status_of_end(run) else 1


def bring_about(simulator: SimulatorProcess, kinds: list[str]) -> None:
    """What chance has left out strikes one of the next calls, beside the rest."""
    for name in {KINDS[kind] for kind in kinds}:
        usual = FAULTS[name]
        if isinstance(usual, dict):
            simulator.chaos(**{name: usual | {"share": 1.0, "next_n": 1}})
        else:
            once = [one | {"share": 1.0, "next_n": 1} for one in usual]
            simulator.chaos(**{name: [*once, *usual]})


def texted_all_the_same(
    ledger: list[dict[str, Any]], before: set[str], stopped: dict[int, tuple[float, bool]]
) -> dict[str, int]:
    """Texts to who had opted out, and to who did while texts went out, as far as they were not in flight."""
    lease = settings.QSMS_CONNECT_TIMEOUT + settings.QSMS_READ_TIMEOUT + SLACK_SECONDS
    lease += settings.QSMS_LEASE_SLACK.total_seconds()
    accepted_at = {message_of(one): one["accepted_at"] for one in ledger}
    texted = {pk: told for pk, told in stopped.items() if pk in accepted_at}
    late = sum(accepted_at[pk] > said_at for pk, (said_at, _) in texted.items())
    print(f"{'texts to them that were in flight':<44}{late:>10,}")
    return {
        "texts to people who had opted out before": sum(one["mobile"] in before for one in ledger),
        "texts to people who said STOP before theirs was claimed": sum(unclaimed for _, unclaimed in texted.values()),
        "texts to people who said STOP longer ago than a claim lasts": sum(
            accepted_at[pk] > said_at + lease for pk, (said_at, _) in texted.items()
        ),
    }


def reports_seen(run: Run, ledger: list[dict[str, Any]], acknowledged: Counter[tuple[str, ...]]) -> dict[str, int]:
    """How many texts had each kind of trouble with their reports, by what was acknowledged and when it was kept."""
    final: dict[str, float] = {}
    interim: dict[str, list[float]] = defaultdict(list)
    kept = DeliveryReport.objects.values_list("gateway_id", "description", "received_at")
    for number, description, received_at in kept.iterator():
        if description == INTERIM:
            interim[number].append(received_at.timestamp())
        else:
            final[number] = min(received_at.timestamp(), final.get(number, math.inf))
    answered = dict(Message.objects.filter(run=run).exclude(accepted_at=None).values_list("gateway_id", "accepted_at"))
    waits = {str(one["id"]): final[str(one["id"])] - one["accepted_at"] for one in ledger if str(one["id"]) in final}
    told = {number for number, _, _ in acknowledged}
    return {
        "reports that came before our answer was kept": sum(
            number in answered and at < answered[number].timestamp() for number, at in final.items()
        ),
        "reports that came more than once": sum(count > 1 for count in acknowledged.values()),
        "reports that came after 10 s or more": sum(wait >= 10 for wait in waits.values()),
        "texts without any report": sum(str(one["id"]) not in told for one in ledger),
        "texts with an interim report": len(interim),
        "interim reports after the final one": sum(
            number in final and max(times) > final[number] for number, times in interim.items()
        ),
    }


def half_is_sent(run: Run) -> bool:
    batches = Batch.objects.filter(run=run)
    return patiently(lambda: 2 * batches.exclude(status__in=["ready", "sending"]).count() > batches.count())


def status(run: Run) -> str:
    return patiently(lambda: Run.objects.values_list("status", flat=True).get(pk=run.pk))


def over(run: Run) -> bool:
    return status(run) in (Run.Status.FINISHED, Run.Status.HALTED)


def status_of_end(run: Run) -> bool:
    if run.status != Run.Status.FINISHED:
        print(f"\nThe run is {run.status}: {run.reason}")
    return run.status == Run.Status.FINISHED


def all_applied(run: Run) -> bool:
    return patiently(lambda: not reports_left(run).filter(state__in=["new", "waiting"]).exists())
