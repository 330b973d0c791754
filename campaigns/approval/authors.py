"""Who made or changed a campaign, by short names (`user:3`, `key:5`): they may not approve it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import ApiKey, User
from accounts.names import name_of
from accounts.roles import Role
from campaigns.models import Campaign


def with_author(campaign: Campaign, user: User | None, api_key: ApiKey | None) -> list[str]:
    """The campaign's authors and this one."""
    name = name_of(user, api_key)
    return campaign.authors if not name or name in campaign.authors else [*campaign.authors, name]


def is_author(campaign: Campaign, user: User | None, api_key: ApiKey | None) -> bool:
    """Whether this person made or changed it; a key stands for its owner and whoever made it, on either side."""
    if name_of(user, api_key) in campaign.authors:
        return True
    people = {user.pk} if user is not None else api_key.people if api_key is not None else set()
    return bool(people) and authors_of(campaign).filter(pk__in=people).exists()


def authors_of(campaign: Campaign) -> QuerySet[User]:
    """Those who made or changed it; for a key its owner and whoever made it."""
    numbers: dict[str, list[int]] = {"user": [], "key": []}
    for name in campaign.authors:
        kind, _, number = name.partition(":")
        numbers[kind].append(int(number))
    keys = ApiKey.objects.filter(pk__in=numbers["key"])
    return User.objects.filter(
        Q(pk__in=[*numbers["user"], campaign.created_by_id])
        | Q(pk__in=keys.values("created_by"))
        | Q(pk__in=keys.values("owner"))
    )


def may_send(user: User | None, api_key: ApiKey | None) -> bool:
    """Whether whoever asks may send by themselves: a manager, a manager's key, the portal."""
    if user is not None:
        return user.may_act_as(Role.MANAGER)
    return api_key is None or ((role := api_key.acts_as) is not None and role.includes(Role.MANAGER))


def may_approve(campaign: Campaign, user: User | None, api_key: ApiKey | None) -> bool:
    """Whether whoever asks may approve it: a person, or a person's key, who may send and has not made or changed it."""
    is_person = user is not None or (api_key is not None and api_key.owner_id is not None)
    return is_person and may_send(user, api_key) and not is_author(campaign, user, api_key)


class NotAllowed(Exception):
    """Without approval only a manager may send it."""
