"""The rules by name; what is no value changes nothing."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from campaigns.actions import set_rules

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
        ("weekly_texts", "3 texts", "3"),
        ("weekly_texts", "off", "off"),
        ("late_limit", "90m", "90m"),
        ("late_limit", "2d", "48h"),
        ("report_months", "6", "6"),
        ("message_months", "forever", "forever"),
        ("message_months", "24", "24"),
        ("audit_months", "forever", "forever"),
        ("audit_months", "24", "24"),
    ],
)
def test_a_rule_is_set_and_shown(name, text, shown):
    assert set_rules.set_rule(name, text) == shown
    assert set_rules.rules_shown()[name] == shown
    assert AuditEntry.objects.get().about == f"rule {name}"


@pytest.mark.parametrize(
    "name, text",
    [
        ("quiet_hours", "25:00-08:00"), ("quiet_hours", "08:00-08:00"), ("quiet_hours", ""), ("quiet_hours", "evening"),
        ("daily_limit", "-1"), ("daily_limit", "NaN"), ("daily_limit", "1e99"), ("daily_limit", "much"),
        ("late_limit", "0h"), ("late_limit", "12"), ("report_months", "0"), ("report_months", "forever"),
        ("message_months", "²"), ("weekly_texts", "0"), ("weekly_texts", "1001"), ("weekly_texts", "few"),
    ],
)  # fmt: skip
def test_what_is_no_value_changes_nothing(name, text):
    before = set_rules.rules_shown()
    with pytest.raises(set_rules.BadRule):
        set_rules.set_rule(name, text)
    assert set_rules.rules_shown() == before
    with pytest.raises(CommandError):
        call_command("setting", name, text)


@pytest.mark.parametrize(
    "given, shown",
    [
        ("off", "off"), ("always", "always"), ("on", "always"), ("1,000 people", "above 1000 people"),
        ("above KES 5000", "above KES 5000"), ("KES 99.50 or 10", "above 10 people or KES 99.5"),
    ],
)  # fmt: skip
def test_the_rule_of_approval_is_shown_as_it_may_be_given(given, shown):
    assert set_rules.set_rule("approval", given) == shown
    assert set_rules.set_rule("approval", shown) == shown


@pytest.mark.parametrize("given", ["maybe", "above", "-5 people", "kes", "1000 dollars"])
def test_what_is_no_rule_of_approval_is_refused(given):
    with pytest.raises(set_rules.BadRule):
        set_rules.set_rule("approval", given)
