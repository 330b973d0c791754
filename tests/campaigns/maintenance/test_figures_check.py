"""What differs between figures and texts is found, said and mended; what only waits to be counted is no difference."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from campaigns.ledger.tallies import recount
from campaigns.maintenance import day_figures
from campaigns.management.commands import check_figures
from campaigns.models import Batch, BatchFigures, DayFigures, Message
from campaigns.models.figures import ALL
from campaigns.planning import single
from tests.calls import make_sending_run
from tests.makers import make_phone, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

FINE = "The figures are those of the texts."


@pytest.fixture
def counted():
    """Three batches of a campaign and one of a single text, counted."""
    make_sending_run(contacts=250)
    single.queue_single(make_phone(), "hello", make_sender(), source="api", kind="transactional")
    while day_figures.bring_up_to_date():
        pass
    assert (Batch.objects.count(), DayFigures.objects.count()) == (4, 4)


def check(*arguments):
    """The exit status and the lines."""
    out, status = io.StringIO(), 0
    try:
        call_command("check_figures", *arguments, stdout=out)
    except SystemExit as end:
        status = end.code
    return status, out.getvalue().splitlines()


def figures():
    return sorted(DayFigures.objects.values_list("day", "campaign", "source", "waiting", "cancelled", "planned"))


def test_figures_that_are_right_are_said_to_be(counted):
    assert check() == (0, [FINE])
    assert check("--mend") == (0, [FINE])


def test_texts_that_changed_uncounted_are_found_and_mended(counted):
    # As whoever changes texts by hand: without a recount.
    batch = Batch.objects.earliest("pk")
    Message.objects.filter(batch=batch).update(status="cancelled")
    status, said = check()
    assert status == 1
    assert said[0].startswith(f"batch {batch.pk}, {timezone.localdate()} no network group ")
    assert "cancelled 0 instead of 100, waiting 100 instead of 0, planned 60" in said[0]
    assert said[1:] == ["Figures that differ: 1."]
    status, said = check("--mend")
    assert (status, len(said), said[0][-9:], said[1]) == (0, 2, " (mended)", f"{FINE} Mended: 1.")
    assert check() == (0, [FINE])
    assert sum(row[4] for row in figures() if row[1] != ALL) == 100


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: DayFigures.objects.filter(campaign=0).update(waiting=F("waiting") + 1),
        lambda: DayFigures.objects.filter(campaign=0).delete(),
        lambda: DayFigures.objects.filter(campaign=0).update(who="user:1"),
        lambda: BatchFigures.objects.filter(waiting=1).delete(),
        lambda: BatchFigures.objects.update(day=timezone.localdate() - timedelta(days=40)),
        lambda: DayFigures.objects.update(reasons={"phone_off": 2}),
    ],
)
def test_days_that_differ_are_found_and_mended(counted, spoil):
    right = figures()
    spoil()
    status, said = check()
    assert status == 1 and len(said) > 1
    status, said = check("--mend")
    assert status == 0 and " Mended: " in said[-1]
    assert [row for row in figures() if any(row[3:])] == right
    assert check() == (0, [FINE])


def test_what_waits_to_be_counted_is_no_difference(counted):
    batch = Batch.objects.earliest("pk")
    Message.objects.filter(batch=batch).update(status="cancelled")
    recount([batch.pk])
    assert check() == (0, ["Not compared, for they changed and wait to be counted: 1 batches.", FINE])
    assert Batch.objects.get(pk=batch.pk).changes == Batch.objects.get(pk=batch.pk).counted + 1


def test_another_time_zone_moves_texts_to_other_days(counted, settings):
    # An hour at which it is the next day in the east.
    moment = timezone.now().replace(hour=12, minute=30) - timedelta(days=3)
    Message.objects.update(status="accepted", accepted_at=moment, posted_at=moment)
    recount(list(Batch.objects.values_list("pk", flat=True)))
    while day_figures.bring_up_to_date():
        pass
    assert set(DayFigures.objects.filter(awaited__gt=0).values_list("day", flat=True)) == {moment.date()}
    settings.TIME_ZONE = "Pacific/Kiritimati"
    assert check()[0] == 1
    assert check("--mend")[0] == 0
    moved = moment.date() + timedelta(days=1)
    assert set(DayFigures.objects.filter(awaited__gt=0).values_list("day", flat=True)) == {moved}
    assert check() == (0, [FINE])


def test_the_figures_of_batches_that_are_gone_stay(counted):
    gone = Batch.objects.filter(run__isnull=False).earliest("pk")
    Message.objects.filter(batch=gone).delete()
    gone.delete()
    assert check() == (0, [FINE])
    DayFigures.objects.filter(campaign__gt=0).update(waiting=F("waiting") + 5)
    status, said = check("--mend")
    assert status == 0
    assert "waiting 255 instead of 250" in said[0]
    assert check() == (0, [FINE])


def test_many_differences_are_not_all_told(counted, monkeypatch):
    monkeypatch.setattr(check_figures, "MOST_LINES", 2)
    Message.objects.update(status="cancelled")
    status, said = check()
    assert (status, len(said), said[2:]) == (1, 4, ["and 2 more", "Figures that differ: 4."])
