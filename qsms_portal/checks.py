"""Settings that can be read and cannot be meant, as Django's system checks, each with what to write instead.

`manage.py check` shows them all, with `--deploy` also what only a portal in production needs. Commands run them by
themselves; what serves, sends and ticks asks `refuse_bad_settings` when it starts.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, urlsplit

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

from accounts.roles import Role
from qsms_portal.variables import host_of

TAG = "settings"

CHOICES = {
    "QSMS_BALANCE_GUARD": ("off", "warn", "halt"),
    "QSMS_COST_UNIT": ("credits", "kes"),
    "DATABASE_POOLER": ("", "transaction"),
}
LONGEST_SENDER = 11
LONGEST_SERVICE = 20
SHORTEST_TOKEN = 20
# RFC 3986: what may stand in a part of a path as it is.
IN_A_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+;=:@-]+")
IN_A_POLICY = re.compile(r"[A-Za-z0-9._~%/:\[\]-]+")
LONGEST_ISSUER = 200
A_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
IN_A_HEADER = re.compile(r"[!-~]*")


@dataclass(frozen=True)
class Range:
    """The values that a number may have, and from where on it is a usual one."""

    name: str
    least: float
    most: float
    counts: str
    usual_from: float | None = None
    setting: str = ""

    def value(self) -> float:
        value = getattr(settings, self.setting or self.name)
        if isinstance(value, timedelta):
            return value / timedelta(hours=1) if self.counts == "hours" else value / timedelta(seconds=1)
        return float(value)


RANGES = (
    # No limit is documented; the largest known of a gateway of this kind is 1,000.
    Range("QSMS_BATCH_SIZE", 1, 1_000, "texts in one call"),
    Range("QSMS_MAX_PER_SECOND", 0, 100_000, "texts a second, 0 for no limit"),
    Range("WEB_THREADS", 1, 1_000, "threads"),
    Range("BACKUPS_KEPT", 0, 1_000, "days of backups, 0 for none"),
    # Each has two threads, and each thread a connection to the database.
    Range("QSMS_POSTS_AT_ONCE", 1, 200, "calls at once"),
    # Whoever writes milliseconds is above these.
    Range("QSMS_CONNECT_TIMEOUT", 0.1, 600, "seconds"),
    Range("QSMS_READ_TIMEOUT", 0.1, 600, "seconds", usual_from=5),
    Range("QSMS_LEASE_SLACK", 1, 3_600, "seconds", usual_from=10),
    Range("QSMS_UNCERTAIN_WAIT", 0, 7 * 86_400, "seconds"),
    # A phone may be off for days and its operator still delivers.
    Range("QSMS_REPORT_TIMEOUT_HOURS", 1, 31 * 24, "hours", usual_from=24, setting="QSMS_REPORT_TIMEOUT"),
)


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """What is wrong with the settings wherever the portal runs."""
    return [
        *_choices(), *_ranges(), *_region(), *_public_url(), *_proxies(), *_hosts(),
        *_gateway(), *_sender(), *_secrets(), *_redis(),
        *_address_lists(), *_callback_hosts(), *_mail(), *_single_sign_on(), *_practice(), *_waiting(), *_misspelt(),
    ]  # fmt: skip


def check_production(**_kwargs: Any) -> list[CheckMessage]:
    """What is good enough on a computer of one's own and not for a portal that others use."""
    return [*_is_public(), *_is_guessable(), *_is_readable()]


def refuse_bad_settings(**_kwargs: Any) -> None:
    """End this process with a sentence for each error in the settings. For those processes that run no checks."""
    if errors := [one for one in check_settings() if one.is_serious()]:
        sys.exit("\n".join(["The portal does not start with these settings:", *map(as_sentences, errors)]))


def as_sentences(message: CheckMessage) -> str:
    """A check's message and hint in one line."""
    return f"{message.msg} {message.hint}" if message.hint else str(message.msg)


def _choices() -> Iterator[CheckMessage]:
    for name, among in CHOICES.items():
        value = getattr(settings, name)
        if value not in among:
            meant = [one for one in among if one == value.strip().lower()] or [one for one in among if one]
            yield Error(f"{name} is “{value}”.", f"Write {' or '.join(meant)}.", id="qsms_portal.E001")


