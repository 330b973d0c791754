"""What must be true when it is over: our rows beside the gateway's ledger, and the tallies beside the rows.

A text in the ledger is told by what we called it, for a number may have several.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import Count, QuerySet

from campaigns.gateway.simulator.outcomes import DELIVERED, INTERIM
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, DeliveryReport, Message, Run
from tests.chaos.moment import message_of

ENDED = {"accepted", "delivered", "undelivered", "expired", "rejected", "skipped", "uncertain", "cancelled"}
SURELY_SENT = {"accepted", "delivered", "undelivered", "expired"}
SURELY_NOT_SENT = {"rejected", "skipped", "queued", "cancelled"}


# Of these of which no id is known a report may mean any.
MAY_BE_MEANT = {"accepted", "delivered", "undelivered", "expired", "uncertain", "unknown"}

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
    """`audience`: how many texts. `acknowledged`: how often the gateway was told OK for each report."""
    run.refresh_from_db()
    rows = {pk: row for pk, *row in of_run(run).values_list("pk", "phone", "reference", "status")}
    phone_of = {pk: phone for pk, (phone, _, _) in rows.items()}
    accepted = Counter(message_of(one) for one in ledger)
    fate = {message_of(one): one["description"] for one in ledger}
    calls = Counter((one["call"], one["mobile"]) for one in ledger)
    unclear = of_several_unknown(run)
    # What came of the reports of which it can be told which text they mean.
    by_id = {str(one["id"]): message_of(one) for one in ledger}
    reported: dict[int, set[str]] = defaultdict(set)
    for number, phone, outcome in DeliveryReport.objects.values_list("gateway_id", "phone", "outcome").iterator():
        if number in by_id and phone not in unclear:
            reported[by_id[number]].add(outcome)
    by_status: dict[str, list[int]] = defaultdict(list)
    for pk, (_, _, status) in rows.items():
        by_status[status].append(pk)
    phones = set(phone_of.values())
    kept = kept_reports(phones)
    counts = {status: len(texts) for status, texts in by_status.items()}
    told = totals(run)
    wrongs = {
        "texts that the gateway accepted twice": sum(count - 1 for count in accepted.values()),
        "a call with a mobile twice": sum(count - 1 for count in calls.values()),
        "texts to nobody of the audience": sum(phone_of.get(message_of(one)) != one["mobile"] for one in ledger),
        "rows without a message, or with two": abs(audience - len({(phone, row) for phone, row, _ in rows.values()}))
        + abs(audience - len(rows)),
        "people too many or too few": abs(len(phones) - run.reached),
        "texts neither sent, left out, refused nor said to be uncertain": sum(
            len(texts) for status, texts in by_status.items() if status not in ENDED
        ),
        "said to be sent, but not at the gateway": sum(
            1 for status in SURELY_SENT for pk in by_status[status] if pk not in accepted
        ),
        "said not to be sent, but at the gateway": sum(
            1 for status in SURELY_NOT_SENT for pk in by_status[status] if pk in accepted
        ),
        "uncertain, though accepted and reported": sum(1 for pk in by_status["uncertain"] if reported[pk]),
        "accepted, though its final report came": sum(
            1 for pk in by_status["accepted"] if reported[pk] & {"delivered", "undelivered"}
        ),
        "delivered or not, but otherwise than reported": sum(
            (status == "delivered") != (fate.get(pk) in DELIVERED)
            for status in ("delivered", "undelivered")
            for pk in by_status[status]
        ),
        "statuses whose tally is not the count of rows": sum(
            count != counts.get(status, 0) for status, count in told.counts.items()
        ),
        "the tallies' sum and the audience apart": abs(told.audience - audience),
        "batches not closed": Batch.objects.filter(run=run, status__in=["ready", "sending"]).count(),
        "reports acknowledged and not kept": sum(
            max(0, count - kept[report]) for report, count in acknowledged.items() if report[1] in phones
        ),
        "reports kept that the gateway did not make": (kept - made_of(kept, ledger)).total(),
        "reports not applied": reports_left(run).count(),
    }
    outcomes = {status: (len(texts), sum(1 for pk in texts if pk in accepted)) for status, texts in by_status.items()}
    return Verdict(outcomes, wrongs)


def of_run(run: Run) -> QuerySet[Message]:
    return Message.objects.filter(run=run)


def of_several_unknown(run: Run) -> set[str]:
    """Numbers with several texts of which no id is known: of a report to them nobody can say which it means."""
    unknown = of_run(run).filter(gateway_id="", status__in=MAY_BE_MEANT).values("phone").annotate(n=Count("id"))
    return set(unknown.filter(n__gt=1).values_list("phone", flat=True))


def reports_left(run: Run) -> QuerySet[DeliveryReport]:
    """Those that are not applied, but for those that wait since they may mean any of several texts."""
    left = DeliveryReport.objects.exclude(state="applied")
    return left.exclude(state="waiting", phone__in=of_several_unknown(run))


def kept_reports(phones: Container[str]) -> Counter[Reported]:
    """How often each report to one of these is there."""
    counted = DeliveryReport.objects.values_list("gateway_id", "phone", "description").annotate(n=Count("id"))
    return Counter({(number, phone, words): n for number, phone, words, n in counted if phone in phones})


def made_of(kept: Counter[Reported], ledger: list[dict[str, Any]]) -> Counter[Reported]:
    """Those of the reports that tell of a text in the ledger what became of it, or that it is on its way."""
    made = {(str(one["id"]), one["mobile"], words) for one in ledger for words in (one["description"], INTERIM)}
    return Counter({report: count for report, count in kept.items() if report in made})
