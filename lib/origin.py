"""From where a deed comes: a request's address and who is signed in there, or the command that is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True)
class Origin:
    """Nothing of it where it is the portal itself, in a worker."""

    address: str | None = None
    command: str = ""
    request: HttpRequest | None = None


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - it is frozen


def present_origin() -> Origin:
    return _origin.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Whatever is done within comes from there; another thread, or a task, does not see it."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)
