"""The figures that a page shows: exact where the audience is small, from a sample and then exact where it is large."""

from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.audience import audience_of, sample
from campaigns.checking import estimate, forecast
from campaigns.models import Campaign, CampaignSegment, KeptEstimate
from contacts.models import Contact, ContactGroup, OptOut, Segment
from tests.makers import make_campaign, make_contact, make_group, make_mixed_group

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


@pytest.fixture
def large(monkeypatch):
    """Audiences of more than ten people are large ones."""
    monkeypatch.setattr(forecast, "AT_ONCE", 10)


def test_a_small_audience_is_looked_at_whole():
    found = forecast.forecast(audience_of(make_campaign(make_mixed_group(100))), TODAY())
    assert not found.is_coming
    assert found.estimate.exact
    assert (found.estimate.people, found.estimate.texts, found.estimate.missing) == (100, 80, 20)
    assert found.estimate.by_parts == {1: 70, 2: 10}
    assert found.estimate.cost == Decimal("54.00")
    assert KeptEstimate.objects.count() == 0


def test_a_large_one_is_told_from_a_sample_first_and_exactly_later(large, monkeypatch):
    monkeypatch.setattr(sample, "PEOPLE", 200)
    campaign = make_campaign(make_mixed_group(1000))
    first = forecast.forecast(audience_of(campaign), TODAY())
    assert (first.is_coming, first.to_begin, first.estimate.exact) == (True, True, False)
    assert first.estimate.looked_at < 300
    assert abs(first.estimate.missing - 200) < 100
    assert abs(first.estimate.texts + first.estimate.missing - 1000) < 100
    again = forecast.forecast(audience_of(campaign), TODAY())
    assert (again.is_coming, again.to_begin) == (True, False)
    assert forecast.work_out(campaign.pk)
    last = forecast.forecast(audience_of(campaign), TODAY())
    assert (last.is_coming, last.estimate.exact, last.estimate.by_parts) == (False, True, {1: 700, 2: 100})
    assert last.estimate == estimate.estimate_exactly(audience_of(campaign), TODAY())


@pytest.mark.parametrize(
    "change",
    [
        lambda campaign, group: Campaign.objects.update(text="Dear <name>"),
        lambda campaign, group: Campaign.objects.update(language="sw"),
        lambda campaign, group: Campaign.objects.update(kind="promotional"),
        lambda campaign, group: Campaign.objects.update(filter=[{"field": "balance", "op": "is set"}]),
        lambda campaign, group: campaign.sender.__class__.objects.update(price="0.70"),
        lambda campaign, group: make_contact(group, "254711999999", balance="1.00"),
        lambda campaign, group: Contact.objects.first().delete(),
        lambda campaign, group: ContactGroup.objects.update(changed_at=timezone.now()),
        lambda campaign, group: group.fields.update(type="text"),
        lambda campaign, group: OptOut.objects.create(phone=Contact.objects.first().phone),
        lambda campaign, group: campaign.exclude_groups.add(make_group()),
        lambda campaign, group: campaign.exclude_segments.add(Segment.objects.create(name="s")),
        lambda campaign, group: CampaignSegment.objects.create(
            campaign=campaign, segment=Segment.objects.create(name="s"), position=0
        ),
        lambda campaign, group: KeptEstimate.objects.update(done_at=timezone.now() - forecast.KEPT_FOR),
    ],
)
def test_what_was_worked_out_is_kept_until_something_changes(large, change):
    group = make_mixed_group(100)
    campaign = make_campaign(group)
    assert forecast.forecast(audience_of(campaign), TODAY()).to_begin
    assert forecast.work_out(campaign.pk)
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert not forecast.forecast(audience_of(campaign), TODAY()).is_coming
    change(campaign, group)
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert forecast.forecast(audience_of(campaign), TODAY()).to_begin


def test_a_large_audience_with_a_filter_is_worked_out_too(large):
    campaign = make_campaign(make_mixed_group(100), filter=[{"field": "balance", "op": ">", "value": "10"}])
    assert forecast.forecast(audience_of(campaign), TODAY()).to_begin
    assert forecast.work_out(campaign.pk)
    assert forecast.forecast(audience_of(campaign), TODAY()).estimate.people == 80


def test_figures_of_a_draft_that_was_changed_meanwhile_are_not_kept(large):
    campaign = make_campaign(make_mixed_group(100))
    forecast.forecast(audience_of(campaign), TODAY())
    Campaign.objects.update(text="Dear <name>")
    assert not forecast.work_out(campaign.pk)
    assert KeptEstimate.objects.get().figures is None
    forecast.forecast(audience_of(Campaign.objects.get()), TODAY())
    asked = iter([True, False])
    with pytest.raises(estimate.NoLongerWanted):
        while True:
            estimate.estimate_exactly(audience_of(campaign), TODAY(), wanted=lambda: next(asked))
