"""The conversation with the OpenID provider: who somebody is, proven, and the ways there and out.

django-allauth's own provider asks for no nonce, takes an ID token from the token endpoint unverified and fetches
what the provider says of itself each time. Rules: https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
from allauth.socialaccount.adapter import get_adapter
from django.conf import settings

log = logging.getLogger(__name__)

KNOWN_FOR_SECONDS = 3600
AWAY_FOR_SECONDS = 10
LEEWAY_SECONDS = 60
# None that is made with the client's secret, and never "none".
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REFUSED_BY_TOKEN_ENDPOINT = (400, 401)
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


class ProviderAway(Exception):
    """It does not answer, or not as a provider does. Later it may."""


class NotProven(Exception):
    """What it answered does not say who somebody is. Beginning anew may help."""


@dataclass
class Provider:
    """What it says of itself, and its keys."""

    document: dict[str, Any]
    keys: list[jwt.PyJWK] = field(default_factory=list)

    def way_in(self, back: str, state: str, nonce: str, challenge: dict[str, Any], **more: Any) -> str:
        scopes = ["openid", "profile", "email"]
        if settings.OIDC_ROLES_CLAIM in _listed(self.document.get("scopes_supported")):
            scopes.append(settings.OIDC_ROLES_CLAIM)
        asked = {
            "response_type": "code",
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": back,
            "scope": " ".join(dict.fromkeys(scopes)),
            "state": state,
            "nonce": nonce,
        }
        return _with_query(self.document["authorization_endpoint"], asked | challenge | more)

    def way_out(self, back: str, id_token: str) -> str | None:
        """None where it has none, or leads where no form of the portal may (its Content-Security-Policy)."""
        endpoint = self.document.get("end_session_endpoint")
        if endpoint is None or urlsplit(endpoint)[:2] != urlsplit(settings.OIDC_ISSUER)[:2]:
            return None
        client = {"client_id": settings.OIDC_CLIENT_ID, "post_logout_redirect_uri": back}
        return _with_query(endpoint, client | ({"id_token_hint": id_token} if id_token else {}))

    def who(self, code: str, back: str, verifier: str, nonce: str) -> tuple[dict[str, Any], str]:
        """What is said of whoever came back with `code`, and the ID token. Raises NotProven, ProviderAway."""
        tokens = self._exchange(code, back, verifier)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise NotProven("no ID token")
        claims = self._verified(id_token)
        if claims.get("nonce") != nonce:
            raise NotProven("the nonce is another one")
        return self._more_of(claims, tokens.get("access_token")), id_token

    def _exchange(self, code: str, back: str, verifier: str) -> dict[str, Any]:
        posted = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier,
        }  # fmt: skip
        name, secret, auth = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, None
        methods = _listed(self.document.get("token_endpoint_auth_methods_supported")) or ["client_secret_basic"]
        if "client_secret_basic" in methods:
            # RFC 6749, 2.3.1: each is encoded as in a form first.
            auth = (quote(name, safe=""), quote(secret, safe=""))
        else:
            posted |= {"client_id": name, "client_secret": secret}
        return _asked("POST", self.document["token_endpoint"], data=posted, auth=auth, allow_redirects=False)

    def _verified(self, id_token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self._key(jwt.get_unverified_header(id_token).get("kid")),
                algorithms=ALGORITHMS,
                audience=settings.OIDC_CLIENT_ID,
                issuer=self.document["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise NotProven(str(error)) from error
        if len(_listed(claims["aud"])) > 1 and claims.get("azp") != settings.OIDC_CLIENT_ID:
            raise NotProven("it is for several, and was not given to the portal")
        return claims

    def _key(self, name: Any) -> jwt.PyJWK:
        """They change from time to time: one that is not known is asked for once."""
        for fetch in (False, True):
            if fetch:
                self.keys = _keys(_asked("GET", self.document["jwks_uri"]))
            for key in self.keys:
                if name in (None, key.key_id):
                    return key
        raise NotProven("signed with an unknown key")

    def _more_of(self, claims: dict[str, Any], access_token: Any) -> dict[str, Any]:
        """Many providers put names and groups there alone. What is signed goes before it."""
        if "userinfo_endpoint" not in self.document or not isinstance(access_token, str):
            return claims
        more = _asked("GET", self.document["userinfo_endpoint"], headers={"Authorization": f"Bearer {access_token}"})
        if more.get("sub") != claims["sub"]:
            raise NotProven("its userinfo is of somebody else")
        return more | claims


_known: dict[str, tuple[float, Provider | None]] = {}


def known_provider() -> Provider:
    """Asked in an hour once, and where it is away in ten seconds once, by each process. Raises ProviderAway."""
    issuer: str = settings.OIDC_ISSUER
    until, provider = _known.get(issuer, (0.0, None))
    if time.monotonic() < until:
        if provider is None:
            raise ProviderAway("it was away a moment ago")
        return provider
    try:
        provider = Provider(_document(issuer))
    except ProviderAway as error:
        log.warning("The OpenID provider %s is away: %s", issuer, error)
        _known[issuer] = time.monotonic() + AWAY_FOR_SECONDS, None
        raise
    _known[issuer] = time.monotonic() + KNOWN_FOR_SECONDS, provider
    return provider


def forget_provider() -> None:
    _known.clear()


def _document(issuer: str) -> dict[str, Any]:
    document = _asked("GET", f"{issuer}/.well-known/openid-configuration")
    if str(document.get("issuer")).rstrip("/") != issuer:
        raise ProviderAway("it calls itself otherwise than OIDC_ISSUER does")
    there = {name: document[name] for name in (*NEEDED, *OPTIONAL) if document.get(name)}
    scheme = f"{urlsplit(issuer).scheme}://"
    if not there.keys() >= {*NEEDED} or not all(str(url).startswith((scheme, "https://")) for url in there.values()):
        raise ProviderAway("it names no endpoints that can be used")
    return {name: value for name, value in document.items() if name not in OPTIONAL} | there


def _keys(said: dict[str, Any]) -> list[jwt.PyJWK]:
    try:
        return list(jwt.PyJWKSet.from_dict(said).keys)
    except jwt.PyJWTError as error:
        raise ProviderAway("it has no keys that can be used") from error


def _asked(method: str, url: str, **more: Any) -> dict[str, Any]:
    """What it answers, as an object of JSON; allauth's session has the timeouts."""
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.request(method, url, **more)
            if method == "POST" and answer.status_code in REFUSED_BY_TOKEN_ENDPOINT:
                raise NotProven(f"the token endpoint answers {answer.status_code} {answer.text[:200]!r}")
            answer.raise_for_status()
            said = answer.json()
    # What requests raises is of these.
    except (OSError, ValueError) as error:
        raise ProviderAway(f"{type(error).__name__} at {url}") from error
    if not isinstance(said, dict):
        raise ProviderAway(f"no object at {url}")
    return said


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _with_query(url: str, query: dict[str, Any]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
