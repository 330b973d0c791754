"""A person's sessions: how fresh one is, and how they end.

They end by themselves where a password, a group or `is_active` changes, whoever changes it: by triggers of migration
0009.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from accounts.attempts import UNKNOWN_ADDRESS, address
from accounts.models import User
from accounts.session_store import ADDRESS, BROWSER

FRESH_FOR = timedelta(minutes=15)
SIGNED_IN = "signed_in_at"
BY_PROVIDER = "by_provider"
LONGEST_ID_TOKEN = 4_000
LONGEST_BROWSER = 200


def begin(request: HttpRequest, **_signal: Any) -> None:
    """Note at sign-in when it was, and from where; whatever way somebody signs in."""
    freshen(request)
    request.session[ADDRESS] = address(request) or UNKNOWN_ADDRESS
    request.session[BROWSER] = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_BROWSER]


def freshen(request: HttpRequest, at: float | None = None) -> None:
    """The person has shown who they are: just now, or when the OpenID provider asked."""
    request.session[SIGNED_IN] = time.time() if at is None else at


def is_fresh(request: HttpRequest) -> bool:
    return time.time() - request.session.get(SIGNED_IN, 0) < FRESH_FOR.total_seconds()


def begin_by_provider(request: HttpRequest, person: User, id_token: str) -> None:
    """The OpenID provider says who it is; at the end it is shown its own words, where an address has room for them."""
    hint = id_token if len(id_token) <= LONGEST_ID_TOKEN else ""
    request.session[BY_PROVIDER] = {"user": person.pk, "id_token": hint}


def id_token_of(request: HttpRequest) -> str | None:
    """With what the provider vouched for the person of this session; None: nobody did."""
    vouched = request.session.get(BY_PROVIDER)
    return vouched["id_token"] if vouched and vouched["user"] == request.user.pk else None


def sessions_of(user: User) -> list[UserSession]:
    """Those that are not over, the newest first."""
    there = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    return list(UserSession.objects.filter(there, user=user).order_by("-created_at"))


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End the person's sessions, but for the one with that key; returns how many."""
    return _end(UserSession.objects.filter(user=user).exclude(session_key=but or ""))


def end_session(user: User, pk: int) -> int:
    return _end(UserSession.objects.filter(user=user, pk=pk))


def forget_ended(now: datetime) -> None:
    """Delete what has run out, and what was noted of sessions that are gone."""
    Session.objects.filter(expire_date__lt=now).delete()
    there = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    UserSession.objects.exclude(there).delete()


def _end(noted: Any) -> int:
    keys = list(noted.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
