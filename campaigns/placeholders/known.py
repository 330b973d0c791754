"""The fields that a text may name: by their types, and by every name that they have or had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from campaigns.placeholders.grammar import key_of


class FieldTypes(dict[str, str]):
    """The type of each field of a group, by the key under which its values stand.

    `present` is what each is called now, `others` the key that every other name of one means.
    """

    def __init__(self, fields: Iterable[tuple[str, str, tuple[str, ...]]] = ()) -> None:
        """`fields`: the key, the type and the names of each, the present one first."""
        super().__init__()
        self.present: dict[str, str] = {}
        self.others: dict[str, str] = {}
        for key, type_, names in fields:
            self[key] = type_
            self.present[key] = names[0]
            self.others |= {name: key for name in names if name != key}


def keys_by_name(fields: Mapping[str, str]) -> dict[str, str]:
    """The key of a field by each of its names, as names are compared."""
    others = fields.others if isinstance(fields, FieldTypes) else {}
    return {key_of(name): key for name, key in others.items()} | {key_of(key): key for key in fields}


def written_by_name(fields: Mapping[str, str]) -> dict[str, str]:
    """How a field is written now, by each of its names as names are compared."""
    present = fields.present if isinstance(fields, FieldTypes) else {}
    return {name: present.get(key, key) for name, key in keys_by_name(fields).items()}


def type_by_name(fields: Mapping[str, str], name: str) -> str | None:
    """The type of the field that a group calls so; None where it has none."""
    key = keys_by_name(fields).get(key_of(name))
    return None if key is None else fields[key]
