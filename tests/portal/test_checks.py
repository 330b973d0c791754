"""Settings that can be read and cannot be meant: each mistake by its id, and with what to write instead."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks

from qsms_portal import checks

OIDC = {
    "OIDC_ISSUER": "https://login.example.com/realm",
    "OIDC_CLIENT_ID": "portal",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ROLES": {"sms-admins": "administrator"},
}
NOT_MEANT = [
    ("E001", "Write kes.", {"QSMS_COST_UNIT": "KES"}),
    ("E001", "Write credits or kes.", {"QSMS_COST_UNIT": "money"}),
    ("E001", "Write off or warn or halt.", {"QSMS_BALANCE_GUARD": "stop"}),
    ("E001", "Write transaction.", {"DATABASE_POOLER": "session"}),
    ("E002", "from 1 to 1,000.", {"QSMS_BATCH_SIZE": 0}),
    ("E002", "Write how many texts in one call: from 1 to 1,000.", {"QSMS_BATCH_SIZE": 1001}),
    ("E002", "from 0 to", {"QSMS_MAX_PER_SECOND": -1}),
    ("E002", "from 1 to 200.", {"QSMS_POSTS_AT_ONCE": 0}),
    ("E002", "how many seconds", {"QSMS_CONNECT_TIMEOUT": 0.0}),
    ("E002", "from 0.1 to 600.", {"QSMS_READ_TIMEOUT": 60_000.0}),
    ("E002", "from 1 to 3,600.", {"QSMS_LEASE_SLACK": timedelta(seconds=-60)}),
    ("E002", "from 0 to", {"QSMS_UNCERTAIN_WAIT": timedelta(days=30)}),
    ("E002", "how many hours", {"QSMS_REPORT_TIMEOUT": timedelta(0)}),
    ("E003", "such as KE.", {"PHONE_REGION": "ke"}),
    ("E003", "such as KE.", {"PHONE_REGION": "Kenya"}),
    ("E004", "https://portal.example.com", {"PUBLIC_URL": "portal.example.com"}),
    ("E004", "https://portal.example.com", {"PUBLIC_URL": "HTTPS://portal.example.com"}),
    ("E004", "the host alone", {"PUBLIC_URL": "http://127.0.0.1/portal"}),
    ("E004", "the host alone", {"PUBLIC_URL": "http://127.0.0.1:port"}),
    ("E004", "the host alone", {"PUBLIC_URL": "http://[::1"}),
    ("E004", "the host alone", {"PUBLIC_URL": ""}),
    ("E005", "no blanks", {"ALLOWED_HOSTS": ["127.0.0.1", " portal.example.com"]}),
    ("E017", "Write the address of what takes https", {"PUBLIC_URL": "https://portal.example.com", "SECURE": True}),
    ("E005", "hosts alone", {"ALLOWED_HOSTS": ["127.0.0.1", "https://portal.example.com"]}),
    ("E017", "Write the address of what takes https", {"PUBLIC_URL": "https://portal.example.com", "SECURE": True}),
    ("E005", "hosts alone", {"ALLOWED_HOSTS": ["127.0.0.1", "portal.example.com:8000"]}),
    ("E006", "the portal adds the path", {"QSMS_BASE_URL": "sms.qorami.io", "QSMS_API_KEY": "k"}),
    ("E006", "the portal adds the path", {"QSMS_BASE_URL": "https://sms.qorami.io/api/sms", "QSMS_API_KEY": "k"}),
    ("E006", "the portal adds the path", {"QSMS_ACCOUNT_URL": "https://api.qsms.co.ke/v1"}),
    ("E006", "the portal adds the path", {"QSMS_ACCOUNT_URL": "https://me:word@api.qsms.co.ke"}),
    ("E007", "without blanks", {"QSMS_BASE_URL": "https://sms.qorami.io", "QSMS_API_KEY": "qsms_live_a b"}),
    ("E007", "quotation marks", {"QSMS_BASE_URL": "https://sms.qorami.io", "QSMS_API_KEY": "“qsms_live_a”"}),
    ("E008", "up to 11 characters", {"QSMS_SENDER_ID": "NINE LENDERS"}),
    ("E008", "as it was registered", {"QSMS_SENDER_ID": "LENDERS "}),
    ("E009", "or 0", {"QSMS_SERVICE_ID": ""}),
    ("E009", "or 0", {"QSMS_SERVICE_ID": "1" * 21}),
    ("E010", "With DATABASE_URL every process needs the same one", {"SECRET_KEY": ""}),
    ("E010", "With DATABASE_URL every process needs the same one", {"QSMS_DLR_TOKENS": []}),
    ("E011", "new,old without a blank", {"QSMS_DLR_TOKENS": ["new", " old"]}),
    ("E011", "part of an address", {"QSMS_DLR_TOKENS": ["a/b"]}),
    ("E021", "such as crm.internal,10.2.0.0/16.", {"CALLBACK_PRIVATE_HOSTS": ["https://crm.internal"]}),
    ("E021", "hosts or networks alone", {"CALLBACK_PRIVATE_HOSTS": ["crm.internal:8080"]}),
    ("E021", "hosts or networks alone", {"CALLBACK_PRIVATE_HOSTS": ["10.0.0"]}),
    ("E012", "redis://host:6379/0", {"EMBEDDED_REDIS": False, "REDIS_URL": "host:6379"}),
    ("E012", "redis://host:6379/0", {"EMBEDDED_REDIS": False, "REDIS_URL": "redis://host:6379/first"}),
    ("E012", "redis://host:6379/0", {"EMBEDDED_REDIS": False, "REDIS_URL": "unix:///run/redis.sock"}),
    ("E013", "10.0.0.0/8,::1", {"METRICS_ALLOWED_IPS": ["loopback"]}),
    ("E013", "10.0.0.0/8,::1", {"QSMS_DLR_ALLOWED_IPS": ["10.0.0.0/8", "10.0.0.300"]}),
    ("E013", "10.0.0.0/8,::1", {"TRUSTED_PROXIES": ["proxy.example.com"]}),
    ("E014", "portal@example.com", {"EMAIL_URL": "smtp://mail.example.com", "EMAIL_FROM": "QSMS Portal"}),
    ("E015", "smtp+tls://", {"EMAIL_URL": "smtp://", "EMAIL_FROM": "portal@example.com"}),
    ("E018", "as the provider names itself", OIDC | {"OIDC_ISSUER": "login.example.com"}),
    ("E018", "as the provider names itself", OIDC | {"OIDC_ISSUER": "http://login.example.com"}),
    ("E018", "as the provider names itself", OIDC | {"OIDC_ISSUER": "https://login.example.com/;script-src"}),
    ("E018", "as the provider names itself", OIDC | {"OIDC_ISSUER": "https://login.example.com/" + "a" * 200}),
    ("E018", "as the provider names itself", OIDC | {"OIDC_ISSUER": "https://me:word@login.example.com"}),
    ("E019", "gives it with OIDC_ISSUER", OIDC | {"OIDC_CLIENT_ID": ""}),
    ("E019", "gives it with OIDC_ISSUER", OIDC | {"OIDC_CLIENT_SECRET": ""}),
    ("E020", "Write viewer, composer", OIDC | {"OIDC_ROLES": {"sms-admins": "boss"}}),
    (
        "E016",
        "Leave PRACTICE_MODE out",
        {"PRACTICE": True, "QSMS_BASE_URL": "https://sms.qorami.io", "QSMS_API_KEY": "k"},
    ),
]
SUSPICIOUS = [
    ("W002", "Write 5 seconds or more", {"QSMS_READ_TIMEOUT": 2.0}),
    ("W002", "Write 10 seconds or more", {"QSMS_LEASE_SLACK": timedelta(seconds=2)}),
    ("W002", "Write 24 hours or more", {"QSMS_REPORT_TIMEOUT": timedelta(hours=3)}),
    ("W005", "Add portal.example.com to ALLOWED_HOSTS", {"PUBLIC_URL": "https://portal.example.com"}),
    ("W006", "Set QSMS_API_KEY too.", {"QSMS_BASE_URL": "https://sms.qorami.io"}),
    ("W006", "Set QSMS_BASE_URL too.", {"QSMS_API_KEY": "qsms_live_a"}),
    ("W013", "the addresses that are meant", {"TRUSTED_PROXIES": ["0.0.0.0/0"]}),
    ("W021", "that are meant", {"CALLBACK_PRIVATE_HOSTS": ["crm.internal", "0.0.0.0/0"]}),
    ("W013", "the addresses that are meant", {"METRICS_ALLOWED_IPS": ["::/0"]}),
    ("W018", "Set OIDC_ISSUER too", {"OIDC_CLIENT_ID": "portal"}),
    ("W014", "an address of yours", {"EMAIL_URL": "smtp://mail.example.com", "EMAIL_FROM": "QSMS <portal@localhost>"}),
    ("W016", "more than 70 seconds", {"QSMS_UNCERTAIN_WAIT": timedelta(seconds=60)}),
]
PRODUCTION = {
    "PUBLIC_URL": "https://portal.example.com",
    "SECURE": True,
    "ALLOWED_HOSTS": ["portal.example.com"],
    "QSMS_DLR_TOKENS": ["x" * 40],
    "QSMS_BASE_URL": "https://sms.qorami.io",
    "QSMS_ACCOUNT_URL": "https://api.qsms.co.ke",
    "QSMS_API_KEY": "qsms_live_abc",
    "QSMS_SENDER_ID": "LENDERS",
    "EMAIL_URL": "smtp+tls://me:word@mail.example.com:587",
    "EMAIL_FROM": "Portal <portal@example.com>",
    "EMAIL_HOST_PASSWORD": "word",
    "EMAIL_USE_TLS": True,
    "METRICS_ALLOWED_IPS": ["10.0.0.0/8", " ::1"],
    "TRUSTED_PROXIES": ["10.0.0.5/8"],
} | OIDC
NOT_FOR_OTHERS = [
    ("W101", "the gateway reach it by", {"PUBLIC_URL": "http://localhost:8000", "ALLOWED_HOSTS": ["localhost"]}),
    ("W101", "the gateway reach it by", {"PUBLIC_URL": "https://[::1]:8000", "ALLOWED_HOSTS": ["[::1]"]}),
    ("W102", "Write https://", {"PUBLIC_URL": "http://portal.example.com", "SECURE": False}),
    ("W103", "the hosts of the portal", {"ALLOWED_HOSTS": ["*"]}),
    ("W104", "20 characters or more", {"QSMS_DLR_TOKENS": ["x" * 40, "secret"]}),
    ("W105", "travel in the open", {"QSMS_ACCOUNT_URL": "http://api.qsms.co.ke"}),
    ("W106", "smtp+tls://", {"EMAIL_URL": "smtp://me:word@mail.example.com:587", "EMAIL_USE_TLS": False}),
]


@pytest.fixture(autouse=True)
def as_without_an_environment(settings):
    """The defaults, whatever the environment of the tests sets."""
    for name in ("QSMS_BASE_URL", "QSMS_ACCOUNT_URL", "QSMS_API_KEY", "QSMS_SENDER_ID", "EMAIL_URL"):
        setattr(settings, name, "")
    settings.PUBLIC_URL, settings.SECURE = "http://127.0.0.1:8000", False
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def found(deploy=False):
    return run_checks(tags=[checks.TAG], include_deployment_checks=deploy)


def put(settings, values):
    for name, value in values.items():
        setattr(settings, name, value)


def test_nothing_is_said_of_the_defaults_nor_of_a_portal_in_production(settings):
    assert found() == []
    put(settings, PRODUCTION)
    assert found(deploy=True) == []


@pytest.mark.parametrize("number, hint, values", NOT_MEANT)
def test_what_cannot_be_meant_is_an_error_with_a_hint(number, hint, values, settings):
    put(settings, values)
    (one,) = [one for one in found() if one.is_serious()]
    assert one.id == f"qsms_portal.{number}"
    assert hint in one.hint
    with pytest.raises(SystemExit, match=re.escape(one.msg)):
        checks.refuse_bad_settings()


@pytest.mark.parametrize("number, hint, values", SUSPICIOUS)
def test_what_is_suspicious_is_a_warning_and_starts(number, hint, values, settings):
    put(settings, values)
    (one,) = found()
    assert (one.id, one.is_serious()) == (f"qsms_portal.{number}", False)
    assert hint in one.hint
    checks.refuse_bad_settings()


@pytest.mark.parametrize("number, hint, values", NOT_FOR_OTHERS)
def test_what_is_not_for_others_to_use_is_said_at_deployment_only(number, hint, values, settings):
    put(settings, PRODUCTION | values)
    assert found() == []
    (one,) = found(deploy=True)
    assert (one.id, one.is_serious()) == (f"qsms_portal.{number}", False)
    assert hint in one.hint


@pytest.mark.parametrize(
    "name, hint",
    [
        ("QSMS_BALANCE_GAURD", "Did you mean QSMS_BALANCE_GUARD?"),
        ("QSMS_FOR_ANOTHER_PROGRAM", "docs/settings.md lists them."),
    ],
)
def test_a_name_that_no_setting_has_is_a_warning(name, hint, monkeypatch):
    monkeypatch.setenv(name, "halt")
    (one,) = found()
    assert (one.id, one.hint) == ("qsms_portal.W017", hint)


def test_no_message_holds_a_secret(settings):
    put(settings, {
        "EMBEDDED_REDIS": False, "REDIS_URL": "redis:/:hidden@host", "QSMS_API_KEY": "hidden key",
        "QSMS_DLR_TOKENS": ["hidden/one"], "QSMS_BASE_URL": "https://me:hidden@sms.qorami.io",
        "EMAIL_URL": "smtp://me:hidden@", "PUBLIC_URL": "https://me:hidden@portal.example.com",
    })  # fmt: skip
    messages = found(deploy=True)
    assert len([one for one in messages if one.is_serious()]) >= 6
    assert not [one for one in messages if "hidden" in checks.as_sentences(one)]


def test_each_check_is_in_a_table_here():
    source = Path(checks.__file__).read_text()
    tested = {number for number, _, _ in (*NOT_MEANT, *SUSPICIOUS, *NOT_FOR_OTHERS)} | {"W017"}
    assert set(re.findall(r"qsms_portal\.([EW]\d+)", source)) == tested


def test_each_setting_of_the_environment_is_in_the_documentation(settings):
    documented = (Path(checks.__file__).parents[1] / "docs" / "settings.md").read_text()
    assert [name for name in settings.ENVIRONMENT_NAMES if f"`{name}`" not in documented] == []
