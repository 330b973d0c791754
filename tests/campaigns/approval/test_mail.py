"""Mail about approval goes once to whoever should know."""

import socket

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings

from accounts.roles import Role
from campaigns.actions import launch
from campaigns.approval import mail as approval_mail
from campaigns.approval.mail import decisions_not_told, not_told, tell_authors, tell_managers
from campaigns.models import Campaign, Rules
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


def test_a_name_of_more_lines_that_was_kept_before_is_one_line_of_a_subject(jane, mary):
    campaign = asked(jane[0])
    with connection.cursor() as cursor:
        name = "November\r\nBcc: everybody@example.org"
        cursor.execute("UPDATE campaigns_campaign SET name = %s WHERE id = %s", [name, campaign.pk])
    with override_settings(EMAIL_URL="smtp://localhost"):
        assert tell_managers(campaign.pk) == 1
        decide(mary[1], Campaign.objects.get(), "approve")
        assert tell_authors(campaign.pk) == 1
    assert [one.subject for one in mail.outbox] == [
        "To approve: November Bcc: everybody@example.org",
        "Approved: November Bcc: everybody@example.org",
    ]
    assert [one.recipients() for one in mail.outbox] == [["mary@example.org"], ["jane@example.org"]]


@pytest.fixture
def away():
    """Where no mail server answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    backend = "django.core.mail.backends.smtp.EmailBackend"
    return override_settings(EMAIL_URL="smtp://x", EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port)


def passed():
    before = Campaign.objects.get().mail_tried_at - 2 * approval_mail.TRIED_AGAIN_AFTER
    Campaign.objects.update(mail_tried_at=before)


def test_managers_are_told_once_a_mail_went_out_and_not_before(jane, mary, away):
    campaign = asked(jane[0])
    with away:
        assert tell_managers(campaign.pk) == 0
        assert Campaign.objects.get().told_at is None
        assert not_told() == [], "not again at once: the server may be away for long"
        passed()
        assert not_told() == [campaign.pk]
    with override_settings(EMAIL_URL="smtp://localhost"):
        assert tell_managers(campaign.pk) == 1
        assert Campaign.objects.get().told_at is not None
        assert not_told() == []
    assert len(mail.outbox) == 1


def test_authors_are_told_once_a_mail_went_out_and_not_before(jane, mary, away):
    campaign = asked(jane[0])
    with away:
        decide(mary[1], campaign, "approve")
        assert tell_authors(campaign.pk) == 0
        assert (Campaign.objects.get().author_untold, decisions_not_told()) == (True, [])
        passed()
        assert decisions_not_told() == [campaign.pk]
    with override_settings(EMAIL_URL="smtp://localhost"):
        assert tell_authors(campaign.pk) == 1
        assert (Campaign.objects.get().author_untold, decisions_not_told()) == (False, [])
    assert [one.to for one in mail.outbox] == [["jane@example.org"]]


def test_of_several_managers_one_who_cannot_be_reached_stops_no_mail(jane, mary):
    bad = person("paul", Role.MANAGER, "paul@example.org")
    type(bad[0]).objects.filter(pk=bad[0].pk).update(email="paul@example.org\nBcc: x@example.org")
    campaign = asked(jane[0])
    with override_settings(EMAIL_URL="smtp://localhost"):
        assert tell_managers(campaign.pk) == 1
        assert not_told() == []
    assert [one.to for one in mail.outbox] == [["mary@example.org"]]
