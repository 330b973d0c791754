"""Of two ticks at once one works."""

import pytest

from campaigns.maintenance.one_at_a_time import only_tick
from tests.calls import Beside

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_second_tick_does_not_wait_and_is_told_that_it_may_not_work():
    told = []

    def beside():
        with only_tick() as mine:
            told.append(mine)

    with only_tick() as mine:
        Beside(beside).join()
        assert (mine, told) == (True, [False])
    beside()
    assert told == [False, True]
