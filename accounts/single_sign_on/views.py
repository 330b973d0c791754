"""There and back: the button of the sign-in page leads to the provider, which leads back with who it is."""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.internal.statekit import stash_state, unstash_state
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.audit import record
from accounts.models import User
from accounts.sessions import begin_by_provider, freshen, id_token_of
from accounts.single_sign_on.people import AddressTaken, person_known, person_made, role_meant
from accounts.single_sign_on.provider import LEEWAY_SECONDS, NotProven, ProviderAway, known_provider
from accounts.staff import follow_provider
from lib import room

log = logging.getLogger(__name__)

KEPT_AS = "oidc"

AWAY = "{name} does not answer at present. Try again in a while. Who has a password here signs in with it."
LOST = "This sign-in was begun in another browser, more than ten minutes ago, or is over already. Begin anew."
DENIED = "{name} did not let you in, or you turned back. Begin anew, or ask whoever looks after {name}."
FAILED = "{name} ended the sign-in with an error. Begin anew; if it stays so, tell an administrator."
NOT_PROVEN = "What {name} answered does not prove who you are. Begin anew; if it stays so, tell an administrator."
ANOTHER = "At {name} you are somebody else than here. Nothing was done. Sign out first to change."
NOT_ASKED = "{name} did not ask you again who you are. Sign out, and in again."
TAKEN = "There is an account of this address already: sign in with your password."
INACTIVE = "This account is not active any more. Ask an administrator."


@never_cache
@login_not_required
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Who is signed in already is to show again that it is still them."""
    _must_be_set()
    try:
        provider = known_provider()
    except ProviderAway:
        return _said(request, AWAY, 503)
    challenge, nonce = generate_code_challenge(), secrets.token_urlsafe(32)
    kept: dict[str, Any] = {"nonce": nonce, "verifier": challenge.pop("code_verifier"), "begun": time.time()}
    kept["next"] = get_next_redirect_url(request)
    again = {"prompt": "login", "max_age": 0}
    # Any `max_age` makes the provider say when it asked last.
    more = again if request.user.is_authenticated else {"max_age": settings.SESSION_COOKIE_AGE}
    kept["again"] = request.user.pk if request.user.is_authenticated else None
    state = stash_state(request, provider_id=KEPT_AS, state=kept)
    return redirect(provider.way_in(_back(), state, nonce, challenge, **more))


@never_cache
@login_not_required
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    _must_be_set()
    kept = unstash_state(request, provider_id=KEPT_AS, state_id=request.GET.get("state", ""))
    if kept is None:
        return _said(request, LOST, 400)
    if "code" not in request.GET:
        error = request.GET.get("error", "")
        log.warning("The OpenID provider answered with the error %.100r.", error)
        return _said(request, DENIED, 403) if error == "access_denied" else _said(request, FAILED, 502)
    try:
        claims, id_token = known_provider().who(request.GET["code"], _back(), kept["verifier"], kept["nonce"])
        person = person_known(claims)
        if kept["again"] is not None and (refusal := _not_the_same(kept, claims, person)):
            return _said(request, refusal, 403)
        person = person or person_made(claims)
    except ProviderAway as error:
        log.warning("The OpenID provider is away: %s", error)
        return _said(request, AWAY, 503)
    except NotProven as error:
        log.warning("What the OpenID provider answered proves nothing: %s", error)
        return _said(request, NOT_PROVEN, 403)
    except AddressTaken:
        return _said(request, TAKEN, 403)
    if not person.is_active:
        record("sign-in failed", f"person {person.pk}")
        return _said(request, INACTIVE, 403)
    if settings.OIDC_ROLES:
        follow_provider(person, role_meant(claims))
    return _let_in(request, person, claims, id_token, kept["next"])


def _let_in(
    request: HttpRequest, person: User, claims: dict[str, Any], id_token: str, wanted: str | None
) -> HttpResponse:
    if request.user.is_authenticated:
        request.session.flush()
    begin_by_provider(request, person, id_token)
    record_authentication(request, person, method="oidc")
    answer = perform_login(request, Login(user=person, redirect_url=wanted))
    # Not where a second factor that they have here is asked for first.
    if request.user.is_authenticated:
        freshen(request, at=_asked_at(claims))
    return answer


def way_out(request: HttpRequest) -> str | None:
    """Where whoever came by the provider is signed out there too."""
    id_token = id_token_of(request)
    if id_token is None or not settings.OIDC_ISSUER:
        return None
    try:
        return known_provider().way_out(f"{settings.PUBLIC_URL}{reverse('sign-in')}", id_token)
    except ProviderAway:
        return None


def button() -> dict[str, str]:
    """For templates: its words, none where no provider is set."""
    return {"single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}


def _must_be_set() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404


def _back() -> str:
    """As it stands at the provider, whatever name the portal was opened by."""
    return f"{settings.PUBLIC_URL}{reverse('oidc-callback')}"


def _asked_at(claims: dict[str, Any]) -> float:
    """When the provider last asked who it is; long ago where it does not say."""
    at = claims.get("auth_time")
    return min(at, time.time()) if isinstance(at, int | float) else 0


def _not_the_same(kept: dict[str, Any], claims: dict[str, Any], person: User | None) -> str:
    if person is None or person.pk != kept["again"]:
        return ANOTHER
    return "" if _asked_at(claims) >= kept["begun"] - LEEWAY_SECONDS else NOT_ASKED


def _said(request: HttpRequest, words: str, status: int) -> HttpResponse:
    context = {"why": words.format(name=settings.OIDC_NAME), **button()}
    return render(request, "accounts/single_sign_on_failed.html", context, status=status)


# Who stops all sending has to come in first.
begin_single_sign_on = room.at_any_cost(begin)
end_single_sign_on = room.at_any_cost(callback)
