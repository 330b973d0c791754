"""What the doctor says of the portal itself: its version and its settings."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from accounts.models import ApiKey
from campaigns.ledger.counted import note_counted
from campaigns.models import Batch, Callback, CallbackPoster, CallbackReceiver
from qsms_portal import checkup

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_the_doctor_tells_the_version_and_the_settings(capsys):
    with (PROJECT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    wrong = {"QSMS_COST_UNIT": "KES", "QSMS_READ_TIMEOUT": 1.0, "SECURE": True}
    with override_settings(**wrong), pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out.splitlines()
    assert f"OK   portal: version {version}" in said
    assert "FAIL settings: QSMS_COST_UNIT is “KES”. Write kes." in said
    assert any(line.startswith("FAIL settings: PUBLIC_URL begins with https://, and TRUSTED_") for line in said)
    assert any(line.startswith("WARN settings: QSMS_READ_TIMEOUT is 1, which is little. Write 5") for line in said)


@pytest.mark.django_db
def test_callbacks_that_nobody_posts_or_takes_are_told():
    def told():
        return [(state.value, words) for state, words in checkup.PARTS["callbacks"]()]

    assert told() == [("OK", "are posted as they come")]
    key, long_ago = ApiKey.make("crm")[0], timezone.now() - timedelta(minutes=5)
    row = Callback.objects.create(api_key=key, event="delivered", next_try_at=long_ago)
    assert told() == [("FAIL", "are due and nobody posts them: start a worker for the queue callbacks")]
    CallbackPoster.objects.create(until=timezone.now())
    assert told() == [("WARN", "come faster than they are posted")]
    # One that rests is its receiver's business.
    CallbackReceiver.objects.create(api_key=key, strikes=9, rests=1, failing_since=long_ago)
    assert told() == [("WARN", f"the address of the key crm has taken nothing since {long_ago}")]
    CallbackReceiver.objects.all().delete()
    Callback.objects.filter(pk=row.pk).update(status="given_up")
    assert told() == [("WARN", "1 of the last week were given up: send them again from the key's page")]


@pytest.mark.django_db
def test_changes_that_no_report_counts_are_told():
    def told():
        return [(state.value, words) for state, words in checkup.PARTS["figures of reports"]()]

    fine = [("OK", "are counted as texts change")]
    long_ago = timezone.now() - timedelta(minutes=6)
    note_counted(long_ago)
    assert told() == fine
    Batch.objects.bulk_create([Batch(size=1), Batch(size=1), Batch(size=1, counted=1)])
    assert told() == [("WARN", f"2 batches changed and are not counted: reports are as of {long_ago}")]
    note_counted(timezone.now() - timedelta(minutes=4))
    assert told() == fine
