"""A campaign changed at any moment around its time, with workers on it: each gets the old text or the new one, once."""

import random
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from campaigns import planning, sending
from campaigns.actions.change import change_from_now_on
from campaigns.actions.launch import launch
from campaigns.actions.set_back import change_scheduled
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Campaign, Run
from campaigns.models.transitions import NotPossible
from tests.makers import make_campaign, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS, PEOPLE, ROUNDS, PARTS = 3, 40, 25, 5
UNTIL_DUE = timedelta(seconds=0.1)
# From well before its time until well after: most moments are in what lies between.
LONGEST = 0.45
WITHIN = 30
OLD, NEW = "Old", "New"
ROUND = ROUNDS // PARTS


@pytest.fixture
def gateway(gateway, simulator, settings):
    settings.QSMS_BATCH_SIZE = 10
    simulator.behave(latency=[0.005, 0.02])
    return gateway


class Workers:
    """As many as there are, each doing what the tick finds and sending what may go, until they are told to end."""

    def __init__(self, gateway):
        self.gateway, self.over, self.failed = gateway, threading.Event(), []
        self.threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]

    def __enter__(self):
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for one in self.threads:
            one.join()
        assert not self.failed, self.failed

    def _work(self):
        try:
            while not self.over.is_set():
                for run in run_tick().to_plan:
                    if planning.plan_run(run):
                        start_runs.start_run(Run.objects.select_related("campaign").get(pk=run))
                sending.send_while_there_is_work(self.gateway, seconds=1)
        except Exception as error:
            self.failed.append(error)
        finally:
            connections.close_all()


def until_all_is_sent(campaign):
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        due = Run.objects.filter(campaign=campaign, scheduled_for__lte=timezone.now(), replaced=False)
        if due.exists() and not due.exclude(status=Run.Status.FINISHED).exists():
            return
        time.sleep(0.02)
    pytest.fail(f"not sent: {list(campaign.runs.values_list('status', 'reason', 'replaced'))}")


def said(simulator):
    """What each number was sent, by its first word."""
    return [(one["mobile"], one["message"].split()[0]) for one in simulator.ledger()]


def expect_once(simulator, group, changed):
    sent = said(simulator)
    phones = Counter(phone for phone, _ in sent)
    assert set(phones) == set(group.contacts.values_list("phone", flat=True)), "somebody got neither"
    assert set(phones.values()) == {1}, "somebody got both"
    texts = {text for _, text in sent}
    assert len(texts) == 1, texts
    if changed is not None:
        assert texts == ({NEW} if changed else {OLD})
    return texts.pop()


@pytest.mark.parametrize("audience", ["live", "frozen"])
@pytest.mark.parametrize("part", range(PARTS))
def test_one_that_is_scheduled_is_changed_around_its_time(simulator, gateway, part, audience):
    moments = random.Random(f"scheduled {part}")
    told = Counter()
    group, sender = make_group(contacts=PEOPLE), make_sender("QSMS")
    for _ in range(ROUND):
        simulator.clear()
        campaign = make_campaign(
            group, text=f"{OLD} <name>", sender=sender, audience=audience, send_at=timezone.now() + UNTIL_DUE
        )
        launch(campaign.pk)
        with Workers(gateway):
            time.sleep(moments.uniform(0, LONGEST))
            try:
                change_scheduled(campaign, text=f"{NEW} <name>")
                changed = True
            except NotPossible:
                changed = False
            until_all_is_sent(campaign)
        told[expect_once(simulator, group, changed)] += 1
        # The same text to the same people within a day is another test's.
        Campaign.objects.all().delete()
    assert sum(told.values()) == ROUND


@pytest.mark.parametrize("kind", ["plain", "reminder"])
@pytest.mark.parametrize("part", range(PARTS))
def test_one_that_recurs_is_changed_around_its_time(simulator, gateway, part, kind):
    moments = random.Random(f"recurring {part}")
    today = timezone.localdate()
    group, sender = make_group(contacts=PEOPLE, due_date=today.isoformat()), make_sender("QSMS")
    rule = {"rrule": "FREQ=DAILY"} if kind == "plain" else {"field": "due_date", "stages": [{"days_before": 0}]}
    for _ in range(ROUND):
        simulator.clear()
        campaign = make_campaign(group, text=f"{OLD} <name>", sender=sender, schedule=rule | {"time": "23:59"})
        launch(campaign.pk)
        # What is planned for the end of the day comes at once.
        at = timezone.now() + UNTIL_DUE
        Run.objects.filter(campaign=campaign).update(scheduled_for=at)
        Campaign.objects.filter(pk=campaign.pk).update(next_at=at)
        with Workers(gateway):
            time.sleep(moments.uniform(0, LONGEST))
            change_from_now_on(campaign, text=f"{NEW} <name>")
            until_all_is_sent(campaign)
        expect_once(simulator, group, None)
        Campaign.objects.all().delete()
