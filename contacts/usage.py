"""Who uses a group. Contacts knows of no campaign: apps above register what they know when they are ready."""

from __future__ import annotations

from collections.abc import Callable

from contacts.models import ContactGroup

_finders: list[Callable[[ContactGroup], list[str]]] = []


def register(finder: Callable[[ContactGroup], list[str]]) -> None:
    """`finder` names, in words, what uses a group."""
    _finders.append(finder)


def of_group(group: ContactGroup) -> list[str]:
    """What uses `group`, in words; empty where it may go."""
    return [one for finder in _finders for one in finder(group)]
