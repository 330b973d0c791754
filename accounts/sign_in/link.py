"""A link that stands for the password, once and for a quarter of an hour: `manage.py sign_in_link` prints it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.audit import record
from accounts.models import User

GOOD_FOR = timedelta(minutes=15)
SALT = "accounts.sign_in.link"


def make_link(person: User) -> str:
    record("sign-in link made", f"person {person.pk}")
    token = signing.dumps([person.pk, _as_of(person), secrets.token_urlsafe(8)], salt=SALT)
    return f"{settings.PUBLIC_URL}{reverse('sign-in-link', args=[token])}"


@never_cache
@login_not_required
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """What looks at links in mail and chats opens them too, so a button signs in and not the page."""
    person = _meant(token)
    if person is None or (request.method == "POST" and not cache.add(f"{SALT}:{token}", 1, GOOD_FOR.total_seconds())):
        return render(request, "accounts/sign_in_link.html", {"person": None}, status=410)
    if request.method != "POST":
        return render(request, "accounts/sign_in_link.html", {"person": person})
    record("sign-in link used", f"person {person.pk}", user=person)
    record_authentication(request, person, method="link")
    return perform_login(request, Login(user=person))


def _meant(token: str) -> User | None:
    """Whose link it is, while it is good: until its time is over, or the person signs in or gets another password."""
    try:
        pk, as_of, _ = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    return person if person is not None and _as_of(person) == as_of else None


def _as_of(person: User) -> str:
    return signing.Signer(salt=SALT).signature(f"{person.password} {person.last_login}")
