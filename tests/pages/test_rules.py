"""The rules of sending: read and set by name, on the page and by command; what is no value changes nothing."""

import io

import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import expect

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.actions import set_rules
from campaigns.forms.rule_inputs import INPUTS
from campaigns.models import Rules
from tests.axe import violations
from tests.pages.browsing import signed_in
from tests.reading import read
from tests.ruling import typed

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
    values = typed(quiet_hours_from="20:00", quiet_hours_until="07:00", daily_limit_on="on", daily_limit_amount="")
    wrong = read(client.post("/settings/rules", values))
    assert "Give the amount, or switch the limit off." in wrong and 'value="20:00"' in wrong
    assert set_rules.rules_shown()["quiet_hours"] == "18:00-08:00"
    client.post("/settings/rules", values | {"daily_limit_amount": "1000"})
    assert set_rules.rules_shown()["quiet_hours"] == "20:00-07:00"
    assert Rules.objects.get().daily_limit == 1000
    told = read(client.get("/settings/"))
    assert "20:00 to 07:00" in told and "KES 1,000.00" in told and "12 hours" in told


def test_what_is_saved_untouched_changes_nothing(sign_in):
    client, before = sign_in(Role.ADMINISTRATOR), set_rules.rules_shown()
    for name, text in [
        ("approval", "above 1000 people or KES 5000"), ("late_limit", "90m"), ("second_factor", "manager"),
        ("message_months", "24"), ("daily_limit", "0"),
    ]:  # fmt: skip
        set_rules.set_rule(name, text)
        before[name] = set_rules.rules_shown()[name]
    written = AuditEntry.objects.filter(act="rule changed").count()
    assert client.post("/settings/rules", typed()).status_code == 302
    assert set_rules.rules_shown() == before
    assert AuditEntry.objects.filter(act="rule changed").count() == written


@pytest.mark.parametrize(
    "changes, rule, text",
    [
        ({"quiet_hours_on": None}, "quiet_hours", "off"),
        ({"daily_limit_on": "on", "daily_limit_amount": "5000.50"}, "daily_limit", "5000.50"),
        ({"approval_way": "always"}, "approval", "always"),
        ({"approval_way": "above", "approval_people": "1000"}, "approval", "above 1000 people"),
        ({"approval_way": "above", "approval_cost": "5000"}, "approval", "above KES 5000"),
        (
            {"approval_way": "above", "approval_people": "1000", "approval_cost": "5000"}, "approval",
            "above 1000 people or KES 5000",
        ),
        ({"growth_share_number": "5"}, "growth_share", "5%"),
        ({"person_texts_on": None}, "person_texts", "off"),
        ({"key_texts_on": "on", "key_texts_number": "7"}, "key_texts", "7"),
        ({"second_factor_roles": ["administrator", "manager"]}, "second_factor", "manager, administrator"),
        ({"late_limit_number": "90", "late_limit_unit": "m"}, "late_limit", "90m"),
        ({"late_limit_number": "2", "late_limit_unit": "d"}, "late_limit", "48h"),
        ({"report_months_number": "3"}, "report_months", "3"),
        ({"message_months_on": "on", "message_months_number": "24"}, "message_months", "24"),
        ({"audit_months_on": "on", "audit_months_number": "36"}, "audit_months", "36"),
    ],
)  # fmt: skip
def test_each_rule_is_chosen_and_no_other_changes(sign_in, changes, rule, text):
    before = set_rules.rules_shown()
    assert sign_in(Role.ADMINISTRATOR).post("/settings/rules", typed(**changes)).status_code == 302
    assert set_rules.rules_shown() == before | {rule: text}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"quiet_hours_until": "18:00"}, "That is the time at which they begin."),
        ({"quiet_hours_from": ""}, "Say from when on."),
        ({"quiet_hours_from": "25:00"}, "Enter a valid time."),
        ({"daily_limit_on": "on", "daily_limit_amount": "-1"}, "greater than or equal to 0"),
        ({"approval_way": "above"}, "Give a number of people, a cost, or both."),
        ({"approval_way": "sometimes"}, "Select a valid choice"),
        ({"person_texts_number": ""}, "Give the number, or switch it off."),
        ({"late_limit_number": ""}, "Give how late."),
        ({"late_limit_number": "0"}, "greater than or equal to 1"),
        ({"report_months_number": "601"}, "less than or equal to 600"),
        ({"growth_share_number": "1001"}, "less than or equal to 1000"),
        ({"second_factor_roles": ["cook"]}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(sign_in, changes, words):
    before = set_rules.rules_shown()
    fine = {"key_texts_on": "on", "key_texts_number": "3"}
    told = read(sign_in(Role.ADMINISTRATOR).post("/settings/rules", typed(**fine | changes)))
    assert words in told and "Nothing is saved yet" in told
    assert set_rules.rules_shown() == before


def test_who_switches_a_rule_on_again_finds_what_it_was(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    client.post("/settings/rules", typed(quiet_hours_from="20:30", quiet_hours_until="06:00"))
    client.post("/settings/rules", typed(daily_limit_on="on", daily_limit_amount="750"))
    client.post("/settings/rules", typed(quiet_hours_on=None, daily_limit_on=None))
    assert set_rules.rules_shown()["quiet_hours"] == set_rules.rules_shown()["daily_limit"] == "off"
    page = read(client.get("/settings/rules"))
    assert 'value="20:30"' in page and 'value="06:00"' in page and 'value="750.00"' in page
    client.post("/settings/rules", typed(quiet_hours_on="on", daily_limit_on="on"))
    assert set_rules.rules_shown()["quiet_hours"] == "20:30-06:00"
    assert set_rules.rules_shown()["daily_limit"] == "750.00"


def test_a_rule_without_inputs_of_its_own_is_a_text_box(sign_in, monkeypatch):
    monkeypatch.delitem(INPUTS, "late_limit")
    client = sign_in(Role.ADMINISTRATOR)
    assert client.post("/settings/rules", typed(late_limit_written="2d")).status_code == 302
    assert set_rules.rules_shown()["late_limit"] == "48h"
    assert "How late is written 12h" in read(client.post("/settings/rules", typed(late_limit_written="soon")))


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
@pytest.mark.usefixtures("database_beside_the_browser")
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scripts", [True, False])
def test_in_a_browser_what_is_off_is_not_in_the_way(chromium, live_server, sign_in, width, scripts):
    viewport = {"width": width, "height": 900}
    context = signed_in(
        chromium, live_server, sign_in(Role.ADMINISTRATOR), viewport=viewport, java_script_enabled=scripts
    )
    with context:
        page = context.new_page()
        page.goto("/settings/rules")
        amount = page.locator("[name=daily_limit_amount]")
        expect(amount).to_be_hidden()
        expect(page.get_by_label("More people than")).to_be_hidden()
        page.get_by_role("group", name="Spending in a day").get_by_label("Limit it").check()
        amount.fill("5000")
        page.get_by_label("Campaigns above a number of people").check()
        page.get_by_label("More people than").fill("1000")
        if scripts:
            assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name="Save").click()
        page.get_by_text("The rules are saved").wait_for()
    assert set_rules.rules_shown()["daily_limit"] == "5000.00"
    assert set_rules.rules_shown()["approval"] == "above 1000 people"
