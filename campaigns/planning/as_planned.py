"""What a run of an approved campaign was planned with, for whoever judges whether that is still what was approved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.db.models.functions import Now

from campaigns.audience import Audience
from campaigns.audience.terms import terms_of
from campaigns.models import Run


class Written(Protocol):
    """A planned person: who has written the contact since, and how many parts the text has."""

    @property
    def writer(self) -> str: ...
    @property
    def parts(self) -> int: ...


def begin(run: Run, audience: Audience) -> None:
    """Keep what segments and fields mean for this planner, and since when what is written is not looked at yet."""
    if run.campaign.approved_until is None:
        return
    found = run.as_planned or {"as_of": _now(run), "terms": [], "written": {}}
    terms = terms_of(audience)
    if terms not in found["terms"]:
        found["terms"].append(terms)
    run.as_planned = found
    Run.objects.filter(pk=run.pk).update(as_planned=found)


def note(run: Run, people: Iterable[Written]) -> dict[str, Any]:
    """Add up, in the chunk's transaction, by writer: how many people, and the most parts that a text of theirs has.

    Returns what is to be the run's once that is committed.
    """
    if not run.as_planned:
        return run.as_planned
    written = {who: list(counted) for who, counted in run.as_planned.get("written", {}).items()}
    for one in people:
        if one.writer:
            counted = written.setdefault(one.writer, [0, 0])
            counted[0] += 1
            counted[1] = max(counted[1], one.parts)
    if not written:
        return run.as_planned
    found = run.as_planned | {"written": written}
    Run.objects.filter(pk=run.pk).update(as_planned=found)
    return found


def _now(run: Run) -> str:
    """The database's clock, by which contacts say when they were written."""
    moment = Run.objects.filter(pk=run.pk).values_list(Now(), flat=True).get()
    return moment.isoformat()
