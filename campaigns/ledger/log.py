"""Everything that was sent, or what one run sent, by what it was: found through the figures of batches, so that nothing
rare is looked for in all texts.

No index of the texts knows their status, network or day. The figures of a batch do, and those of days know on which
days a sender or a source had any; a batch that changed since it was counted is looked into in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q

from campaigns.ledger.figures import COLUMNS, DAY, WHO
from campaigns.models import DayFigures, Message
from campaigns.models.figures import ALL

# Of batches, at first and in the end: mostly the first few have a page.
FIRST_FOUND, MOST_FOUND = 60, 500
FIRST_STEP, MOST_IN_STEP = 2, 50
MOST_ROUNDS = 60
WHOLE_FILE = 2_000
NOT_SAID = "-"  # the network of texts of which none is known, and whoever sent what nobody did

ROWS = """
FROM campaigns_message m JOIN campaigns_batch b ON b.id = m.batch_id LEFT JOIN campaigns_run r ON r.id = b.run_id
    LEFT JOIN campaigns_campaign c ON c.id = r.campaign_id
"""


class TooMuch(Exception):
    """So many batches might have some, and so few have: less has to be asked for."""


@dataclass(frozen=True)
class LogQuery:
    """Which texts; None and empty is any. A day is that of the figures.

    `run`: of that one alone. `campaign` 0: single texts. `phones`, `begins`: to one of these numbers, or to one that
    begins so; `given`: texts that a script calls so. One of these is enough; they are found by the numbers alone.
    """

    first: date | None = None
    last: date | None = None
    campaign: int | None = None
    sender: int | None = None
    status: str = ""
    reason: str = ""
    network: str = ""
    source: str = ""
    group: str = ""
    who: str = ""
    phones: tuple[str, ...] = ()
    begins: str = ""
    given: tuple[int, ...] = ()
    run: int | None = None

    @property
    def is_by_number(self) -> bool:
        return bool(self.phones or self.begins or self.given)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but numbers and a run is asked for."""
        return any((self.first, self.last, self.campaign is not None, self.sender is not None)) or any(
            (self.status, self.reason, self.network, self.source, self.group, self.who)
        )


def log_page(wanted: LogQuery, *, limit: int, before: int | None = None, patient: bool = False) -> list[int]:
    """Up to `limit` texts that come after the text `before`: the newest first, by days the newest batch first.

    `patient`: however long it takes. Raises TooMuch otherwise.
    """
    if wanted.is_by_number:
        return _by_number(wanted, limit, before)
    if not wanted.is_filtered and wanted.run is None:
        texts = Message.objects.all() if before is None else Message.objects.filter(pk__lt=before)
        return list(texts.order_by("-pk").values_list("pk", flat=True)[:limit])
    return _by_batches(wanted, limit, before, patient=patient)


def all_of_log(wanted: LogQuery) -> Iterator[Message]:
    """All of them in the same order; memory stays at some thousands."""
    before = None
    while page := log_page(wanted, limit=WHOLE_FILE, before=before, patient=True):
        yield from in_order(page)
        before = page[-1]


def in_order(texts: list[int]) -> list[Message]:
    found = Message.objects.in_bulk(texts)
    return [found[pk] for pk in texts if pk in found]


def _by_number(wanted: LogQuery, limit: int, before: int | None) -> list[int]:
    """Each number by itself through its index, then the newest of all; the planner would walk through everything."""
    conditions, values = _conditions(wanted)
    if wanted.who:
        conditions.append(f"{WHO} = %(who)s")
    if before is not None:
        conditions.append("m.id < %(before)s")
    rest = " AND ".join(["true", *conditions])
    values |= {"limit": limit, "before": before, "phones": list(wanted.phones), "given": list(wanted.given)}
    values |= {"low": wanted.begins, "high": wanted.begins.ljust(15, "9")}
    newest = f"AND {rest} ORDER BY m.id DESC LIMIT %(limit)s"
    ways = []
    if wanted.phones:
        each = f"SELECT m.id {ROWS} WHERE m.phone = p.phone {newest}"
        ways.append(f"(SELECT t.id FROM unnest(%(phones)s::text[]) p(phone), LATERAL ({each}) t)")  # noqa: S608 - names of ours
    if wanted.begins:
        # A range, not LIKE: any order of letters has digits in theirs, and the index is an ordinary one.
        ways.append(f"(SELECT m.id {ROWS} WHERE m.phone >= %(low)s AND m.phone <= %(high)s {newest})")
    if wanted.given:
        ways.append(f"(SELECT m.id {ROWS} WHERE m.id = ANY(%(given)s) {newest})")
    found = f"SELECT id FROM ({' UNION '.join(ways)}) t ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608 - names of ours
    return _ids(found, values)


