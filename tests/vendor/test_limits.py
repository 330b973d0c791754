"""A call keeps to the rules: approval, numbers a day, limits of spending, the balance, the key's rate and end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import ApiKey, User
from campaigns.models import Gate, Message, Rules, ScriptCall, SingleCount
from campaigns.vendor import waiting
from tests.makers import with_role
from tests.vendor.conftest import VendorScript
from tests.vendor.test_answers import FIRST, SECOND

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_wait(monkeypatch):
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timedelta())


def texts(how_many):
    return [FIRST | {"mobile": f"2547{number:08}", "client_ref": str(number)} for number in range(how_many)]


@pytest.mark.parametrize(
    "approval, people, asked, code",
    [
        ("off", None, 5, "1000"),
        ("above", 4, 5, "1011"),
        ("above", 5, 5, "1000"),
        ("above", None, 5, "1000"),
        ("always", None, 2, "1011"),
        ("always", None, 1, "1000"),
    ],
)
def test_more_texts_at_once_than_the_rule_of_approval_lets_go(script, approval, people, asked, code):
    Rules.objects.update(approval=approval, approval_people=people)
    status, told = script.many(texts(asked))
    assert (status, told["status_code"]) == (200, code)
    assert Message.objects.count() == (asked if code == "1000" else 0)


def test_every_text_counts_against_the_key_s_number_a_day(script):
    Rules.objects.update(key_texts=3)
    assert script.many(texts(2))[1]["status_code"] == "1000"
    status, told = script.many(texts(2))
    assert (status, told["status_code"]) == (200, "1016")
    assert script.one()[1]["status_code"] == "1000"
    assert script.one()[1]["status_code"] == "1016"
    assert Message.objects.count() == SingleCount.objects.get().texts == 3
    # What is refused is not counted.
    assert script.many([FIRST | {"mobile": "1"}])[1]["status_code"] == "1000"


def test_it_counts_on_the_limit_of_the_key_s_owner(script):
    owner = with_role(User.objects.create_user("owner", monthly_limit=Decimal("1.00")), "manager")
    ApiKey.objects.filter(pk=script.api_key.pk).update(owner=owner)
    status, told = script.many([FIRST, SECOND])
    assert (status, told["status_code"]) == (200, "1016")
    assert "KES 1.00 of KES 1.00 left" in told["status_desc"]
    assert script.one()[1]["status_code"] == "1000"


@pytest.mark.parametrize(
    "balance, spent, guard, code",
    [
        ("1.19", "0", "warn", "1004"),
        ("1.20", "0", "warn", "1000"),
        ("2.00", "1", "halt", "1004"),
        ("1.19", "0", "off", "1000"),
        ("-100", "0", "warn", "1000"),
        (None, "0", "warn", "1000"),
    ],
)
def test_a_balance_that_is_too_little(script, settings, balance, spent, guard, code):
    settings.QSMS_BALANCE_GUARD = guard
    Gate.objects.update(balance=balance, spent_since=spent)
    status, told = script.many([FIRST, SECOND])
    assert (status, told["status_code"]) == (200, code)
    assert ScriptCall.objects.exists() == (code == "1000")


def test_the_rate_of_the_key(script):
    ApiKey.objects.filter(pk=script.api_key.pk).update(calls_a_minute=2)
    taken = 0
    # The minute may end meanwhile.
    while (answer := script.one())[0] == 200:
        taken += 1
        assert taken <= 4
    assert (answer[0], answer[1]["status_code"]) == (429, "1008")
    assert 0 < int(script.response["Retry-After"]) <= 60
    assert Message.objects.count() == taken >= 2


def test_a_key_that_has_ended(script):
    assert VendorScript(ends_at=timezone.now()).one()[1]["status_code"] == "1006"
    assert VendorScript(revoked_at=timezone.now()).one()[1]["status_code"] == "1006"
