"""What stands in the way says so in words, by the section that mends it."""

import pytest

from campaigns.actions import launch
from campaigns.checking.blockers import Blocked
from campaigns.models import Rules
from tests.makers import make_campaign, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "fields, section, words",
    [
        ({"kind": "promotional", "schedule": {"rrule": "FREQ=DAILY", "time": "19:00"}}, "when", "from 18:00 to 08:00"),
        ({"schedule": {"rrule": "FREQ=DAILY", "time": "09:00", "until": "2020-01-01"}}, "when", "no time to come"),
        ({"schedule": {"rrule": "FREQ=DAILY"}}, "when", "`time`"),
        ({"schedule": {"field": "balance", "time": "09:00"}}, "when", "no date field"),
        ({"audience": "frozen", "schedule": {"rrule": "FREQ=DAILY", "time": "09:00"}}, "when", "at its time"),
    ],
)
def test_what_cannot_recur_says_so_before_it_is_launched(fields, section, words):
    campaign = make_campaign(make_group(contacts=1), sender=make_sender(opt_out_text="STOP*456*9*5#"), **fields)
    with pytest.raises(Blocked) as refused:
        launch.launch(campaign.pk)
    assert [(one.section, words in one.words) for one in refused.value.blockers] == [(section, True)]


def test_quiet_hours_are_the_portal_s_also_where_the_rule_is_in_another_zone():
    rule = {"rrule": "FREQ=DAILY", "time": "12:00"}
    campaign = make_campaign(make_group(contacts=1), kind="promotional", schedule=rule, zone="America/New_York")
    with pytest.raises(Blocked, match=r"means (18|19|20):00"):
        launch.launch(campaign.pk)
    Rules.objects.update(quiet_from="00:00", quiet_until="00:00")
    launch.launch(campaign.pk)