def _ranges() -> Iterator[CheckMessage]:
    for one in RANGES:
        value = one.value()
        if not one.least <= value <= one.most:
            hint = f"Write how many {one.counts}: from {one.least:g} to {one.most:,g}."
            yield Error(f"{one.name} is {value:g}.", hint, id="qsms_portal.E002")
        elif one.usual_from and value < one.usual_from:
            hint = f"Write {one.usual_from:g} {one.counts} or more, unless you have tried it with your gateway."
            yield Warning(f"{one.name} is {value:g}, which is little.", hint, id="qsms_portal.W002")


def _region() -> Iterator[CheckMessage]:
    region = settings.PHONE_REGION
    if region not in phonenumbers.SUPPORTED_REGIONS:
        hint = "Write a country's two letters (ISO 3166) in capitals, such as KE."
        yield Error(f"PHONE_REGION is “{region}”.", hint, id="qsms_portal.E003")


def _public_url() -> Iterator[CheckMessage]:
    url = _split(settings.PUBLIC_URL)
    if not _is_web(settings.PUBLIC_URL) or url.path:
        hint = "Write https:// and the host alone, such as https://portal.example.com."
        yield Error(f"PUBLIC_URL is “{_shown(settings.PUBLIC_URL)}”.", hint, id="qsms_portal.E004")


def _proxies() -> Iterator[CheckMessage]:
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        hint = "Write the address of what takes https and hands on, such as 127.0.0.1: else everybody has its address."
        yield Error("PUBLIC_URL begins with https://, and TRUSTED_PROXIES is empty.", hint, id="qsms_portal.E017")


def _hosts() -> Iterator[CheckMessage]:
    for host in settings.ALLOWED_HOSTS:
        name, port = split_domain_port(host.removeprefix("."))
        if host != "*" and (not name or port):
            hint = "Write hosts alone, with commas and no blanks between them: portal.example.com,localhost."
            yield Error(f"ALLOWED_HOSTS holds “{host}”, which is no host.", hint, id="qsms_portal.E005")
    public = host_of(settings.PUBLIC_URL)
    if public and not validate_host(public, settings.ALLOWED_HOSTS) and not settings.DEBUG:
        hint = f"Add {public} to ALLOWED_HOSTS, or leave ALLOWED_HOSTS out."
        yield Warning("The host of PUBLIC_URL is not one of ALLOWED_HOSTS.", hint, id="qsms_portal.W005")


def _gateway() -> Iterator[CheckMessage]:
    for name, url in _gateway_urls():
        if not _is_web(url) or "/api/sms" in url or url.endswith("/v1"):
            hint = "Write https:// and the host, such as https://sms.qorami.io: the portal adds the path."
            yield Error(f"{name} is “{_shown(url)}”.", hint, id="qsms_portal.E006")
    if not IN_A_HEADER.fullmatch(settings.QSMS_API_KEY):
        hint = "Copy it again, without blanks and quotation marks."
        yield Error("QSMS_API_KEY holds what no key can hold.", hint, id="qsms_portal.E007")
    if bool(settings.QSMS_BASE_URL) != bool(settings.QSMS_API_KEY):
        there, missing = ("QSMS_BASE_URL", "QSMS_API_KEY")[:: 1 if settings.QSMS_BASE_URL else -1]
        hint = f"Set {missing} too. Until then nothing is sent."
        yield Warning(f"{there} is set without {missing}.", hint, id="qsms_portal.W006")


def _sender() -> Iterator[CheckMessage]:
    name, service = settings.QSMS_SENDER_ID, settings.QSMS_SERVICE_ID
    if len(name) > LONGEST_SENDER or name != name.strip() or not name.isprintable():
        hint = f"Write it as it was registered, in up to {LONGEST_SENDER} characters."
        yield Error(f"QSMS_SENDER_ID is “{name}”.", hint, id="qsms_portal.E008")
    if not service or len(service) > LONGEST_SERVICE or not IN_A_HEADER.fullmatch(service):
        hint = "Write the number that belongs to the sender ID, or 0."
        yield Error(f"QSMS_SERVICE_ID is “{service}”.", hint, id="qsms_portal.E009")


def _secrets() -> Iterator[CheckMessage]:
    for name, value in (("SECRET_KEY", _secret_key()), ("QSMS_DLR_TOKEN", "".join(settings.QSMS_DLR_TOKENS))):
        if not value:
            command = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
            hint = f"With DATABASE_URL every process needs the same one: {command} makes one."
            yield Error(f"{name} is not set.", hint, id="qsms_portal.E010")
    if not all(IN_A_PATH.fullmatch(one) for one in settings.QSMS_DLR_TOKENS):
        hint = "It is part of an address: write letters and digits; two of them as new,old without a blank."
        yield Error("QSMS_DLR_TOKEN holds what no address can hold.", hint, id="qsms_portal.E011")


