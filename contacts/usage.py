"""Who uses a group or a field. Contacts knows of no campaign: apps above register what they know."""

from __future__ import annotations

from collections.abc import Callable

from contacts.models import ContactField, ContactGroup

_of_groups: list[Callable[[ContactGroup], list[str]]] = []
_of_fields: list[Callable[[ContactField], list[str]]] = []


def register(finder: Callable[[ContactGroup], list[str]]) -> None:
    """`finder` names, in words, what uses a group."""
    _of_groups.append(finder)


def register_fields(finder: Callable[[ContactField], list[str]]) -> None:
    """`finder` names, in words, what uses a field."""
    _of_fields.append(finder)


def of_group(group: ContactGroup) -> list[str]:
    """What uses `group`, in words; empty where it may go."""
    return [one for finder in _of_groups for one in finder(group)]


def of_field(field: ContactField) -> list[str]:
    """What uses `field`, in words, so that whoever deletes or retypes it is told."""
    return [one for finder in _of_fields for one in finder(field)]
