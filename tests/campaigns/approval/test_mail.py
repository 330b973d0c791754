"""Mail about approval goes once to whoever should know."""

import pytest
from django.core import mail
from django.test import override_settings

from accounts.roles import Role
from campaigns.actions import launch
from campaigns.approval.mail import decisions_not_told, not_told, tell_authors, tell_managers
from campaigns.models import Rules
from tests.approving import asked, decide, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always(rows_that_there_is_one_of, db):
    Rules.objects.update(approval="always")


@pytest.fixture
def jane(db):
    return person("jane", Role.COMPOSER, "jane@example.org")


@pytest.fixture
def mary(db):
    return person("mary", Role.MANAGER, "mary@example.org")


def test_managers_are_told_by_mail_once_and_not_whoever_made_it(jane, mary):
    person("paul", Role.MANAGER)
    person("admin", Role.ADMINISTRATOR, "admin@example.org")
    campaign = asked(jane[0])
    with override_settings(EMAIL_URL="smtp://localhost", PUBLIC_URL="https://sms.example.org"):
        assert not_told() == [campaign.pk]
        assert tell_managers(campaign.pk) == 2
        assert tell_managers(campaign.pk) == 0
        assert not_told() == []
    assert sorted(one.to[0] for one in mail.outbox) == ["admin@example.org", "mary@example.org"]
    assert mail.outbox[0].subject == "To approve: Reminders"
    for words in (
        f"https://sms.example.org/campaigns/{campaign.pk}/approval",
        "Dear <name>, KES <balance>",
        "about 3 people",
    ):
        assert words in mail.outbox[0].body


def test_whoever_made_it_is_told_by_mail_once_what_was_decided(jane, mary):
    campaign = asked(jane[0])
    with override_settings(EMAIL_URL="smtp://localhost", PUBLIC_URL="https://sms.example.org"):
        decide(mary[1], campaign, "return", comment="Say when it is due.")
        assert decisions_not_told() == [campaign.pk]
        assert [tell_authors(campaign.pk) for _ in range(2)] == [1, 0]
        launch.launch(campaign.pk, user=jane[0])
        campaign.refresh_from_db()
        decide(mary[1], campaign, "approve")
        assert tell_authors(campaign.pk) == 1
        assert decisions_not_told() == []
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["jane@example.org"], "Returned: Reminders"),
        (["jane@example.org"], "Approved: Reminders"),
    ]
    assert "Say when it is due." in mail.outbox[0].body
    assert f"https://sms.example.org/campaigns/{campaign.pk}" in mail.outbox[0].body
    assert "approved by mary" in mail.outbox[1].body


def test_a_decision_that_is_asked_for_anew_is_told_no_more(jane, mary):
    campaign = asked(jane[0])
    with override_settings(EMAIL_URL="smtp://localhost"):
        decide(mary[1], campaign, "return", comment="Say when it is due.")
        launch.launch(campaign.pk, user=jane[0])
        assert decisions_not_told() == []
        assert tell_authors(campaign.pk) == 0


def test_a_decision_from_before_there_was_mail_is_not_told_once_there_is(jane, mary):
    decide(mary[1], asked(jane[0]), "approve")
    with override_settings(EMAIL_URL="smtp://localhost"):
        assert decisions_not_told() == []