def _secret_key() -> str:
    # Django raises as soon as an empty one is asked for.
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:
        return ""


def _redis() -> Iterator[CheckMessage]:
    url = _split(settings.REDIS_URL)
    if not settings.EMBEDDED_REDIS and not (
        url.scheme in ("redis", "rediss") and _has_host(url) and re.fullmatch(r"/?[0-9]*", url.path)
    ):
        # It may hold a password and is not repeated.
        hint = "Write redis://host:6379/0, or nothing for the embedded one."
        yield Error("REDIS_URL is no address of a Redis.", hint, id="qsms_portal.E012")


def _address_lists() -> Iterator[CheckMessage]:
    for name in ("TRUSTED_PROXIES", "QSMS_DLR_ALLOWED_IPS", "METRICS_ALLOWED_IPS"):
        for one in getattr(settings, name):
            try:
                network = ipaddress.ip_network(one.strip(), strict=False)
            except ValueError:
                hint = "Write addresses or networks with commas between them, such as 10.0.0.0/8,::1."
                yield Error(f"{name} holds “{one}”, which is no address.", hint, id="qsms_portal.E013")
                continue
            if network.prefixlen == 0:
                hint = "Write the addresses that are meant."
                yield Warning(f"{name} holds {one}, which is everybody.", hint, id="qsms_portal.W013")


def _callback_hosts() -> Iterator[CheckMessage]:
    for one in settings.CALLBACK_PRIVATE_HOSTS:
        host = one.strip()
        try:
            network = ipaddress.ip_network(host, strict=False)
        except ValueError:
            if not A_HOST.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
                hint = "Write hosts or networks alone, with commas between them, such as crm.internal,10.2.0.0/16."
                yield Error(f"CALLBACK_PRIVATE_HOSTS holds “{one}”, which is neither.", hint, id="qsms_portal.E021")
            continue
        if network.prefixlen == 0:
            hint = "Write the hosts or networks that are meant: a key's address could be any of yours."
            yield Warning(f"CALLBACK_PRIVATE_HOSTS holds {one}, which is everybody.", hint, id="qsms_portal.W021")


def _mail() -> Iterator[CheckMessage]:
    if not settings.EMAIL_URL:
        return
    address = parseaddr(settings.EMAIL_FROM)[1]
    host = address.rpartition("@")[2]
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        hint = "Write an address, such as QSMS Portal <portal@example.com>."
        yield Error(f"EMAIL_FROM is “{settings.EMAIL_FROM}”.", hint, id="qsms_portal.E014")
    elif host == "localhost":
        hint = "Write an address of yours: most mail servers refuse this one."
        yield Warning(f"EMAIL_FROM is {address}.", hint, id="qsms_portal.W014")
    if _speaks_smtp() and not _split(settings.EMAIL_URL).hostname:
        hint = "Write smtp+tls://user:password@host:587."
        yield Error("EMAIL_URL names no host.", hint, id="qsms_portal.E015")


def _single_sign_on() -> Iterator[CheckMessage]:
    issuer, roles = settings.OIDC_ISSUER, settings.OIDC_ROLES
    if not issuer:
        if settings.OIDC_CLIENT_ID or settings.OIDC_CLIENT_SECRET or roles:
            hint = "Set OIDC_ISSUER too, or leave these out: nobody signs in by them."
            yield Warning("OIDC_ settings are there without OIDC_ISSUER.", hint, id="qsms_portal.W018")
        return
    open_to_all = issuer.startswith("http://") and not _is_local(issuer)
    if not _is_web(issuer) or not IN_A_POLICY.fullmatch(issuer) or len(issuer) > LONGEST_ISSUER or open_to_all:
        hint = "Write it as the provider names itself, without /.well-known, such as https://login.example.com/realm."
        yield Error(f"OIDC_ISSUER is “{_shown(issuer)}”.", hint, id="qsms_portal.E018")
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        if not getattr(settings, name):
            yield Error(f"{name} is not set.", "The provider gives it with OIDC_ISSUER.", id="qsms_portal.E019")
    for value in sorted({one for one in roles.values() if one not in Role.values}):
        hint = f"Write {', '.join(Role.values)} after the last =, such as sms-clerks=composer."
        yield Error(f"OIDC_ROLES gives the role “{value}”.", hint, id="qsms_portal.E020")


