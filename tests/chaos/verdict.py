"""What must be true when it is over: our rows beside the gateway's ledger, and the tallies beside the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import Count

from campaigns.gateway.simulator.outcomes import DELIVERED, INTERIM
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, DeliveryReport, Message, Run

ENDED = {"accepted", "delivered", "undelivered", "expired", "rejected", "skipped", "uncertain", "cancelled"}
SURELY_SENT = {"accepted", "delivered", "undelivered", "expired"}
SURELY_NOT_SENT = {"rejected", "skipped", "queued", "cancelled"}


# The gateway's id, the phone, and the description.
Reported: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """`outcomes` by status with the ledger's word beside it; `wrongs` must all be 0."""

    outcomes: dict[str, tuple[int, int]]
    wrongs: dict[str, int]

    @property
    def is_good(self) -> bool:
        return not any(self.wrongs.values())

    def show(self) -> None:
        print(f"\n{'outcome':<44}{'texts':>10}{'at the gateway':>18}")
        for status, (count, there) in sorted(self.outcomes.items()):
            print(f"{status:<44}{count:>10,}{there:>18,}")
        print(f"\n{'must be 0':<62}")
        for what, count in self.wrongs.items():
            print(f"{what:<62}{count:>10,}{'' if count == 0 else '   <-- WRONG'}")


def judge(run: Run, audience: int, ledger: list[dict[str, Any]], acknowledged: Counter[Reported]) -> Verdict:
    """`acknowledged`: how often the gateway was told OK for each report."""
    run.refresh_from_db()
    accepted = Counter(one["mobile"] for one in ledger)
    fate = {one["mobile"]: one["description"] for one in ledger}
    statuses = dict(Message.objects.filter(run=run).values_list("phone", "status"))
    reported: dict[str, set[str]] = defaultdict(set)
    for phone, outcome in DeliveryReport.objects.values_list("phone", "outcome"):
        reported[phone].add(outcome)
    by_status: dict[str, list[str]] = defaultdict(list)
    for phone, status in statuses.items():
        by_status[status].append(phone)
    kept = kept_reports(statuses)
    rows = {one["status"]: one["n"] for one in Message.objects.filter(run=run).values("status").annotate(n=Count("id"))}
    told = totals(run)
    wrongs = {
        "texts that the gateway accepted twice": sum(count - 1 for count in accepted.values()),
        "texts to nobody of the audience": len(accepted.keys() - statuses.keys()),
        "people without a message, or with two": abs(audience - len(statuses)) + sum(rows.values()) - len(statuses),
        "texts neither sent, left out, refused nor said to be uncertain": sum(
            len(phones) for status, phones in by_status.items() if status not in ENDED
        ),
        "said to be sent, but not at the gateway": sum(
            1 for status in SURELY_SENT for phone in by_status[status] if phone not in accepted
        ),
        "said not to be sent, but at the gateway": sum(
            1 for status in SURELY_NOT_SENT for phone in by_status[status] if phone in accepted
        ),
        "uncertain, though accepted and reported": sum(1 for phone in by_status["uncertain"] if reported[phone]),
        "accepted, though its final report came": sum(
            1 for phone in by_status["accepted"] if reported[phone] & {"delivered", "undelivered"}
        ),
        "delivered or not, but otherwise than reported": sum(
            (status == "delivered") != (fate.get(phone) in DELIVERED)
            for status in ("delivered", "undelivered")
            for phone in by_status[status]
        ),
        "statuses whose tally is not the count of rows": sum(
            count != rows.get(status, 0) for status, count in told.counts.items()
        ),
        "the tallies' sum and the audience apart": abs(told.audience - audience),
        "batches not closed": Batch.objects.filter(run=run, status__in=["ready", "sending"]).count(),
        "reports acknowledged and not kept": sum(
            max(0, count - kept[report]) for report, count in acknowledged.items() if report[1] in statuses
        ),
        "reports kept that the gateway did not make": (kept - made_of(kept, ledger)).total(),
        "reports not applied": DeliveryReport.objects.exclude(state="applied").count(),
    }
    outcomes = {
        status: (len(phones), sum(1 for phone in phones if phone in accepted)) for status, phones in by_status.items()
    }
    return Verdict(outcomes, wrongs)


def kept_reports(phones: Container[str]) -> Counter[Reported]:
    """How often each report to one of these is there."""
    counted = DeliveryReport.objects.values_list("gateway_id", "phone", "description").annotate(n=Count("id"))
    return Counter({(number, phone, words): n for number, phone, words, n in counted if phone in phones})


def made_of(kept: Counter[Reported], ledger: list[dict[str, Any]]) -> Counter[Reported]:
    """Those of the reports that tell of a text in the ledger what became of it, or that it is on its way."""
    made = {(str(one["id"]), one["mobile"], words) for one in ledger for words in (one["description"], INTERIM)}
    return Counter({report: count for report, count in kept.items() if report in made})
