"""What is done to people, whoever does it: signed in, failed to, made, deleted, given a password.

These follow Django's own signals, so that they hold of pages, of the administration, of every command and of
whatever library signs people in. What no request and no command does leaves no entry here.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.audit import record
from accounts.known_by import with_email
from accounts.models import User
from accounts.roles import Role
from lib.origin import Origin, present_origin

# The names that forms of sign-in give what somebody calls themselves by.
CALLED = ("username", "email", "login")


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    if present_origin().request is not None:
        record("signed in", _about(user), user=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    if user is not None and present_origin().request is not None:
        record("signed out", _about(user), user=user)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """What was typed is kept only as the person whose name it is: it may be a password in the wrong field."""
    if request is None:
        return
    written = next((credentials[name] for name in CALLED if isinstance(credentials.get(name), str)), "")
    person = User.objects.filter(username=written).first() or (
        with_email(written).order_by("pk").first() if "@" in written else None
    )
    record("sign-in failed", "" if person is None else _about(person))


@receiver(post_save, sender=User)
def saved(instance: User, created: bool, **_: Any) -> None:
    """Django looks at the new password once more when the person is saved, and forgets it then."""
    origin = present_origin()
    if origin == Origin():
        return
    if created:
        role: dict[str, Any] = {"role": Role.ADMINISTRATOR.value} if instance.is_superuser else {}
        record("person made", _about(instance), user=_by(origin, instance), **role)
    elif getattr(instance, "_password", None) is not None:
        record("password changed", _about(instance), user=_by(origin, instance))


@receiver(post_delete, sender=User)
def deleted(instance: User, **_: Any) -> None:
    origin = present_origin()
    if origin != Origin():
        record("person deleted", _about(instance), user=_signed_in(origin))


def _by(origin: Origin, person: User) -> User | None:
    """Whoever is not signed in has shown to be the person, by a link, an invitation or a code."""
    return _signed_in(origin) or (person if origin.request else None)


def _signed_in(origin: Origin) -> User | None:
    user = getattr(origin.request, "user", None)
    return user if isinstance(user, User) or getattr(user, "is_authenticated", False) else None


def _about(person: User) -> str:
    return f"person {person.pk}"
