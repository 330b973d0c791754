"""What administrators do with people. One active administrator always stays."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.audit import record
from accounts.models import User
from accounts.roles import Role
from accounts.sessions import end_sessions

log = logging.getLogger(__name__)


class LastAdministrator(Exception):
    """Nobody else is an administrator: say so. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("This is the last active administrator. Make somebody else an administrator first.")


def administrators() -> QuerySet[User]:
    """People who are active and may do everything, those who were here lately first."""
    return with_role(Role.ADMINISTRATOR).filter(is_active=True).order_by("-last_seen_at", "pk")


def with_role(role: Role | None) -> QuerySet[User]:
    """People who have this role and none above it; None: who may see nothing."""
    names = [one.value for one in Role if role is None or one.rank > role.rank]
    people = User.objects.exclude(pk__in=_in_groups(names))
    if role is None:
        return people.filter(is_superuser=False)
    if role is Role.ADMINISTRATOR:
        return people.filter(Q(is_superuser=True) | Q(pk__in=_in_groups([role.value])))
    return people.filter(pk__in=_in_groups([role.value]), is_superuser=False)


def _in_groups(names: list[str]) -> QuerySet[Any]:
    return User.groups.through.objects.filter(group__name__in=names).values("user_id")


def keep_an_administrator(person: User) -> None:
    """Called before `person` is an administrator no longer, in the transaction of it. Raises LastAdministrator."""
    one_at_a_time()
    if set(administrators().values_list("pk", flat=True)) == {person.pk}:
        raise LastAdministrator


def one_at_a_time() -> None:
    """Who changes people waits for whoever does so: of two administrators who lower each other, one is too late."""
    Group.objects.select_for_update(no_key=True).get_or_create(name=Role.ADMINISTRATOR.value)


def must_be_administrator(by: User) -> None:
    """PermissionDenied where `by` is none, or has been lowered meanwhile; holds until the transaction ends."""
    one_at_a_time()
    if not administrators().filter(pk=by.pk).exists():
        raise PermissionDenied(f"This is for {Role.ADMINISTRATOR.whose}.")


def record_role(person: User, before: Role | None, after: Role | None, by: User | None) -> None:
    names: dict[str, Any] = {"before": before.value if before else "none", "after": after.value if after else "none"}
    record("role changed", f"person {person.pk}", user=by, **names)


def _lock(person: User, by: User) -> User:
    """The person as they are now."""
    must_be_administrator(by)
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


@transaction.atomic
def change_role(person: User, role: Role | None, by: User) -> None:
    """Raises LastAdministrator."""
    _give_role(_lock(person, by), role, by)


def follow_provider(person: User, role: Role | None) -> None:
    """The OpenID provider says which role somebody has. The last administrator stays one."""
    if person.role is role:
        return
    try:
        with transaction.atomic():
            one_at_a_time()
            _give_role(User.objects.select_for_update(no_key=True).get(pk=person.pk), role, None)
    except LastAdministrator:
        log.warning("The OpenID provider would lower the last administrator, person %s, who stays one.", person.pk)


def _give_role(person: User, role: Role | None, by: User | None) -> None:
    old = person.role
    if role is old:
        return
    keep_an_administrator(person)
    person.groups.remove(*Group.objects.filter(name__in=Role.values))
    if role is not None:
        person.groups.add(Group.objects.get_or_create(name=role.value)[0])
    if person.is_superuser or person.is_staff:
        person.is_superuser = person.is_staff = False
        person.save(update_fields=["is_superuser", "is_staff"])
    record_role(person, old, role, by)


@transaction.atomic
def change_person(person: User, by: User, *, first_name: str, last_name: str, email: str) -> None:
    """The record says which of them were changed, and not to what: an entry stays when the person is gone."""
    person = _lock(person, by)
    wanted = {"first_name": first_name, "last_name": last_name, "email": email}
    changed = [name for name, value in wanted.items() if getattr(person, name) != value]
    if changed:
        for name in changed:
            setattr(person, name, wanted[name])
        person.save(update_fields=changed)
        record("person changed", f"person {person.pk}", user=by, fields=changed)


@transaction.atomic
def set_monthly_limit(person: User, limit: Decimal | None, by: User) -> None:
    """KES a calendar month; None: no limit. What they have planned goes by it from its start on."""
    person = _lock(person, by)
    if person.monthly_limit == limit:
        return
    before, person.monthly_limit = person.monthly_limit, limit
    person.save(update_fields=["monthly_limit"])
    record("spending limit changed", f"person {person.pk}", user=by, before=_limit(before), after=_limit(limit))


def _limit(limit: Decimal | None) -> str:
    return "off" if limit is None else f"{limit:.2f}"


@transaction.atomic
def deactivate(person: User, by: User) -> None:
    """They are signed out, and may not sign in; keys that act for them do nothing. Raises LastAdministrator."""
    person = _lock(person, by)
    keep_an_administrator(person)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        record("person deactivated", f"person {person.pk}", user=by)


@transaction.atomic
def reactivate(person: User, by: User) -> None:
    """They may sign in again, and their keys act again."""
    person = _lock(person, by)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        record("person reactivated", f"person {person.pk}", user=by)


@transaction.atomic
def end_all_sessions(person: User, by: User) -> int:
    """They sign in anew wherever they are; returns how many sessions there were."""
    person = _lock(person, by)
    ended = end_sessions(person)
    record("session ended", f"person {person.pk}", user=by, sessions=ended)
    return ended


@transaction.atomic
def remove(person: User, by: User) -> None:
    """Their keys end; what they did stays, without saying who. Raises LastAdministrator."""
    person = _lock(person, by)
    keep_an_administrator(person)
    person.delete()
