"""What recurs is changed only where it has not begun, and not past an approval."""

import pytest
import time_machine

from campaigns.actions import steer
from campaigns.actions.change import change_this_one
from campaigns.models import Rules, transitions
from tests.recurring import at, recurring, tick

pytestmark = pytest.mark.django_db(transaction=True)


def test_with_approval_on_one_occurrence_cannot_be_slipped_in():
    campaign = recurring()
    Rules.objects.update(approval="always")
    with pytest.raises(transitions.NotPossible):
        change_this_one(campaign.runs.get(), text="Other")


def test_what_has_begun_is_not_changed():
    campaign = recurring()
    tick(at())
    run = campaign.runs.get(occurrence="2087-05-01")
    with time_machine.travel(at(), tick=False), pytest.raises(transitions.NotPossible):
        change_this_one(run, text="Other")
    with pytest.raises(transitions.NotPossible):
        steer.skip(run)
