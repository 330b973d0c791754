"""The rules of sending: read and set by name, on the page and by command; what is no value changes nothing."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.roles import Role
from campaigns.actions import set_rules
from campaigns.models import Rules

pytestmark = pytest.mark.django_db


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