def _by_batches(wanted: LogQuery, limit: int, before: int | None, *, patient: bool) -> list[int]:
    conditions, values = _conditions(wanted)
    if wanted.who:
        # Of what is counted its figures have said so already; since then that person may have gone.
        conditions.append(f"(b.changes = b.counted OR {WHO} = %(who)s)")
    rest = " AND ".join(["true", *conditions])
    batch = None
    if before is not None:
        batch = Message.objects.filter(pk=before).values_list("batch_id", flat=True).first()
        if batch is None:
            return []
        rest += " AND (m.batch_id, m.id) < (%(batch)s, %(before)s)"
    values |= {"batch": batch, "before": before}
    sql = f"SELECT m.id {ROWS} WHERE m.batch_id = ANY(%(some)s) AND {rest} ORDER BY m.batch_id DESC, m.id DESC"
    found: list[int] = []
    for turn, some in enumerate(_batches(wanted, batch)):
        if turn == MOST_ROUNDS and not patient:
            raise TooMuch
        found += _ids(f"{sql} LIMIT %(limit)s", values | {"some": some, "limit": limit - len(found)})
        if len(found) == limit:
            break
    return found


def _batches(wanted: LogQuery, upto: int | None) -> Iterator[list[int]]:
    """Some at a time, the newest first, and more each time: each that may have one."""
    sql, values = _of_a_campaign(wanted) if wanted.campaign or wanted.run else _of_days(wanted)
    values["upto"] = upto if upto is not None else 2**62
    step, at_once = FIRST_STEP, FIRST_FOUND
    while some := _ids(sql, values | {"at_once": at_once}):
        values["upto"] = some[-1] - 1
        at_once = min(at_once * 2, MOST_FOUND)
        while some:
            yield some[:step]
            some, step = some[step:], min(step * 2, MOST_IN_STEP)


def _of_a_campaign(wanted: LogQuery) -> tuple[str, dict[str, Any]]:
    figures, values = _figures(wanted)
    batch = _batch(wanted)
    # With its LIMIT it is a look into the index for each batch; as EXISTS all figures of the days would be hashed.
    return (
        f"""SELECT b.id FROM campaigns_batch b JOIN campaigns_run r ON r.id = b.run_id
            LEFT JOIN LATERAL (
                SELECT true AS is_in FROM campaigns_batchfigures f WHERE f.batch = b.id AND {figures} LIMIT 1) f ON true
        WHERE {batch} AND b.id <= %(upto)s AND (b.changes <> b.counted OR f.is_in)
        ORDER BY b.id DESC LIMIT %(at_once)s""",  # noqa: S608 - names of ours
        values,
    )


def _of_days(wanted: LogQuery) -> tuple[str, dict[str, Any]]:
    """Counted ones by the figures of the days that have any, within their range of ids; and those to be counted."""
    days = _days(wanted)
    figures, values = _figures(wanted)
    batch = _batch(wanted)
    low, high = _range_of(days)
    known = f"""SELECT DISTINCT b.id FROM campaigns_batchfigures f JOIN campaigns_batch b ON b.id = f.batch
            LEFT JOIN campaigns_run r ON r.id = b.run_id
        WHERE f.day = ANY(%(days)s) AND f.batch BETWEEN %(low)s AND least(%(high)s, %(upto)s) AND {figures} AND {batch}
        ORDER BY b.id DESC LIMIT %(at_once)s"""  # noqa: S608 - names of ours
    changed = f"""SELECT b.id FROM campaigns_batch b LEFT JOIN campaigns_run r ON r.id = b.run_id
        WHERE b.changes <> b.counted AND b.id <= %(upto)s AND {batch}
        ORDER BY b.id DESC LIMIT %(at_once)s"""  # noqa: S608 - names of ours
    found = f"({known}) UNION ({changed}) ORDER BY 1 DESC LIMIT %(at_once)s"
    return found, values | {"days": days, "low": low, "high": high}


