"""Of what people are mailed without asking: each person's own choice, and what holds until they make one."""

from __future__ import annotations

from django.db import models

from accounts.models import User
from accounts.roles import Role


class About(models.TextChoices):
    """What a mail may tell of."""

    ENDED = "ended", "A campaign has ended"
    HALTED = "halted", "Sending has stopped because of a problem"
    WAITS = "waits", "A campaign waits for somebody"
    BALANCE = "balance", "The balance is low"


class Whose(models.TextChoices):
    """Of whose campaigns."""

    OFF = "off", "No mail"
    OWN = "own", "Of those that I made or sent"
    ALL = "all", "Of all campaigns"


def whose(user: User, about: About) -> Whose:
    """Of whose campaigns this person is mailed about that; of the balance it is all or none."""
    chosen = user.mails.get(about.value)
    return Whose(chosen) if chosen in Whose.values else _until_chosen(user, about)


def _until_chosen(user: User, about: About) -> Whose:
    if about in (About.HALTED, About.BALANCE) and user.may_act_as(Role.MANAGER):
        return Whose.ALL
    return Whose.OFF if about == About.BALANCE else Whose.OWN


# Of rows that name a `person`: of those whom mails can reach.
REACHES_PERSON = models.Q(person__is_active=True) & ~models.Q(person__email="")


def may_be_mailed(person: User) -> bool:
    """Whether something of the portal's can be mailed there: to whoever may see it."""
    return bool(person.is_active and person.email and person.may_act_as(Role.VIEWER))


def people_with_an_address() -> list[User]:
    """All of those, by their names."""
    active = User.objects.filter(is_active=True).exclude(email="").order_by("username")
    return [one for one in active.prefetch_related("groups") if may_be_mailed(one)]
