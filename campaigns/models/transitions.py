"""States that only move along a table, by guarded UPDATEs whose row count is the answer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Advancing(models.QuerySet):
    """A queryset of a model with a `status` and a table `AFTER`: status -> what may follow it."""

    def advance(self, status: str, **changes: Any) -> int:
        """Move on to `status` those rows that may go there; returns how many did."""
        before = self.model.before(status)  # type: ignore[attr-defined]  # its models are Transitions
        return self.filter(status__in=before).update(status=status, **changes)


class Transitions(models.Model):
    """A row whose status may only become what `AFTER` allows."""

    AFTER: ClassVar[dict[str, tuple[str, ...]]] = {}

    class Meta:
        abstract = True

    @classmethod
    def before(cls, status: str) -> list[str]:
        """The states from which `status` can be reached."""
        return [earlier for earlier, later in cls.AFTER.items() if status in later]


class Outdated(Exception):
    """It was changed since it was looked at: look again."""


class NotPossible(Exception):
    """The campaign is not in a state for this; its words say why, and nothing was changed."""