def _practice() -> Iterator[CheckMessage]:
    if settings.PRACTICE and settings.QSMS_BASE_URL and not _is_local(settings.QSMS_BASE_URL):
        hint = "Leave PRACTICE_MODE out: `manage.py up` sets it where no gateway is set."
        yield Error(
            "PRACTICE_MODE is on with a real gateway: every page would say that no text leaves this computer.",
            hint,
            id="qsms_portal.E016",
        )


def _waiting() -> Iterator[CheckMessage]:
    call = settings.QSMS_CONNECT_TIMEOUT + settings.QSMS_READ_TIMEOUT
    if settings.QSMS_UNCERTAIN_WAIT.total_seconds() < call:
        hint = f"Write more than {call:g} seconds: evidence often comes within minutes."
        yield Warning("QSMS_UNCERTAIN_WAIT is shorter than a call may take.", hint, id="qsms_portal.W016")


def _misspelt() -> Iterator[CheckMessage]:
    known = settings.ENVIRONMENT_NAMES
    for name in sorted(os.environ):
        if name.startswith(("QSMS_", "OIDC_")) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "docs/settings.md lists them."
            yield Warning(f"{name} is in the environment, and no setting has that name.", hint, id="qsms_portal.W017")


def _is_public() -> Iterator[CheckMessage]:
    if _is_local(settings.PUBLIC_URL):
        hint = "Write the address that people and the gateway reach it by."
        yield Warning("PUBLIC_URL leads to this computer alone.", hint, id="qsms_portal.W101")
    elif not settings.SECURE:
        hint = "Write https:// where it is served so: then cookies are sent over nothing else."
        yield Warning("PUBLIC_URL does not begin with https://.", hint, id="qsms_portal.W102")
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning("ALLOWED_HOSTS is every host.", "Write the hosts of the portal.", id="qsms_portal.W103")


def _is_guessable() -> Iterator[CheckMessage]:
    if any(len(one) < SHORTEST_TOKEN for one in settings.QSMS_DLR_TOKENS):
        hint = f"It alone protects the delivery reports: write {SHORTEST_TOKEN} characters or more."
        yield Warning("QSMS_DLR_TOKEN is short.", hint, id="qsms_portal.W104")


def _is_readable() -> Iterator[CheckMessage]:
    for name, url in _gateway_urls():
        if url.startswith("http://") and not _is_local(url):
            hint = "Write https://: the key and every text travel in the open."
            yield Warning(f"{name} does not begin with https://.", hint, id="qsms_portal.W105")
    has_secret = settings.EMAIL_HOST_PASSWORD and not _is_local(settings.EMAIL_URL)
    if _speaks_smtp() and has_secret and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        hint = "Write smtp+tls:// (port 587) or smtp+ssl:// (port 465): the password travels in the open."
        yield Warning("EMAIL_URL begins with smtp:// and holds a password.", hint, id="qsms_portal.W106")


def _gateway_urls() -> Iterator[tuple[str, str]]:
    if settings.QSMS_BASE_URL:
        yield "QSMS_BASE_URL", settings.QSMS_BASE_URL
    if settings.QSMS_ACCOUNT_URL and settings.QSMS_ACCOUNT_URL != settings.QSMS_BASE_URL:
        yield "QSMS_ACCOUNT_URL", settings.QSMS_ACCOUNT_URL


def _speaks_smtp() -> bool:
    return bool(settings.EMAIL_URL) and _split(settings.EMAIL_URL).scheme.startswith("smtp")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _has_host(url: SplitResult) -> bool:
    """Whether a host and, where there is one, a port stand in it that can be such."""
    try:
        return bool(url.hostname) and url.port != 0 and not re.search(r"\s", url.netloc)
    except ValueError:
        return False


def _is_web(text: str) -> bool:
    """Whether it is an http address without a person, a question or a fragment in it."""
    url = _split(text)
    plain = not (url.query or url.fragment or "@" in url.netloc or re.search(r"\s", text))
    return text.startswith(("http://", "https://")) and _has_host(url) and plain


def _shown(url: str) -> str:
    """An address without what may be a password in it."""
    return re.sub(r"//[^/]*@", "//…@", url)


def _is_local(url: str) -> bool:
    host = host_of(url).strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
