"""How old the values of a group are."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns.audience import audience_of
from campaigns.checking import cautions
from campaigns.checking.estimate import estimate_exactly
from contacts.models import ContactGroup, Upload
from tests.makers import make_campaign
from tests.reading import read

pytestmark = pytest.mark.django_db


# How old the values are


def test_old_values_are_said_before_a_text_with_amounts_goes_out(sign_in, loans):
    ContactGroup.objects.update(changed_at=timezone.now() - timedelta(days=23, hours=1))
    campaign = make_campaign(loans, text="Dear <name>, KES <balance>")
    client = sign_in(Role.COMPOSER)
    words = "balance in “Loans” was last updated 23 days ago."
    assert words in read(client.get(reverse("campaign-check", args=[campaign.pk])))
    who = read(client.get(reverse("campaign-who", args=[campaign.pk])))
    assert "“Loans” was last updated 23 days ago" in who
    assert not [one for one in said(make_campaign(loans, text="Happy new year")) if "last updated" in one]
    Upload.objects.create(group=loans, name="x", status="done", finished_at=timezone.now())
    assert words not in said(campaign)


def said(campaign):
    return cautions.cautions_of(
        audience_of(campaign), estimate_exactly(audience_of(campaign), timezone.localdate()), timezone.now()
    )
