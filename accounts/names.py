"""Who did something, by short names (`user:3`, `key:5`), where a row of its own for each deed would be too much."""

from __future__ import annotations

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
        return "somebody who is gone" if name else "the portal"
    return one.get_username() if isinstance(one, User) else f"the key “{one.name}”"
