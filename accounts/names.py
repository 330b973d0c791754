"""Who did something, by short names (`user:3`, `key:5`), where a row of its own for each deed would be too much."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import ApiKey, User

LONGEST_SHORT_NAME = 24


def name_of(user: User | None, api_key: ApiKey | None = None) -> str:
    """The name under which a person or a script is written down; empty where it was the portal itself."""
    if user is not None:
        return f"user:{user.pk}"
    return f"key:{api_key.pk}" if api_key is not None else ""


def one_named(name: str) -> User | ApiKey | None:
    """Whom such a name means; None: the portal itself, or somebody who is gone."""
    kind, _, number = name.partition(":")
    if kind == "user":
        return User.objects.filter(pk=number).first()
    return ApiKey.objects.select_related("owner").filter(pk=number).first() if kind == "key" else None


def name_in_words(name: str) -> str:
    """Who it is, for people: `jane`, or `the key “crm”`."""
    one = one_named(name)
    if one is None:
        return _nobody(name)
    return one.get_username() if isinstance(one, User) else _key(one.name)


def names_in_words(names: Iterable[str]) -> dict[str, str]:
    """The same for many, in one look-up of people and one of keys."""
    asked = list(names)
    numbers: dict[str, set[str]] = {"user": set(), "key": set()}
    for name in asked:
        kind, _, number = name.partition(":")
        if kind in numbers:
            numbers[kind].add(number)
    known: dict[str, str] = {}
    if numbers["user"]:
        people = User.objects.filter(pk__in=numbers["user"]).values_list("pk", User.USERNAME_FIELD)
        known |= {f"user:{pk}": username for pk, username in people}
    if numbers["key"]:
        keys = ApiKey.objects.filter(pk__in=numbers["key"]).values_list("pk", "name")
        known |= {f"key:{pk}": _key(key) for pk, key in keys}
    return {name: known.get(name) or _nobody(name) for name in asked}


def _key(name: str) -> str:
    return f"the key “{name}”"


def _nobody(name: str) -> str:
    return "somebody who is gone" if name else "the portal"
