"""A key's end, its rate, and when and from where it was last used."""

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, KeyUse
from accounts.roles import Role
from campaigns.maintenance.retention import CALLS_KEPT, keep_house
from contacts.models import ContactGroup
from tests.api.described import check_answer
from tests.approving import person
from tests.calls import Beside

pytestmark = pytest.mark.django_db(transaction=True)

THIS_MINUTE_AND_THE_NEXT = """
INSERT INTO accounts_keyuse (api_key_id, minute, calls)
SELECT %s, date_trunc('minute', now()) + ahead * interval '1 minute', %s FROM generate_series(0, 1) ahead
"""
DAY = timedelta(days=1)


def make_key(**fields):
    key, secret = ApiKey.make("crm", Role.MANAGER, **fields)
    return key, secret


def call(secret, method="GET", path="/v1/campaigns", body=None, **request):
    sent = b"" if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().generic(method, path, sent, content_type="application/json", headers=headers, **request)
    check_answer(method, path, answer.status_code, json.loads(answer.content))
    return answer


def fill_its_minutes(key):
    """As many calls as it may make, now and in the next minute: the test may stand at the border of two."""
    with connection.cursor() as cursor:
        cursor.execute(THIS_MINUTE_AND_THE_NEXT, [key.pk, key.calls_a_minute])


def calls_of(key):
    return sum(KeyUse.objects.filter(api_key=key).values_list("calls", flat=True))


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 11, 30), datetime(2026, 11, 30, 21, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 21, tzinfo=UTC)),
        (date(2999, 12, 31), datetime(2999, 12, 31, 21, tzinfo=UTC)),
    ],
)
def test_a_key_works_through_its_last_day_in_the_portal_s_zone(day, ends):
    assert ApiKey.end_of(day) == ends
    assert ApiKey(ends_at=ends).last_day == day


def test_a_key_past_its_end_is_refused_with_its_last_day():
    going = make_key(ends_at=timezone.now() + DAY)[1]
    ended, secret = make_key(ends_at=ApiKey.end_of(timezone.localdate() - DAY))
    assert call(going).status_code == 200
    answer = call(secret)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unknown_key")
    assert f"{ended.last_day:%-d %B %Y} was its last day" in answer.json()["error"]["message"]
    assert ended.last_used_at is None
    assert set(ApiKey.objects.in_use().values_list("name", "hint")) == {
        ("crm", ApiKey.objects.exclude(pk=ended.pk).get().hint)
    }


def test_a_key_that_has_ended_is_told_of_nothing():
    key = ApiKey(callback_url="https://example.com/told", ends_at=timezone.now() + DAY)
    assert key.wants_callbacks
    key.ends_at = timezone.now()
    assert not key.wants_callbacks


def test_over_its_rate_a_key_is_told_when_to_come_back():
    key, secret = make_key(calls_a_minute=2)
    fill_its_minutes(key)
    answer = call(secret, "POST", "/v1/groups", {"name": "Loans"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert "2 times a minute" in answer.json()["error"]["message"]
    assert not ContactGroup.objects.exists()
    assert call(make_key(calls_a_minute=2)[1]).status_code == 200


def test_a_key_without_a_rate_is_not_counted():
    assert call(make_key()[1]).status_code == 200
    assert not KeyUse.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/campaigns", None, 200),
        ("GET", "/v1/campaigns?limt=1", None, 422),
        ("POST", "/v1/groups", {"name": ""}, 422),
        ("POST", "/v1/campaigns/1000000/pause", {}, 404),
    ],
)
def test_each_call_counts_once_whatever_came_of_it(method, path, body, status):
    key, secret = make_key(calls_a_minute=5)
    assert call(secret, method, path, body).status_code == status
    assert calls_of(key) == 1


def test_calls_at_once_share_one_count():
    key, secret = make_key(calls_a_minute=3)
    answers = []
    callers = [Beside(lambda: answers.append(call(secret).status_code)) for _ in range(12)]
    for one in callers:
        one.join()
    counts = list(KeyUse.objects.filter(api_key=key).values_list("calls", flat=True))
    assert (len(answers), set(answers)) == (12, {200, 429})
    assert answers.count(200) == sum(counts)
    assert max(counts) == 3


def test_counts_of_minutes_long_past_go():
    key, _ = make_key(calls_a_minute=3)
    fill_its_minutes(key)
    KeyUse.objects.create(api_key=key, minute=timezone.now() - CALLS_KEPT - DAY, calls=3)
    keep_house(5)
    assert KeyUse.objects.count() == 2


