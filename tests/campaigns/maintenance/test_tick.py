"""The tick finds whatever is due or was left lying; any number of ticks may run."""

import pytest
import time_machine
from django.utils import timezone

from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Gate, Run
from campaigns.sending.claim import claim_next
from tests.calls import CALL, planned_run
from tests.recurring import at, recurring

pytestmark = pytest.mark.django_db(transaction=True)


def test_where_more_is_due_than_a_tick_does_the_next_one_follows_at_once(monkeypatch):
    monkeypatch.setattr(start_runs, "A_TICKS_WORTH", 2)
    campaigns = [recurring(people=1) for _ in range(3)]
    with time_machine.travel(at(), tick=False):
        assert run_tick().more
        assert not run_tick().more
    assert [one.runs.count() for one in campaigns] == [2, 2, 2]


def test_nothing_is_queued_while_all_sending_is_stopped(gate):
    run = planned_run()
    start_runs.start_run(Run.objects.get(pk=run.pk))
    Gate.objects.update(stopped_at=timezone.now(), stopped_by="Jane")
    assert not run_tick().may_send
    assert claim_next(CALL) is None
