"""Sessions in the database, each of a person's noted with the person, so that theirs can be listed and ended."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from accounts.attempts import UNKNOWN_ADDRESS

NOTED, ADDRESS, BROWSER = "noted", "address", "browser"


class SessionStore(db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # the stubs lack it
        is_new = SESSION_KEY in data and data.get(NOTED) != self.session_key
        if is_new:
            data[NOTED] = self.session_key
        super().save(must_create)
        if is_new:
            whose = {"user_id": data[SESSION_KEY], "ip": data.get(ADDRESS, UNKNOWN_ADDRESS)}
            whose["user_agent"] = data.get(BROWSER, "")
            UserSession.objects.update_or_create(session_key=self.session_key, defaults=whose)
        return None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        super().delete(session_key)
        if key is not None:
            UserSession.objects.filter(session_key=key).delete()
