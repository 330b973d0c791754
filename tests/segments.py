"""Campaigns to segments and uploads of the groups `loans` and `shops`."""

from django.utils import timezone

from campaigns.models import CampaignSegment
from contacts.filters.segments import save_segment
from contacts.models import Upload
from contacts.people.merge import IncomingPerson, merge_people
from tests.makers import make_campaign

OWING = [{"field": "balance", "op": ">", "value": "100"}]


def segment_of(*groups, filter=OWING, name="Owing"):
    return save_segment(None, name, groups, filter)


def campaign_to(*segments, groups=(), without=(), **fields):
    campaign = make_campaign(*groups, text="Hello <name>", **fields)
    for position, one in enumerate(segments):
        CampaignSegment.objects.create(campaign=campaign, segment=one, position=position)
    campaign.exclude_segments.set(without)
    return campaign


def uploaded(group):
    upload = Upload.objects.create(group=group, name="monday.csv", status="done", finished_at=timezone.now())
    merge_people(group, [IncomingPerson("254711000001", None, {"balance": "50.00"})], upload=upload)
    return upload
