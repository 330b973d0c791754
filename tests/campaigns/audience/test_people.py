"""Whom a campaign means: its groups, segments and uploads, each number once, and nobody who is left out."""

from datetime import date

import pytest

from campaigns.audience import audience_of
from contacts.models import Upload
from contacts.people.merge import IncomingPerson, merge_people
from tests.makers import make_campaign
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db


def meant(campaign):
    found, audience = {}, audience_of(campaign)
    for group in audience.groups:
        for one in audience.members(group, date(2026, 11, 26)):
            found.setdefault(int(one.phone[-1]), one.name)
    return found


def test_a_segment_means_who_fits_now(loans):
    campaign = campaign_to(segment_of(loans))
    assert meant(campaign) == {2: "Loan 2", 3: "Loan 3"}
    loans.contacts.filter(phone__endswith="2").update(values={"balance": "0.00"})
    loans.contacts.filter(phone__endswith="0").update(values={"balance": "9000.00"})
    assert set(meant(campaign)) == {0, 3}


def test_a_segment_over_groups_of_which_one_lacks_the_field(loans, shops):
    assert set(meant(campaign_to(segment_of(loans, shops)))) == {2, 3}
    without = [{"field": "balance", "op": "is not set"}]
    assert set(meant(campaign_to(segment_of(loans, shops, filter=without, name="None")))) == {3, 4, 5}


def test_a_group_that_is_named_itself_is_meant_wholly_and_segments_add_others(loans, shops):
    campaign = campaign_to(segment_of(loans), groups=[shops])
    assert meant(campaign) == {3: "Shop 3", 4: "Shop 4", 5: "Shop 5", 2: "Loan 2"}


def test_two_segments_of_one_group_are_its_people_of_either(loans):
    poor = segment_of(loans, filter=[{"field": "balance", "op": "=", "value": "0"}], name="Paid")
    assert set(meant(campaign_to(segment_of(loans), poor))) == {0, 2, 3}


def test_the_campaign_s_own_filter_holds_for_segments_too(loans):
    campaign = campaign_to(segment_of(loans), filter=[{"field": "balance", "op": "<", "value": "1000"}])
    assert set(meant(campaign)) == {2}


def test_who_is_in_a_segment_that_is_left_out_gets_nothing_whichever_group_has_the_number(loans, shops):
    campaign = campaign_to(groups=[shops], without=[segment_of(loans)])
    assert set(meant(campaign)) == {4, 5}


def test_days_from_run_in_a_segment_go_by_the_run_s_day(loans):
    soon = segment_of(loans, filter=[{"field": "due_date", "op": "days from run", "value": 5}])
    assert len(meant(campaign_to(soon))) == 4
    assert not audience_of(campaign_to(soon)).members(loans, date(2026, 11, 27)).exists()


def test_a_claim_looks_again_whether_a_person_is_still_in_the_segment(loans):
    campaign = campaign_to(segment_of(loans))
    everybody = loans.contacts.all()
    assert set(audience_of(campaign).still_meant(everybody, date(2026, 11, 26))) == {
        one.pk for one in everybody if one.phone[-1] in "23"
    }


# Only the people in one upload


def test_only_the_people_in_an_upload_those_too_whom_it_did_not_change(loans):
    upload = Upload.objects.create(group=loans, name="monday.csv", status="done")
    people = [
        IncomingPerson("254711000000", None, {"balance": "0.00"}),
        IncomingPerson("254711000001", None, {"balance": "7.00"}),
    ]
    assert merge_people(loans, people, upload=upload).unchanged == 1
    later = Upload.objects.create(group=loans, name="tuesday.csv", status="done")
    merge_people(loans, [IncomingPerson("254711000001", None, {"balance": "8.00"})], upload=later)
    assert set(meant(make_campaign(loans, upload=upload))) == {0, 1}
    assert set(meant(make_campaign(loans, upload=later))) == {1}


def test_an_upload_that_is_gone_means_nobody_and_not_everybody(loans):
    upload = Upload.objects.create(group=loans, name="x")
    campaign = make_campaign(loans, upload=upload)
    upload.delete()
    campaign.refresh_from_db()
    assert meant(campaign) == {}
