"""As many reports as texts: none can be told which of a number's texts it means, and all of them are proved together.

Two texts of a number of whose ids nothing is known, and two ids that the gateway reports for it: it took both. Where
both came to the same, both texts did; where not, more than that they went is not known. No id is learnt by it: which
text has which would be a guess.
"""

# ruff: noqa: S608 - the statement's columns stand in `binding`; nothing that anybody typed is in it

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection

from campaigns.delivery.binding import COLUMNS, Binding, Taken, find
from campaigns.gateway.reports import Outcome
from campaigns.models import DeliveryReport

OTHERS = f"""
SELECT {COLUMNS} FROM campaigns_deliveryreport
WHERE state IN ('new', 'waiting') AND phone = ANY(%s) AND id <> ALL(%s)
"""


def with_companions(taken: Sequence[Taken], bindings: dict[int, Binding]) -> list[Taken]:
    """`taken` and the other reports of the numbers with several texts that may be meant, as they were received.

    What the others mean is added to `bindings`.
    """
    phones = {one.phone for one in taken if bindings[one.id].among}
    if not phones:
        return list(taken)
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [sorted(phones), [one.id for one in taken]])
        others = [Taken(*row) for row in cursor.fetchall()]
    bindings.update(find(others))
    return sorted([*taken, *others], key=lambda one: (one.received_at, one.id))


def place_together(
    taken: Sequence[Taken], bindings: dict[int, Binding], locked: Collection[int] | None = None
) -> dict[int, int]:
    """Change the `bindings` of reports that together mean all the texts that each of them can mean.

    Returns the texts, with their batches, that are proved without it being known by which of them. With the batches
    that are `locked`: reports of texts in others stay new.
    """
    together: dict[frozenset[tuple[int, int]], list[Taken]] = {}
    for one in taken:
        if one.gateway_id and (among := bindings[one.id].among):
            together.setdefault(among, []).append(one)
    proved: dict[int, int] = {}
    for texts, reports in together.items():
        ids = list(dict.fromkeys(one.gateway_id for one in reports))
        if len(ids) != len(texts):
            continue
        if locked is not None and not {batch for _, batch in texts} <= set(locked):
            bindings.update({one.id: Binding(DeliveryReport.State.NEW) for one in reports})
            continue
        words: dict[str, str] = {}
        for one in reports:
            if one.outcome != Outcome.INTERIM.value:
                words.setdefault(one.gateway_id, one.outcome)
        if len(words) == len(ids) and len(set(words.values())) == 1:
            means = dict(zip(ids, sorted(texts), strict=True))
            bindings.update({one.id: _applied(*means[one.gateway_id]) for one in reports})
            continue
        proved |= dict(texts)
        # A final one waits for the last word of the others.
        said = reports if len(words) == len(ids) else [one for one in reports if one.outcome == Outcome.INTERIM.value]
        bindings.update({one.id: _applied() for one in said})
    return proved


def _applied(message: int | None = None, batch: int | None = None) -> Binding:
    return Binding(DeliveryReport.State.APPLIED, message, batch, DeliveryReport.Bound.AMONG)
