"""A reminder at its minute: two stages due at once, two beats, four workers that send and four processes that plan."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from campaigns.actions import launch
from campaigns.models import Message, ReminderKey, Run
from contacts.models import Contact
from tests.chaos.moment import message_of
from tests.chaos.stage import PATIENCE, Stage, wait_until
from tests.chaos.theatre import Theatre
from tests.makers import make_campaign, make_sender, make_siblings_group

WORKERS, BEATS = 4, 2
# Of the rows, those that are two to a number.
SIBLINGS = 1 / 2
# The minute must lie ahead when the campaign is begun.
AHEAD = timedelta(seconds=15)
STAGES = [{"days_before": 3}, {"days_before": 0}]


def play(theatre: Theatre, texts: int) -> int:
    theatre.simulator.behave(reports={"lost": 1.0})
    with Stage(theatre.port, sending=WORKERS, beats=BEATS):
        group = make_siblings_group(texts + texts // 2, SIBLINGS)
        campaign = make_campaign(
            group, sender=make_sender(), text="Dear <name>, it is due on <due_date>.", one_text_for="row"
        )
        at = datetime.now(ZoneInfo(campaign.zone)) + AHEAD + timedelta(minutes=1)
        meant = _with_dates(group.contacts.order_by("phone", "pk"), at, texts)
        campaign.schedule = {"field": "due_date", "time": f"{at:%H:%M}", "stages": STAGES}
        campaign.save()
        launch.launch(campaign.pk)
        runs = Run.objects.filter(campaign=campaign, status=Run.Status.FINISHED, audience__gt=0)
        wait_until(lambda: runs.count() == len(STAGES), "both stages have gone", PATIENCE)
        ledger = theatre.simulator.ledger()
        told = {pk: row for pk, *row in Message.objects.values_list("pk", "phone", "reference")}
        sent = Counter(tuple(told.get(message_of(text), ())) for text in ledger)
        calls = Counter((text["call"], text["mobile"]) for text in ledger)
        rows = {
            "rows that were meant": texts,
            "numbers with two of them": texts - len({phone for phone, _ in meant}),
            "texts at the gateway": sent.total(),
            "keys": ReminderKey.objects.filter(campaign=campaign).count(),
        }
        wrongs = {
            "rows that were told more than once": sum(count > 1 for count in sent.values()),
            "rows that were meant and not told": len(meant - sent.keys()),
            "rows that were not meant": len(sent.keys() - meant),
            "calls with a mobile twice": sum(count > 1 for count in calls.values()),
            "texts that are not known as accepted": texts - Message.objects.filter(status="accepted").count(),
            "keys too many or too few": abs(rows["keys"] - texts),
        }
    print(f"{BEATS} beats, {WORKERS} sending workers, two stages due at the same minute\n")
    for what, count in rows.items():
        print(f"{what:<50}{count:>10,}")
    print("\nmust be 0")
    for what, count in wrongs.items():
        print(f"{what:<50}{count:>10,}")
    return 1 if any(wrongs.values()) else 0


def _with_dates(contacts: QuerySet[Contact], at: datetime, texts: int) -> set[tuple[str, str]]:
    """Give half of so many rows the day three days ahead, half that day, the others one between; which are meant.

    Of two rows of a number as many have one day as have two.
    """
    people = list(contacts)
    for position, person in enumerate(people):
        days = 1 if position >= texts else 3 if position % 8 in (1, 2, 4, 5) else 0
        person.values = {"due_date": (at.date() + timedelta(days=days)).isoformat()}
    Contact.objects.bulk_update(people, ["values"], batch_size=1_000)
    return {(person.phone, person.reference) for person in people[:texts]}