def _days(wanted: LogQuery) -> list[date]:
    """On which such texts stand, as far as they are counted."""
    rows = DayFigures.objects.all()
    if wanted.first:
        rows = rows.filter(day__gte=wanted.first)
    if wanted.last:
        rows = rows.filter(day__lte=wanted.last)
    rows = rows.filter(campaign=ALL if wanted.campaign is None else wanted.campaign)
    if wanted.sender is not None:
        rows = rows.filter(sender=wanted.sender)
    if wanted.source:
        rows = rows.filter(source=wanted.source)
    if wanted.network:
        rows = rows.filter(network="" if wanted.network == NOT_SAID else wanted.network)
    if wanted.who:
        rows = rows.filter(who="" if wanted.who == NOT_SAID else wanted.who)
    if wanted.group:
        rows = rows.filter(group_name=wanted.group)
    if wanted.status:
        rows = rows.filter(**{f"{COLUMNS[Message.Status(wanted.status)]}__gt": 0})
    if wanted.reason:
        rows = rows.filter(Q(reasons__has_key=wanted.reason) | Q(left_out_for__has_key=wanted.reason))
    return sorted(rows.values_list("day", flat=True).distinct())


def _range_of(days: list[date]) -> tuple[int, int]:
    """The least and the greatest batch of these days: a look into the index for each."""
    sql = """
        SELECT coalesce(min(l.batch), 0), coalesce(max(h.batch), -1) FROM unnest(%s::date[]) d(day),
            LATERAL (SELECT batch FROM campaigns_batchfigures WHERE day = d.day ORDER BY batch LIMIT 1) l,
            LATERAL (SELECT batch FROM campaigns_batchfigures WHERE day = d.day ORDER BY batch DESC LIMIT 1) h
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [days])
        low, high = cursor.fetchone()
        return low, high


def _figures(wanted: LogQuery) -> tuple[str, dict[str, Any]]:
    """What must be true of a row f of a batch's figures, and its values."""
    found = ["true"]
    if wanted.first:
        found.append("f.day >= %(first)s")
    if wanted.last:
        found.append("f.day <= %(last)s")
    if wanted.network:
        found.append("f.network = %(network)s")
    if wanted.who:
        found.append("f.who = %(who)s")
    if wanted.group:
        found.append("f.group_name = %(group)s")
    if wanted.status:
        found.append(f"f.{COLUMNS[Message.Status(wanted.status)]} > 0")
    if wanted.reason:
        found.append("f.refused + f.undelivered + f.left_out > 0")
        found.append("(f.reasons ? %(reason)s OR f.left_out_for ? %(reason)s)")
    return " AND ".join(found), _values(wanted)


def _batch(wanted: LogQuery) -> str:
    """What must be true of a batch b with its run r."""
    found = ["true"]
    if wanted.run is not None:
        found.append("b.run_id = %(run)s")
    if wanted.sender is not None:
        found.append("b.sender_id = %(sender)s")
    if wanted.campaign:
        found.append("r.campaign_id = %(campaign)s")
    elif wanted.campaign is not None:
        found.append("b.run_id IS NULL")
    if wanted.source:
        found.append(f"b.run_id IS {'NOT ' if wanted.source == Message.Source.CAMPAIGN else ''}NULL")
    if wanted.status:
        found.append("b.tally ? %(status)s")
    return " AND ".join(found)


def _conditions(wanted: LogQuery) -> tuple[list[str], dict[str, Any]]:
    """What must be true of a text m, its batch b and run r."""
    found = []
    if wanted.run is not None:
        found.append("m.run_id = %(run)s")
    if wanted.first:
        found.append(f"{DAY} >= %(first)s")
    if wanted.last:
        found.append(f"{DAY} <= %(last)s")
    if wanted.campaign is not None:
        found.append("r.campaign_id = %(campaign)s" if wanted.campaign else "m.run_id IS NULL")
    if wanted.sender is not None:
        found.append("b.sender_id = %(sender)s")
    if wanted.group:
        found.append("m.group_name = %(group)s")
    found += [f"m.{name} = %({name})s" for name in ("status", "reason", "source", "network") if getattr(wanted, name)]
    return found, _values(wanted)


def _values(wanted: LogQuery) -> dict[str, Any]:
    names = ("first", "last", "campaign", "sender", "status", "reason", "source", "group", "run")
    network = "" if wanted.network == NOT_SAID else wanted.network
    known = {name: getattr(wanted, name) for name in names}
    known["who"] = "" if wanted.who == NOT_SAID else wanted.who
    return known | {"network": network, "zone": settings.TIME_ZONE}


def _ids(sql: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]
