"""What an operator sees from outside: figures, the doctor, and logs that name nobody."""

import json
import logging
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import ApiKey
from campaigns.models import Batch, Callback, CallbackReceiver, Gate, Reply
from campaigns.sending.call_statistics import CallStatistics
from qsms_portal import checkup, logs

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).resolve().parents[2]


def exported():
    response = Client().get("/metrics")
    assert response.status_code == 200
    return response.content.decode()


def figure(name, told):
    return float(told.partition(f"\n{name} ")[2].partition("\n")[0])


def test_figures_are_told_to_listed_addresses_only():
    assert "qsms_stopped 0.0" in exported()
    with override_settings(METRICS_ALLOWED_IPS=["10.0.0.0/8"]):
        assert Client().get("/metrics").status_code == 403


def test_callbacks_that_wait_and_that_were_given_up_are_counted():
    key, now = ApiKey.make("crm")[0], timezone.now()
    for status, count in (("pending", 2), ("given_up", 3), ("delivered", 1)):
        for _ in range(count):
            Callback.objects.create(api_key=key, event="delivered", status=status, at=now - timedelta(hours=1))
    CallbackReceiver.objects.create(api_key=key, rests=1, rests_until=now + timedelta(minutes=1))
    told = exported()
    assert "qsms_callbacks_pending 2.0" in told
    assert "qsms_callbacks_given_up 3.0" in told
    assert "qsms_callback_receivers_resting 1.0" in told
    assert 3600 <= figure("qsms_callbacks_oldest_seconds", told) < 7200


def test_replies_that_are_not_in_the_inbox_are_told():
    now = timezone.now()
    Reply.objects.create(phone="254712345678", body={}, state="read", received_at=now - timedelta(days=1))
    Reply.objects.create(phone="254712345678", body={}, received_at=now)
    told = exported()
    assert "qsms_replies_unfiled 1.0" in told
    assert figure("qsms_replies_oldest_seconds", told) < 60
    assert [state for state, _ in checkup.PARTS["replies"]()] == [checkup.State.OK]
    Reply.objects.update(received_at=now - timedelta(hours=1))
    assert 3600 <= figure("qsms_replies_oldest_seconds", exported()) < 7200
    ((state, words),) = checkup.PARTS["replies"]()
    assert state is checkup.State.FAIL
    assert "not in the inbox" in words


def test_batches_that_reports_have_not_counted_are_told():
    assert "qsms_batches_uncounted 0.0" in exported()
    Batch.objects.bulk_create([Batch(size=1), Batch(size=1), Batch(size=1, counted=1)])
    assert "qsms_batches_uncounted 2.0" in exported()


def test_a_restored_database_is_told_and_not_an_error(capsys):
    Gate.objects.all().delete()
    assert "qsms_stopped 1.0" in exported()
    with pytest.raises(SystemExit):
        call_command("doctor")
    assert "run manage.py migrate" in capsys.readouterr().out


def test_figures_are_told_without_redis():
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert "qsms_redis_up 0.0" in exported()


def test_each_figure_of_the_dashboard_is_exported():
    statistics = CallStatistics()
    statistics.count("answered", 0.1)
    statistics.add()
    Gate.objects.update(balance=5, balance_at="2026-01-01T00:00Z", ticked_at="2026-01-01T00:00Z")
    told = exported()
    dashboard = json.loads((PROJECT / "deploy" / "grafana-dashboard.json").read_text())
    names = {
        word
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for word in target["expr"].replace("(", " ").replace(")", " ").replace("[", " ").replace("{", " ").split()
        if word.startswith("qsms_")
    }
    assert len(names) > 8
    assert not [name for name in names if f"\n{name}" not in told and f"# HELP {name} " not in told]


def test_the_doctor_says_a_line_of_each_part_and_fails_where_something_is_wrong(capsys):
    found = list(checkup.findings())
    assert {one.part for one in found} == set(checkup.PARTS)
    assert any(one.part == "database" and one.state is checkup.State.OK for one in found)
    with override_settings(QSMS_API_KEY="", QSMS_BASE_URL=""), pytest.raises(SystemExit):
        call_command("doctor")
    told = capsys.readouterr().out
    assert "FAIL gateway: no gateway is set" in told
    assert "FAIL beat: the last tick was never" in told


def record(message, **extra):
    made = logging.LogRecord("campaigns.sending", logging.WARNING, "", 1, message, (), None)
    made.__dict__.update(extra)
    return made


def test_a_log_line_names_its_batch_and_nobody():
    detail = "no\nDETAIL:  Failing row contains (1, Dear Jane,\nyour loan of 5000\nis late, +254 712 345 678)."
    try:
        raise ValueError(detail)
    except ValueError:
        failed = record("to 254712345678 or +254 with qsms_live_abcDEF123", batch=7, run=3)
        failed.exc_info = sys.exc_info()
    for formatter in (logs.JsonFormatter(), logs.LineFormatter("%(message)s")):
        line = formatter.format(failed)
        assert "254712345678" not in line
        assert "abcDEF" not in line
        assert "254 712" not in line
        assert "loan of" not in line
        assert "Jane" not in line
    told = json.loads(logs.JsonFormatter().format(failed))
    assert (told["batch"], told["run"], told["level"], told["logger"]) == (7, 3, "WARNING", "campaigns.sending")


def test_json_is_chosen_by_the_environment():
    told = subprocess.run(
        [sys.executable, "-c", "import django, logging; django.setup(); logging.getLogger('x').warning('hello')"],
        cwd=PROJECT, env={**__import__("os").environ, "LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(told.stderr.strip().split("\n")[-1])["message"] == "hello"
