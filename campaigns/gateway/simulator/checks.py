"""Settings that check themselves: what comes in as JSON is right, or the error names the key and what it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, field, fields
from typing import Any, Self

Check = Callable[[Any], Any]


class ChaosError(ValueError):
    """A setting is unknown or out of range; show its words to whoever gave it, nothing was changed."""


class Settings:
    """The base of frozen dataclasses whose fields were made by `setting`."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # only dataclasses have this base
            try:
                value = each.metadata["check"](getattr(self, each.name))
            except ValueError as error:
                raise ChaosError(f"{each.name}: {error}") from None
            object.__setattr__(self, each.name, value)

    @classmethod
    def read(cls, given: object) -> Self:
        """From a JSON object. Raises ChaosError for anything but an object with known keys and right values."""
        if isinstance(given, cls):
            return given
        if not isinstance(given, Mapping):
            raise ChaosError("must be a JSON object")
        known = [each.name for each in fields(cls)]  # type: ignore[arg-type]  # only dataclasses have this base
        unknown = sorted(str(key) for key in given if key not in known)
        if unknown:
            raise ChaosError(f"unknown key {', '.join(unknown)}; known are {', '.join(known)}")
        try:
            return cls(**given)
        except TypeError as error:
            raise ChaosError(f"a key is missing: {error}") from None

    def as_json(self) -> dict[str, Any]:
        """What `read` would take to make the same settings."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # only dataclasses have this base


def setting(check: Check, **default: Any) -> Any:
    """A dataclass field with its check; `default` is `default=` or `default_factory=`."""
    return field(metadata={"check": check}, **default)


def number(low: float, high: float | None = None) -> Check:
    def check(value: Any) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= (high if high is not None else 1e9):
            raise ValueError(f"must be a number, {low:g} {'or more' if high is None else f'to {high:g}'}")
        checked: float = value
        return checked

    return check


def whole(low: int, high: int | None = None) -> Check:
    within = number(low, high)

    def check(value: Any) -> int:
        if not isinstance(value, int):
            raise ValueError("must be a whole number")
        within(value)
        checked: int = value
        return checked

    return check


def one_of(choices: Iterable[str]) -> Check:
    known = tuple(choices)

    def check(value: Any) -> str:
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return str(value)

    return check


def maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def one_or_more(read: Check) -> Check:
    """None, one, or a list of them."""

    def check(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(read(each) for each in value)
        return None if value is None else read(value)

    return check


def span(value: Any) -> tuple[float, float]:
    """Seconds: one number, or [least, most]."""
    pair = value if isinstance(value, list | tuple) else [value, value]
    seconds = number(0)
    if len(pair) != 2 or seconds(pair[0]) > seconds(pair[1]):
        raise ValueError("must be seconds, or [least, most]")
    return float(pair[0]), float(pair[1])


def a_share(value: Any) -> float:
    """A part of the whole, 0 to 1; true and false are all and none."""
    if isinstance(value, bool):
        return float(value)
    return float(number(0, 1)(value))


def weights(known: Iterable[str]) -> Check:
    names = one_of(known)

    def check(value: Any) -> dict[str, float]:
        if not isinstance(value, Mapping) or not value:
            raise ValueError("must be an object of names and weights")
        found = {names(name): float(number(0)(weight)) for name, weight in value.items()}
        if sum(found.values()) <= 0:
            raise ValueError("must have a weight above 0")
        return found

    return check


def phone_list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of numbers")
    return tuple(str(phone) for phone in value)