def test_it_is_kept_from_where_a_key_was_last_used(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    behind, secret = make_key()
    call(secret, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 203.0.113.7")
    told_by_itself, other = make_key()
    call(other, REMOTE_ADDR="203.0.113.8", HTTP_X_FORWARDED_FOR="203.0.113.9")
    for key, address in ((behind, "203.0.113.7"), (told_by_itself, "203.0.113.8")):
        key.refresh_from_db()
        assert (key.last_used_from, key.last_used_at is None) == (address, False)


def test_the_command_gives_a_key_its_last_day_and_rate():
    out = io.StringIO()
    call_command("create_api_key", "till", "--ends", "2999-12-31", "--rate", "60", stdout=out)
    key = ApiKey.objects.get(hash=ApiKey.hash_of(out.getvalue().splitlines()[-1]))
    assert (key.role, key.last_day, key.calls_a_minute) == ("manager", date(2999, 12, 31), 60)
    detail = AuditEntry.objects.get(act="API key made").detail
    assert (detail["last_day"], detail["calls_a_minute"]) == ("2999-12-31", 60)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ends", "tomorrow"], "tomorrow is no day as 2027-12-31"),
        (["--ends", "2026-01-01"], "--ends takes a day from today"),
        (["--ends", "9999-12-31"], "--ends takes a day from today to 2999-12-31"),
        (["--rate", "0"], "--rate takes 1 to"),
        (["--rate", "9999999999"], "--rate takes 1 to"),
    ],
)
def test_the_command_refuses_what_is_no_day_or_rate(words, said):
    with pytest.raises(CommandError, match=said):
        call_command("create_api_key", "till", *words)
    assert not ApiKey.objects.exists()


def on_the_page(client, **typed):
    return client.post("/settings/keys", {"name": "till", "role": "composer", "owner": "", **typed})


@pytest.fixture
def admin():
    return person("ann", Role.ADMINISTRATOR)[1]


def test_the_page_has_no_role_until_somebody_chooses_one(admin):
    form = admin.get("/settings/keys").context["form"]
    assert form["role"].value() in (None, "")
    told = on_the_page(admin, role="")
    assert "required" in str(told.context["form"].errors["role"])
    assert not ApiKey.objects.exists()


def test_the_page_gives_a_key_its_last_day_and_rate_and_shows_them(admin):
    on_the_page(admin, last_day="2999-12-31", calls_a_minute="60")
    key = ApiKey.objects.get()
    assert (key.role, key.last_day, key.calls_a_minute) == ("composer", date(2999, 12, 31), 60)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now(), last_used_from="203.0.113.7")
    make_key(ends_at=timezone.now() - DAY)
    shown = admin.get("/settings/keys").content.decode()
    assert "31 Dec 2999" in shown
    assert "from 203.0.113.7" in shown
    assert shown.count(">ended<") == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"last_day": "2026-01-01"}, "last_day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"last_day": "soon"}, "last_day"),
        ({"calls_a_minute": "0"}, "calls_a_minute"),
        ({"calls_a_minute": "-5"}, "calls_a_minute"),
        ({"calls_a_minute": "many"}, "calls_a_minute"),
        ({"calls_a_minute": "99999999999"}, "calls_a_minute"),
    ],
)
def test_the_page_refuses_what_is_no_day_or_rate(admin, typed, field):
    assert set(on_the_page(admin, **typed).context["form"].errors) == {field}
    assert not ApiKey.objects.exists()


def test_a_key_s_name_last_day_and_rate_are_changed_and_the_audit_says_how(admin):
    key, secret = make_key(calls_a_minute=5, ends_at=ApiKey.end_of(date(2999, 1, 1)))
    typed = {"name": "shop", "last_day": "2999-12-31", "calls_a_minute": ""}
    assert admin.post(f"/settings/keys/{key.pk}", typed)["Location"] == "/settings/keys"
    key.refresh_from_db()
    assert (key.name, key.last_day, key.calls_a_minute) == ("shop", date(2999, 12, 31), None)
    assert (key.role, key.hash) == ("manager", ApiKey.hash_of(secret))
    detail = AuditEntry.objects.get(act="API key changed").detail
    assert detail["before"] == {"Name": "crm", "Last day on which it works": "2999-01-01", "Calls a minute": "5"}
    assert detail["after"] == {"Name": "shop", "Last day on which it works": "2999-12-31", "Calls a minute": ""}


def test_a_key_that_has_ended_may_be_named_anew_and_go_on(admin):
    key, secret = make_key(ends_at=ApiKey.end_of(date(2026, 1, 1)))
    admin.post(f"/settings/keys/{key.pk}", {"name": "old till", "last_day": "2026-01-01", "calls_a_minute": ""})
    assert ApiKey.objects.get().name == "old till"
    admin.post(f"/settings/keys/{key.pk}", {"name": "till", "last_day": "2026-01-02", "calls_a_minute": ""})
    assert (ApiKey.objects.get().name, call(secret).status_code) == ("old till", 401)
    admin.post(f"/settings/keys/{key.pk}", {"name": "till", "last_day": "", "calls_a_minute": ""})
    assert call(secret).status_code == 200


def test_a_key_that_is_revoked_is_not_changed(admin):
    key, _ = make_key()
    ApiKey.objects.update(revoked_at=timezone.now())
    assert admin.get(f"/settings/keys/{key.pk}").status_code == 404
    assert f'href="/settings/keys/{key.pk}"' not in admin.get("/settings/keys").content.decode()
