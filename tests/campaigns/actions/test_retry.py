"""A draft for those whom a run did not reach is like its campaign, but for what a draft has of its own."""

from datetime import timedelta

import pytest

from campaigns.actions import retry
from campaigns.actions.copy import OF_ITS_OWN
from campaigns.actions.retry import OF_ITS_TIME, make_draft
from campaigns.audience import chosen
from campaigns.models import Campaign
from contacts.models import Upload
from tests.makers import make_campaign, make_group, make_run
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db

NOT_COPIED = OF_ITS_OWN | set(OF_ITS_TIME)
FIELDS = {one.name for one in Campaign._meta.concrete_fields}


def test_a_retry_may_be_as_late_as_its_campaign():
    campaign = make_campaign(make_group(), late_limit=timedelta(hours=2))
    assert make_draft(make_run(campaign), Campaign.Only.FAILED, None).late_limit == timedelta(hours=2)


def test_a_retry_has_every_field_of_its_campaign_but_those_of_its_own():
    others = {
        "kind": "promotional",
        "filter": [{"field": "balance", "op": ">", "value": "1"}],
        "upload_id": 7,
        "language": "sw",
        "missing_values": "block",
        "old_values": "send",
        "zero_amounts": "skip",
        "one_text_for": "row",
        "uncertain": "resend",
        "spend_limit": 900,
        "zone": "Africa/Kampala",
        "late_limit": timedelta(hours=2),
    }
    campaign = make_campaign(make_group(), text="Pay <balance>", **others)
    draft = make_draft(make_run(campaign), Campaign.Only.FAILED, None)
    taken_over = FIELDS - NOT_COPIED
    assert taken_over == {name.removesuffix("_id") for name in others} | {"text", "template", "sender"}
    for name in taken_over:
        attname = Campaign._meta.get_field(name).attname
        assert getattr(draft, attname) == getattr(campaign, attname), name
    assert draft.is_draft
    assert draft.name == "Again: Reminders"


def test_what_is_not_copied_is_there():
    assert NOT_COPIED <= FIELDS


def test_a_draft_made_of_a_run_keeps_segments_exclusions_and_the_upload(loans):
    upload = Upload.objects.create(group=loans, name="x")
    campaign = campaign_to(segment_of(loans), without=[segment_of(loans, name="not")], upload=upload)
    draft = retry.make_draft(make_run(campaign), Campaign.Only.FAILED, None)
    choice = chosen(draft)
    assert [one.name for one in choice.segments] == ["Owing"]
    assert [one.name for one in choice.exclude_segments] == ["not"]
    assert choice.upload == upload.pk
