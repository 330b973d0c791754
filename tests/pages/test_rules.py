"""The rules of sending: read and set by name, on the page and by command; what is no value changes nothing."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.actions import set_rules
from campaigns.models import Rules

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name, text, shown",
    [
        ("quiet_hours", "18:00-08:00", "18:00-08:00"),
        ("quiet_hours", "7:30 - 9:00", "07:30-09:00"),
        ("quiet_hours", "off", "off"),
        ("daily_limit", "KES 5,000", "5000.00"),
        ("daily_limit", "off", "off"),
        ("campaign_limit", "0.5", "0.50"),
        ("late_limit", "90m", "90m"),
        ("late_limit", "2d", "48h"),
        ("report_months", "6", "6"),
        ("message_months", "forever", "forever"),
        ("message_months", "24", "24"),
    ],
)
def test_a_rule_is_set_and_shown(name, text, shown):
    assert set_rules.set_rule(name, text) == shown
    assert set_rules.rules_shown()[name] == shown
    assert AuditEntry.objects.get().about == name


@pytest.mark.parametrize(
    "name, text",
    [
        ("quiet_hours", "25:00-08:00"), ("quiet_hours", "08:00-08:00"), ("quiet_hours", ""), ("quiet_hours", "evening"),
        ("daily_limit", "-1"), ("daily_limit", "NaN"), ("daily_limit", "1e99"), ("daily_limit", "much"),
        ("late_limit", "0h"), ("late_limit", "12"), ("report_months", "0"), ("report_months", "forever"),
        ("message_months", "²"),
    ],
)  # fmt: skip
def test_what_is_no_value_changes_nothing(name, text):
    before = set_rules.rules_shown()
    with pytest.raises(set_rules.BadRule):
        set_rules.set_rule(name, text)
    assert set_rules.rules_shown() == before
    with pytest.raises(CommandError):
        call_command("setting", name, text)


def test_the_command_lists_all_and_masks_what_is_secret(settings):
    settings.QSMS_API_KEY = "qsms_live_very_secret_key"
    out = io.StringIO()
    call_command("setting", stdout=out)
    assert "quiet_hours = 18:00-08:00" in out.getvalue()
    assert "very_secret" not in out.getvalue()
    with pytest.raises(CommandError, match="environment"):
        call_command("setting", "QSMS_API_KEY", "other")
    with pytest.raises(CommandError, match="no setting"):
        call_command("setting", "nothing", "1")


def test_administrators_change_them_on_the_page_and_errors_stay_at_their_fields(sign_in):
    assert sign_in(Role.MANAGER).get("/settings/rules").status_code == 403
    client = sign_in(Role.ADMINISTRATOR)
    values = set_rules.rules_shown() | {"quiet_hours": "20:00-07:00", "daily_limit": "nothing"}
    wrong = client.post("/settings/rules", values)
    assert "A limit is an amount in KES" in wrong.content.decode()
    assert set_rules.rules_shown()["quiet_hours"] == "18:00-08:00"
    client.post("/settings/rules", values | {"daily_limit": "1000"})
    assert set_rules.rules_shown()["quiet_hours"] == "20:00-07:00"
    assert Rules.objects.get().daily_limit == 1000
    assert "20:00-07:00" in client.get("/settings/").content.decode()
