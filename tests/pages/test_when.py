"""The builder's When: every way of saying it, its next times in words, and what it refuses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns.models import Campaign, Rules
from contacts.models import Contact
from tests.makers import make_campaign, make_contact, make_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(db):
    return make_campaign(make_group("loans", contacts=2))


def post(client, campaign, **fields):
    data = {"uncertain": "hold", "time": "09:00", "ends": "never", "zone": "Africa/Nairobi", **fields}
    return client.post(f"/campaigns/{campaign.pk}/when", data, headers=fields.pop("headers", None))


@pytest.mark.parametrize(
    "fields, rule",
    [
        ({"repeat": "daily"}, "FREQ=DAILY"),
        ({"repeat": "weekdays"}, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ({"repeat": "weekly", "weekdays": ["MO", "TH"], "every": 2}, "FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2"),
        ({"repeat": "month_day", "month_day": 31}, "FREQ=MONTHLY;BYMONTHDAY=31"),
        ({"repeat": "month_end"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"repeat": "month_nth", "nth": 2, "nth_weekday": "FR"}, "FREQ=MONTHLY;BYDAY=2FR"),
        (
            {"repeat": "month_nth", "nth": -1, "nth_weekday": "MO,TU,WE,TH,FR"},
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ),
        ({"repeat": "yearly", "month": 12, "month_day": 12}, "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=12"),
        ({"repeat": "daily", "ends": "count", "count": 10}, "FREQ=DAILY;COUNT=10"),
    ],
)
def test_what_recurs_is_kept_as_a_rule_and_shown_again_as_it_was_chosen(sign_in, campaign, fields, rule):
    client = sign_in(Role.COMPOSER)
    assert post(client, campaign, when="again", **fields).status_code == 302
    campaign.refresh_from_db()
    assert campaign.schedule == {"rrule": rule, "time": "09:00"}
    shown = client.get(f"/campaigns/{campaign.pk}/when").context["form"]
    again = {name: shown[name].value() for name in fields}
    assert {name: str(value) for name, value in again.items()} == {name: str(value) for name, value in fields.items()}


@pytest.mark.parametrize(
    "rule, words",
    [
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "the 1st and the 15th of every month"),
        ("FREQ=MONTHLY;BYDAY=1MO,3FR", "the first Monday and the third Friday of every month"),
        ("FREQ=WEEKLY;BYDAY=MO;BYMONTH=1,7", "every Monday in January and July"),
        ("FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=30", "every year on 30 June and 30 December"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
    ],
)
def test_a_rule_that_the_form_cannot_say_stays_as_it_is(sign_in, campaign, rule, words):
    Campaign.objects.update(schedule={"rrule": f"{rule};COUNT=4", "time": "09:00"})
    client = sign_in(Role.COMPOSER)
    form = client.get(f"/campaigns/{campaign.pk}/when").context["form"]
    assert form["repeat"].value() == "as_it_is"
    assert dict(form.fields["repeat"].choices)["as_it_is"] == f"As it is: {words}"
    assert post(client, campaign, when="again", repeat="as_it_is", time="10:30").status_code == 302
    campaign.refresh_from_db()
    assert campaign.schedule == {"rrule": rule, "time": "10:30"}


def test_as_it_is_is_offered_only_where_the_form_cannot_say_it(sign_in, campaign):
    answer = post(sign_in(Role.COMPOSER), campaign, when="again", repeat="as_it_is")
    assert "repeat" in answer.context["form"].errors


def test_a_reminder_keeps_more_stages_than_the_form_offers(sign_in, campaign):
    stages = [{"days_before": days} for days in range(8, 0, -1)]
    Campaign.objects.update(schedule={"field": "due_date", "time": "09:00", "stages": stages, "yearly": False})
    client = sign_in(Role.COMPOSER)
    shown = client.get(f"/campaigns/{campaign.pk}/when").context["form"]
    typed = {name: shown[name].value() for name in shown.fields if name.startswith(("days_", "side_"))}
    assert post(client, campaign, when="remind", field="due_date", **typed).status_code == 302
    campaign.refresh_from_db()
    assert campaign.schedule["stages"] == stages


def test_a_reminder_of_four_stages(sign_in, campaign):
    stages = {"days_0": 7, "side_0": "before", "days_1": 1, "side_1": "before", "days_2": 0, "side_2": "before",
              "days_3": 3, "side_3": "after"}  # fmt: skip
    client = sign_in(Role.COMPOSER)
    assert post(client, campaign, when="remind", field="due_date", catch_up_days=2, **stages).status_code == 302
    campaign.refresh_from_db()
    assert campaign.schedule["stages"] == [
        {"days_before": 7}, {"days_before": 1}, {"days_before": 0}, {"days_after": 3}
    ]  # fmt: skip
    assert (campaign.schedule["field"], campaign.catch_up_days) == ("due_date", 2)
    shown = client.get(f"/campaigns/{campaign.pk}/when").context["form"]
    assert [shown[f"days_{number}"].value() for number in range(5)] == [7, 1, 0, 3, None]


def test_the_next_five_times_are_shown_and_nothing_is_saved(sign_in, campaign):
    told = post(sign_in(Role.COMPOSER), campaign, when="again", repeat="weekdays", preview="1")
    assert len(told.context["times"]) == 5
    assert "Every weekday, Monday to Friday, at 09:00" in told.content.decode()
    campaign.refresh_from_db()
    assert campaign.schedule is None


def test_the_next_times_of_a_reminder_say_whom_they_mean(sign_in, campaign):
    # The day that all others have is near on some day.
    Contact.objects.update(values={})
    make_contact(campaign.chosen_groups.get().group, due_date=str(timezone.localdate() + timedelta(days=4)))
    told = post(
        sign_in(Role.COMPOSER), campaign, when="remind", field="due_date", days_0=2, side_0="before", preview="1"
    ).content.decode()
    assert "1 person" in told
    assert "(2 days before: 1)" in told
    assert "nobody as things are now" in told


def test_htmx_takes_the_next_times_alone(sign_in, campaign):
    told = post(
        sign_in(Role.COMPOSER), campaign, when="again", repeat="daily", preview="1", headers={"HX-Request": "true"}
    )
    assert told.content.decode().lstrip().startswith('<section id="next-times"')


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"when": "later"}, "at"),
        ({"when": "later", "at": "2020-01-01T09:00"}, "at"),
        ({"when": "again", "repeat": "weekly"}, "weekdays"),
        ({"when": "again", "repeat": "month_day", "month_day": ""}, "month_day"),
        ({"when": "again", "repeat": "daily", "time": ""}, "time"),
        ({"when": "again", "repeat": "daily", "ends": "until"}, "until"),
        ({"when": "again", "repeat": "daily", "ends": "count"}, "count"),
        ({"when": "remind", "field": "due_date"}, "days_0"),
        ({"when": "remind", "days_0": 3}, "field"),
        ({"when": "again", "zone": "Mars/Base"}, "zone"),
        ({}, "when"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(sign_in, campaign, fields, field):
    told = post(sign_in(Role.COMPOSER), campaign, **fields)
    assert told.status_code == 200
    assert list(told.context["form"].errors) == [field]


def test_marketing_in_quiet_hours_is_refused_while_it_is_built(sign_in, campaign):
    Campaign.objects.update(kind="promotional")
    client = sign_in(Role.COMPOSER)
    told = post(client, campaign, when="again", repeat="daily", time="19:00")
    assert "Marketing does not go out from 18:00 to 08:00" in told.content.decode()
    assert post(client, campaign, when="again", repeat="daily", time="10:00").status_code == 302
    Rules.objects.update(quiet_from="09:00")
    told = client.get(f"/campaigns/{campaign.pk}/check").content.decode()
    assert "and this rule means 10:00" in told


def test_wall_time_is_in_the_zone_that_was_chosen(sign_in, campaign):
    client, summer = sign_in(Role.COMPOSER), f"{timezone.now().year + 1}-07-01"
    post(client, campaign, when="later", at=f"{summer}T09:00", zone="Europe/London", audience="frozen")
    campaign.refresh_from_db()
    assert (campaign.send_at.isoformat(), campaign.zone, campaign.audience) == (
        f"{summer}T08:00:00+00:00", "Europe/London", "frozen"
    )  # fmt: skip


@pytest.mark.parametrize(
    "typed, zone",
    [
        ("Africa/Dar es Salaam", "Africa/Dar_es_Salaam"),
        (" dar  es salaam ", "Africa/Dar_es_Salaam"),
        ("london", "Europe/London"),
        ("america/new_york", "America/New_York"),
        ("UTC", "UTC"),
        ("", "Africa/Nairobi"),
    ],
)
def test_a_zone_is_typed_by_its_name_or_its_place(sign_in, campaign, typed, zone):
    post(sign_in(Role.COMPOSER), campaign, when="again", repeat="daily", zone=typed)
    campaign.refresh_from_db()
    assert (campaign.zone, campaign.recurs) == (zone, True)


def test_a_place_that_is_in_two_zones_is_asked_about(sign_in, campaign):
    told = post(sign_in(Role.COMPOSER), campaign, when="again", repeat="daily", zone="Istanbul").content.decode()
    assert "Which one: Asia/Istanbul or Europe/Istanbul?" in told


def test_a_zone_that_belongs_to_no_chosen_way_is_not_looked_at(sign_in, campaign):
    assert post(sign_in(Role.COMPOSER), campaign, when="now", zone="Mars/Base").status_code == 302
    campaign.refresh_from_db()
    assert campaign.zone == "Africa/Nairobi"


def test_a_zone_of_the_api_stays_though_no_place_is_called_so(sign_in, campaign):
    Campaign.objects.update(zone="EST5EDT")
    assert post(sign_in(Role.COMPOSER), campaign, when="again", repeat="daily", zone="EST5EDT").status_code == 302
    campaign.refresh_from_db()
    assert campaign.zone == "EST5EDT"


def test_only_the_likely_zones_stand_in_the_page_and_all_are_there_to_ask_for(sign_in, campaign):
    Campaign.objects.update(zone="Europe/London")
    client = sign_in(Role.COMPOSER)
    page = client.get(f"/campaigns/{campaign.pk}/when").content.decode()
    near = ("Europe/London", "Africa/Nairobi", "Africa/Dar es Salaam")
    assert [page.count(f'<option value="{zone}">') for zone in (*near, "Asia/Tokyo")] == [1, 1, 1, 0]
    answer = client.get("/campaigns/time-zones")
    assert [answer.content.decode().count(f'<option value="{zone}">') for zone in (*near, "Asia/Tokyo")] == [1, 1, 1, 1]
    assert answer["Cache-Control"] == "private, max-age=86400"


def test_check_says_the_next_times_and_start_starts_it(sign_in, campaign):
    Campaign.objects.update(schedule={"rrule": "FREQ=DAILY", "time": "09:00"}, sender=make_sender())
    client = sign_in(Role.MANAGER)
    told = client.get(f"/campaigns/{campaign.pk}/check").content.decode()
    assert "Every day at 09:00" in told
    assert "Start it" in told
    client.post(f"/campaigns/{campaign.pk}/launch", {"version": 1})
    assert Campaign.objects.get().status == "active"
    assert Contact.objects.count() == 2


def test_it_is_said_that_a_fixed_audience_keeps_who_is_deleted_since(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    page = read(sign_in(Role.COMPOSER).get(f"/campaigns/{campaign.pk}/when"))
    assert "it also goes to people who are deleted after that; to stop one, opt them out" in page


def test_of_six_reminders_those_that_are_used_and_one_more_are_seen(campaign, sign_in):
    client, address = sign_in(Role.COMPOSER), f"/campaigns/{campaign.pk}/when"

    def seen():
        form = client.get(address).context["form"]
        return [one.name for one, _ in form.first_stages], len(form.more_stages)

    assert seen() == (["days_0", "days_1"], 4)
    Campaign.objects.update(schedule={
        "field": "due_date", "time": "09:00", "stages": [{"days_before": 7}, {"days_before": 1}, {"days_after": 3}],
    })  # fmt: skip
    assert seen() == (["days_0", "days_1", "days_2", "days_3"], 2)


def test_what_is_in_doubt_is_folded_away_unless_it_is_sent_again_by_itself(campaign, sign_in):
    client, address = sign_in(Role.COMPOSER), f"/campaigns/{campaign.pk}/when"
    assert '<details class="mb-3">' in read(client.get(address))
    Campaign.objects.update(uncertain=Campaign.Uncertain.RESEND)
    assert '<details class="mb-3" open>' in read(client.get(address))
