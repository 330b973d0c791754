"""Why somebody got a reminder, or why not."""

import pytest
import time_machine
from django.utils import timezone

from campaigns.actions import steer
from campaigns.models import Run
from campaigns.timing import why_reminded
from contacts.models import Contact
from tests.makers import make_family_group, make_group
from tests.recurring import at, person, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)


def stories(campaign, contact, moment):
    with time_machine.travel(moment, tick=False):
        (answer,) = why_reminded.explain(campaign, contact.phone, timezone.now())
    return answer, [one.words for one in answer.stories]


def test_why_and_why_not():
    group = make_group("loans")
    reminded = person(group, "2087-05-04", balance="5.00")
    paid = person(group, "2087-05-04", balance="0.00")
    nameless = Contact.objects.create(
        group=group, phone="254199000001", values={"due_date": "2087-05-04", "balance": "5"}
    )
    dateless = person(group, "", balance="5.00")
    coming = person(group, "2087-05-09", balance="5.00")
    campaign = remind(group, filter=[{"field": "balance", "op": ">", "value": "0"}])
    tick(at())
    send_all()
    now = at(hour=10)
    answer, (words,) = stories(campaign, reminded, now)
    assert (answer.value, answer.stories[0].moment, answer.stories[0].went) == ("2087-05-04", at(), True)
    assert words.startswith("Sent")
    assert "not balance > 0" in stories(campaign, paid, now)[1][0]
    assert stories(campaign, nameless, now)[1] == ["Left out: has no name."]
    assert "no moment" in stories(campaign, dateless, now)[0].words
    assert stories(campaign, coming, now)[1] == ["Still to come, if the date stays and nothing else changes."]
    assert "none of the groups" in why_reminded.explain(campaign, "254799999999", now)[0].words


def test_why_not_of_somebody_who_came_after_the_moment():
    group = make_group("loans")
    campaign = remind(group)
    tick(at())
    late = person(group, "2087-05-04")
    Contact.objects.update(created_at=at(hour=10), updated_at=at(hour=10))
    Run.objects.filter(occurrence="2087-05-01").update(planned_at=at())
    words = stories(campaign, late, at(hour=11))[1][0]
    assert words == (
        "The contact was added after that, 1 May 2087 at 10:00. "
        "It is made up for 2 May 2087 at 09:00, if nothing changes."
    )
    words = stories(campaign, late, at(days=3))[1][0]
    assert "It is not made up for: the campaign looks back 1 day." in words


def test_why_not_of_a_run_that_was_left_out_and_of_a_time_before_the_campaign():
    group = make_group("loans")
    jane, early = person(group, "2087-05-04"), person(group, "2087-05-01")
    campaign = remind(group, catch_up_days=0)
    steer.pause(campaign)
    tick(at(hour=22))
    assert "paused until its time had passed" in stories(campaign, jane, at(hour=23))[1][0]
    assert stories(campaign, early, at(hour=23))[1][0].startswith("The campaign had not begun.")


def test_a_birthday_tells_of_this_year():
    group = make_group("people")
    jane = person(group, "1990-05-03")
    campaign = remind(group, [{"days_before": 0}], yearly=True)
    answer, _ = stories(campaign, jane, at())
    assert (str(answer.stands_for), answer.stories[0].moment) == ("2087-05-03", at(days=2))


def test_of_a_number_with_several_rows_each_has_its_own_story():
    due, later = {"due_date": "2087-05-04"}, {"due_date": "2087-05-09"}
    rows = [("1201", "Amina", due), ("1202", "Juma", later), ("1203", "Zawadi", due)]
    group = make_family_group([("254712345678", rows)], name="Pupils")
    other = make_family_group([("254712345678", [("1201", "Amina again", due)])], name="Form 2")
    staff = make_group("Staff")
    person(staff, "2087-05-04", phone="254712345678")
    campaign = remind(group, text="Fees are due <due_date>", one_text_for="row")
    for position, one in enumerate((other, staff), start=1):
        campaign.chosen_groups.create(group=one, position=position)
    tick(at())
    send_all()
    with time_machine.travel(at(hour=10), tick=False):
        answers = why_reminded.explain(campaign, "254712345678", timezone.now())
    assert [(one.contact.name, one.contact.reference) for one in answers] == [
        ("Amina", "1201"), ("Juma", "1202"), ("Zawadi", "1203"), ("Amina again", "1201"), ("Jane Wanjiru", "")
    ]  # fmt: skip
    amina, juma, zawadi, again, member = [one.stories[0] for one in answers]
    # Zawadi's text would have read the same: what was sent tells of her too.
    assert amina.went and zawadi.went and amina.words == zawadi.words
    assert juma.words == "Still to come, if the date stays and nothing else changes."
    assert again.went
    assert [bool(one.words) for one in answers] == [False, False, False, True, True]
    assert member.went


def test_why_a_row_was_left_out_is_its_own_reason():
    group = make_family_group(
        [("254712345678", [(one, name, {"due_date": "2087-05-04"}) for one, name in (("1201", "Amina"), ("1202", ""))])]
    )
    campaign = remind(group, one_text_for="row")
    tick(at())
    send_all()
    with time_machine.travel(at(hour=10), tick=False):
        amina, nameless = why_reminded.explain(campaign, "254712345678", timezone.now())
    assert amina.stories[0].words.startswith("Sent")
    assert nameless.stories[0].words == "Left out: has no name."
