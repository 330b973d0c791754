"""What the calendar tells of a day."""

import pytest
from django.utils import timezone

from campaigns import planning
from campaigns.timing.calendar import week_of
from tests.makers import make_campaign, make_family_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_day_of_the_calendar_counts_people_and_not_their_texts():
    group = make_family_group([("254712345678", [("1", "Amina", {}), ("2", "Juma", {})])])
    run = make_run(make_campaign(group, text="Hello <name>", one_text_for="row"))
    old = make_run(make_campaign(group, name="Of before"), audience=7)
    assert planning.plan_run(run.pk)
    today = timezone.localdate()
    (day,) = [one for week in week_of(today, today).weeks for one in week if one.date == today]
    assert {entry.run: entry.people for entry in day.entries} == {run.pk: 1, old.pk: 7}
