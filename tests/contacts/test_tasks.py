"""What nobody works on is queued again, by the function that the portal's tick calls."""

from datetime import timedelta

import pytest
from django.utils import timezone
from kombu import Connection

from contacts import importing
from contacts.filters import indexes
from contacts.filters.search import PeopleQuery
from contacts.models import Job, Upload
from contacts.people import jobs
from contacts.tasks import pick_up_what_was_left
from lib import nudge
from lib.nudge import queued
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_queued(monkeypatch):
    ensure_redis()
    # A test before may have found no queue, after which nobody asks for a while.
    monkeypatch.setattr(nudge, "_queue_away_until", 0.0)
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("uploads")


def left_upload():
    upload = importing.begin_upload(make_group(), "list.csv", [b"phone\n0712345678\n"])
    assert importing.order_check(upload)
    Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def left_job():
    jobs.order_job("export", PeopleQuery(make_group()), None, format="csv")
    Job.objects.update(created_at=timezone.now() - timedelta(hours=1))


def big_group():
    make_group(fields={"balance": "money"}, contacts=6)


@pytest.mark.parametrize("left", [left_upload, left_job, big_group])
def test_what_was_left_is_queued_and_nothing_else(left, monkeypatch):
    monkeypatch.setattr(indexes, "BIG_GROUP_PEOPLE", 5)
    pick_up_what_was_left(timezone.now())
    assert queued("uploads") == 0
    left()
    pick_up_what_was_left(timezone.now())
    assert queued("uploads") == 1
