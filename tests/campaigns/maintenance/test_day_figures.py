"""The day's figures are the sum of the texts, whatever became of them, and however often they changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import delivery, planning, sending
from campaigns.ledger.tallies import recount
from campaigns.maintenance import day_figures, start_runs
from campaigns.models import Batch, BatchFigures, Campaign, DayFigures, Message, Run
from campaigns.models.figures import ALL
from campaigns.planning import single
from contacts.models import OptOut
from tests.makers import make_campaign, make_group, make_phone, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


def bring_up():
    while day_figures.bring_up_to_date():
        pass


def sums():
    bring_up()
    found = {}
    for row in DayFigures.objects.filter(campaign=ALL):
        for name in ("delivered", "undelivered", "awaited", "left_out", "waiting", "cost", "planned"):
            found[name] = found.get(name, 0) + getattr(row, name)
    return {name: value for name, value in found.items() if value}


def planned(contacts=10):
    run = make_run(make_campaign(make_group(contacts=contacts), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    return Run.objects.get(pk=run.pk)


def test_texts_are_counted_from_their_planning_to_their_report(gateway):
    run = planned()
    assert sums() == {"waiting": 10, "planned": Decimal("6.00")}
    OptOut.objects.create(phone=Message.objects.first().phone)
    assert start_runs.start_run(run)
    sending.send_while_there_is_work(gateway, seconds=5)
    assert sums() == {"awaited": 9, "left_out": 1, "cost": Decimal("5.40")}
    sent = list(Message.objects.filter(status="accepted"))
    said = ["DeliveredToTerminal"] * 7 + ["AbsentSubscriber"] * 2
    delivery.store(
        {"messageId": one.gateway_id, "destaddr": one.phone, "dlrDesc": word}
        for one, word in zip(sent, said, strict=True)
    )
    delivery.apply_waiting()
    assert sums() == {"delivered": 7, "undelivered": 2, "left_out": 1, "cost": Decimal("5.40")}
    rows = list(DayFigures.objects.exclude(campaign=ALL))
    assert sum(sum(row.delays) for row in rows) == 7
    reasons = {}
    for row in rows:
        reasons |= row.reasons | row.left_out_for
    assert reasons == {"phone_off": 2, "opted_out": 1}
    assert {(row.campaign, row.source) for row in rows} == {(run.campaign_id, "campaign")}
    # Nothing is counted twice, and nothing is counted again where nothing changed.
    assert day_figures.bring_up_to_date() == 0


def test_what_changes_while_it_is_counted_is_counted_again():
    planned()
    bring_up()
    batch = Batch.objects.get()
    Message.objects.filter(batch=batch).update(status="cancelled")
    recount([batch.pk])
    assert Batch.objects.filter(pk=batch.pk).values_list("changes", "counted").get() == (2, 1)
    assert sums() == {}
    assert [row.cancelled for row in DayFigures.objects.all()] == [10, 10]


def test_a_text_belongs_to_the_day_on_which_it_was_accepted(gateway):
    run = planned(2)
    assert start_runs.start_run(run)
    sending.send_while_there_is_work(gateway, seconds=5)
    bring_up()
    first = Message.objects.first()
    yesterday = timezone.now() - timedelta(days=1)
    Message.objects.filter(pk=first.pk).update(accepted_at=yesterday, status="delivered", delivered_at=timezone.now())
    recount([first.batch_id])
    bring_up()
    days = dict(DayFigures.objects.values_list("day", "delivered").filter(delivered=1, campaign=ALL))
    assert days == {timezone.localdate(yesterday): 1}


def test_single_texts_are_their_senders_own(gateway, django_user_model):
    jane = django_user_model.objects.create_user("jane")
    sender = make_sender(price="0.60")
    single.queue_single(make_phone(), "hello", sender, source="person", kind="transactional", created_by=jane)
    sending.send_while_there_is_work(gateway, seconds=5)
    bring_up()
    row = DayFigures.objects.exclude(campaign=ALL).get()
    assert (row.source, row.who, row.campaign, row.sender) == ("person", f"user:{jane.pk}", 0, sender.pk)
    assert BatchFigures.objects.get().awaited == 1


def test_whose_texts_are_may_change_and_no_figure_is_taken_from_another(django_user_model):
    jane, john = (django_user_model.objects.create_user(name) for name in ("jane", "john"))
    run = planned()
    Campaign.objects.update(spender=jane)
    bring_up()
    Campaign.objects.update(spender=john)
    batch = Batch.objects.get()
    Message.objects.filter(batch=batch).update(status="cancelled")
    recount([batch.pk])
    bring_up()
    found = DayFigures.objects.filter(campaign=run.campaign_id).values_list("who", "waiting", "cancelled")
    assert sorted(found) == [(f"user:{jane.pk}", 0, 0), (f"user:{john.pk}", 0, 10)]
    assert sums() == {}
